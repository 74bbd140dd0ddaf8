"""Where the fuzzer begins: the conformance cases, and the words of the languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from generator import template
from generator.hcl import functions
from tests.fuzz import targets

CASES = Path(__file__).parent / "cases"
_CONFORMANCE = Path(__file__).parents[1] / "conformance"
_LARGEST = 4_000

_WORDS = (
    "[[", "]]", "[[-", "-]]", "range", "end", "if", "else", "with", "define", "template", "block",
    "break", "continue", "$x", ":=", "=", "|", ". ", "$", "nil", "true", "`", "/*", "*/", ".a", "%v",
    "${", "%{", "~}", "}", "<<EOT\n", "<<-EOT\n", "\nEOT\n", "for", "in", "=>", "...", "[*]", ".*",
    "&&", "||", "!=", "null", "job \"a\" {\n", "group \"g\" {\n", "task \"t\" {\n", "config {\n",
    "driver = \"x\"\n", "dynamic \"template\" {\n", "for_each = ", "content {\n", "labels = [\"a\"]\n",
    "locals {\n", "local.", "variable \"v\" {\n", "type = ", "default = ", "validation {\n",
    "object({", "optional(", "list(", "any", "var.", "1e999", "99999999999999999999", "\\u0000",
    "\\x80", "\ufeff", "\u2028", "é",
)  # fmt: skip
_JSON = (
    b'"job":{"a":{"group":{"g":{"task":{"t":{"driver":"docker","config":{"x":[1,null,"${a}"]}}}}}}}}',
    b'"variable":{"v":{"default":1}},"job":[{"a":{"type":"batch","priority":"${var.v}"}}]}',
)
_VARFILES = (
    b'{"a": {"b": [1, 2.5e3, null]}, "c.d": "x"}',
    b'a = 1\nchild.b = ["x", {c = true}]\n"d": <<E\nx\nE\n',
)
_EXPRESSIONS = (
    b'[for k, v in {a = 1} : "${k}-%{if v > 0}x%{else}y%{endif}" if v != 2]',
    b'{for x in range(3) : format("%05d|%q", x, "a") => x...}',
    b'try(var.map.a.b[0], cidrsubnets("10.0.0.0/8", 4, 4)[*])',
    b'yamldecode("a: &x [1, *x]") == jsondecode("{}") ? 1 : merge(var.map, {b = 2})',
)


def read(target: str) -> Iterator[bytes]:
    """The inputs to begin with: what there is in the conformance cases, and old findings."""
    match target:
        case "template":
            yield from _files("packs/*/templates/**/*.tpl")
        case "hcl" | "formatter" | "job":
            yield from _files("jobspec/*.hcl")
            yield from _files("jobspec/errors/*.hcl")
        case "metadata" | "variables":
            yield from _files(f"packs/*/{target}.hcl")
        case "json":
            yield from _JSON
        case "varfile":
            yield from _VARFILES
            yield from _files("cases/**/*.hcl")
        case "expression":
            yield from _EXPRESSIONS
        case _:
            yield from _packs()
    yield from (path.read_bytes() for path in sorted((CASES / target).glob("*")))


def _files(pattern: str) -> Iterator[bytes]:
    for path in sorted(_CONFORMANCE.glob(pattern)):
        if path.stat().st_size <= _LARGEST:
            yield path.read_bytes()


def _packs() -> Iterator[bytes]:
    for about in sorted(_CONFORMANCE.glob("packs/*/metadata.hcl")):
        jobs = sorted(about.parent.glob("templates/*.nomad.tpl"))[:1]
        helpers = sorted(about.parent.glob("templates/_*.tpl"))[:1]
        paths = [about, about.parent / "variables.hcl", *jobs, *helpers]
        data = targets.SEPARATOR.join(path.read_bytes() for path in paths)
        if len(data) <= 2 * _LARGEST:
            yield data


def words() -> list[str]:
    """The dictionary of all targets."""
    context = template.PackContext("p", "", {}, {}, {})
    names = {*template.pack_functions(context), *template.builtin_functions()}
    return [*_WORDS, *sorted(names), *(f"{name}(" for name in sorted(functions.FUNCTIONS))]
