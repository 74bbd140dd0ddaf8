"""What is fuzzed: each target takes bytes and reads them as one kind of input.

A target may raise what the generator raises for wrong input, and nothing else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from click.testing import CliRunner

from generator import declarations, hcl, jobspec, metadata, template, varfile
from generator.commands import program
from generator.hcl import evaluator, formatter, functions, nodes, scopes, values

SEPARATOR = b"\n%%%%\n"
"""Between the files of a pack, in an input for the whole program."""
PACK = (
    "metadata.hcl",
    "variables.hcl",
    "templates/job.nomad.tpl",
    "templates/_helper.tpl",
    "more.hcl",
)

_META = {"app": {"url": ""}, "pack": {"name": "p", "path": "/nowhere", "version": "1"}}
_VALUES: dict[str, values.Value] = {
    "text": "a text\n",
    "number": 3,
    "float": 1.5,
    "yes": True,
    "list": ["a", "b"],
    "maps": [{"a": 1}, {"a": 2}],
    "map": {"a": {"b": ["c"]}},
    "none": None,
}


def run_template(data: bytes) -> None:
    context = template.PackContext("p", "/nowhere", _VALUES, _META, {})
    templates = template.TemplateSet(template.pack_functions(context))
    templates.add("fuzz", _text(data))
    templates.execute("fuzz", context)


def run_hcl(data: bytes) -> None:
    scope = scopes.Scope({"var": dict(_VALUES)}, functions.FUNCTIONS, keep_unknown=True)
    _evaluate(hcl.parse(_text(data), "fuzz.hcl"), scope)


def run_expression(data: bytes) -> None:
    scope = scopes.Scope({"var": dict(_VALUES)}, functions.FUNCTIONS)
    evaluator.evaluate(hcl.parse_expression(_text(data), "fuzz.hcl"), scope)


def _evaluate(body: nodes.Body, scope: scopes.Scope) -> None:
    for attribute in body.attributes:
        evaluator.evaluate(attribute.expression, scope)
    for block in body.blocks:
        _evaluate(block.body, scope)


def run_job(data: bytes) -> None:
    jobspec.encode(jobspec.parse(_text(data), "fuzz.nomad.hcl"))


def run_json(data: bytes) -> None:
    jobspec.encode(jobspec.parse("{" + _text(data), "fuzz.nomad.json"))


def run_formatter(data: bytes) -> None:
    formatter.format_source(_text(data))


def run_varfile(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("v.hcl", "v.json"):
            Path(folder, name).write_bytes(data)
        varfile.read(str(Path(folder, "v.json" if data[:1] == b"{" else "v.hcl")))


def run_metadata(data: bytes) -> None:
    metadata.parse(_text(data), "metadata.hcl")


def run_variables(data: bytes) -> None:
    declarations.parse(_text(data), "variables.hcl")


def run_program(data: bytes) -> None:
    """A pack made of the input, rendered, checked and parsed by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "templates").mkdir()
        parts = data.split(SEPARATOR)
        for name, part in zip(PACK, parts, strict=False):
            Path(folder, name).write_bytes(part)
        arguments = ["render", folder, *(["-f", f"{folder}/more.hcl"] if len(parts) > 4 else [])]
        _invoke([*arguments, "--render-output-template"])
        _invoke([*arguments, "--format", "json"])
        _invoke(["check", folder])
        _invoke(["parse", f"{folder}/{PACK[min(len(parts), len(PACK)) - 1]}"])


def _invoke(arguments: list[str]) -> None:
    result = CliRunner().invoke(program.main, arguments, catch_exceptions=False)
    assert result.exit_code in (0, 1, 2), result.exit_code


def _text(data: bytes) -> str:
    """Files that are not UTF-8 are refused before they are read as anything."""
    return data.decode("utf-8", "replace")


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    "template": run_template,
    "hcl": run_hcl,
    "expression": run_expression,
    "job": run_job,
    "json": run_json,
    "formatter": run_formatter,
    "varfile": run_varfile,
    "metadata": run_metadata,
    "variables": run_variables,
    "program": run_program,
}
