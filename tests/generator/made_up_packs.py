"""Packs made up at random: variables of every type, values for them from every source.

Strategies of hypothesis; what they draw is mostly right and sometimes wrong. Values are HCL
expressions, as an author or an operator would write them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

SOURCES = ("environment", "hcl", "json", "argument")

ODD_TEXTS = (
    "|5|05|1.50|true|null|1e3|0x10| 7|-0|e\u0301|a\nb|\t|<no value>|<&>|\u2028|😀|[[|a,b|a=b|{}|[1]"
)
ODD_NUMBERS = (
    "1.0|1.50|1e6|1234567.5|1e21|9223372036854775808|-9223372036854775809|1e-7|1e400|33e-400|-0"
    "|123456789012345678901234567890.5"
)
TEMPLATES = (
    '"${1 + 1}"|"a${"b"}c"|"%{ if true }yes%{ else }no%{ endif }"|"${true}"|"a$"'
    '|"%{ for x in ["p", "q"] ~} ${x} %{ endfor ~}"'
)
EXPRESSIONS = (
    "true|false|null|!true|7 / 2|10 % 3|1 == 1|-(3)|[1, 2][*]|[{ a = 1 }].*.a|{ a = 1 }.a|[5][0]"
    '|true ? 1 : "a"|[for x in [1, 2] : x * 2]|{ for k, v in { a = 1 } : k => v }'
)


def one_of(texts: str) -> SearchStrategy[str]:
    return st.sampled_from(texts.split("|"))


TEXTS = one_of(ODD_TEXTS) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0\ufeff"), max_size=6
)
NUMBERS = st.one_of(
    st.integers(-20, 200).map(str),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    one_of(ODD_NUMBERS),
)


def quote(text: str) -> str:
    """The text as an HCL string in quotes."""
    quoted = json.dumps(text, ensure_ascii=False)
    for letter, code in (("\\b", "\\u0008"), ("\\f", "\\u000c")):
        quoted = quoted.replace(letter, code)
    return quoted.replace("${", "$${").replace("%{", "%%{")


STRINGS = TEXTS.map(quote) | one_of(TEMPLATES)
SCALARS = STRINGS | NUMBERS | one_of(EXPRESSIONS)
NAMES = st.sampled_from(["a", "b", "name", "x-y"])
KEYS = st.sampled_from(["a", "b", "x-y", '"q r"', '("c")', '"é"', '""', "5", "true"])


def in_brackets(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


def in_braces(pairs: list[tuple[str, str]]) -> str:
    return f"{{{', '.join(f'{key} = {value}' for key, value in pairs)}}}"


ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(in_brackets)
        | st.lists(st.tuples(KEYS, inner), max_size=3).map(in_braces)
    ),
    max_leaves=6,
)
PLAIN = st.recursive(
    st.one_of(
        TEXTS,
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none(),
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "x-y", "q r", "é"]), inner, max_size=3)
    ),
    max_leaves=6,
)


# --- types ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A type as it is written, and values that mostly fit it."""

    text: str
    values: SearchStrategy[str]


def mostly(values: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.integers(0, 14).flatmap(lambda chance: values if chance else ANYTHING)


def primitives() -> SearchStrategy[Kind]:
    numbers = NUMBERS | st.sampled_from(['"5"', '"1.5"', '"0x10"', "null", "7 / 2"])
    booleans = st.sampled_from(["true", "false", '"true"', "null", '"1"'])
    return st.sampled_from(
        [
            Kind("string", mostly(STRINGS | NUMBERS | st.sampled_from(["true", "null"]))),
            Kind("number", mostly(numbers)),
            Kind("bool", mostly(booleans)),
            Kind("any", ANYTHING),
        ]
    )


def list_or_set(name: str, element: Kind) -> Kind:
    return Kind(
        f"{name}({element.text})", mostly(st.lists(element.values, max_size=3).map(in_brackets))
    )


def map_of(element: Kind) -> Kind:
    keys = st.sampled_from(["a", "b", '"q r"', "c"])
    pairs = st.lists(st.tuples(keys, element.values), max_size=3, unique_by=lambda pair: pair[0])
    return Kind(f"map({element.text})", mostly(pairs.map(in_braces)))


def tuple_of(elements: list[Kind]) -> Kind:
    text = ", ".join(each.text for each in elements)
    values = st.tuples(*(each.values for each in elements)).map(list).map(in_brackets)
    return Kind(f"tuple([{text}])", mostly(values))


def named(name: str, values: SearchStrategy[str]) -> SearchStrategy[list[tuple[str, str]]]:
    """The attribute with a value, and sometimes no attribute."""
    filled = values.map(lambda value: [(name, value)])
    return st.integers(0, 9).flatmap(lambda chance: filled if chance else st.just([]))


@st.composite
def objects(draw: DrawFn, kinds: SearchStrategy[Kind]) -> Kind:
    attributes: list[tuple[str, str]] = []
    pairs: list[SearchStrategy[list[tuple[str, str]]]] = []
    for name, kind in draw(st.dictionaries(NAMES, kinds, max_size=3)).items():
        filled = named(name, kind.values)
        match draw(st.integers(0, 3)):
            case 0:
                attributes.append((name, f"optional({kind.text})"))
                filled |= st.just([])
            case 1:
                attributes.append((name, f"optional({kind.text}, {draw(kind.values)})"))
                filled |= st.just([])
            case _:
                attributes.append((name, kind.text))
        pairs.append(filled)
    further = st.integers(0, 5).map(lambda chance: [] if chance else [("further", "1")])
    values = st.tuples(*pairs, further).map(
        lambda parts: in_braces([p for part in parts for p in part])
    )
    return Kind(f"object({in_braces(attributes)})", mostly(values))


KINDS = st.recursive(
    primitives(),
    lambda inner: st.one_of(
        inner.map(lambda kind: list_or_set("list", kind)),
        inner.map(lambda kind: list_or_set("set", kind)),
        inner.map(map_of),
        st.lists(inner, max_size=3).map(tuple_of),
        objects(inner),
    ),
    max_leaves=4,
)


# --- packs ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Variable:
    """Its declaration, and the texts that give it a value, by their sources."""

    name: str
    type: str | None
    default: str | None
    given: Mapping[str, str]

    def __str__(self) -> str:
        lines = [f"  type = {self.type}"] if self.type else []
        lines += [f"  default = {self.default}"] if self.default is not None else []
        return "\n".join([f'variable "{self.name}" {{', *lines, "}", ""])


@st.composite
def variables(draw: DrawFn, name: str) -> Variable:
    kind = draw(st.none() | KINDS)
    values = kind.values if kind else ANYTHING
    is_text = kind is None or kind.text in ("string", "number")
    texts = {
        "environment": TEXTS | NUMBERS if is_text else values,
        "argument": TEXTS | NUMBERS if is_text else values,
        "hcl": values,
        "json": PLAIN.map(json.dumps),
    }
    return Variable(
        name=name,
        type=kind.text if kind else None,
        default=draw(st.none() | values),
        given={
            source: draw(texts[source])
            for source in sorted(draw(st.sets(st.sampled_from(SOURCES), max_size=2)))
        },
    )


METADATA = """app {{
  url = {url}
}}
pack {{
  name        = "{name}"
  alias       = "{alias}"
  description = {description}
  version     = "1"
}}
{more}
"""
SHOW = """[[ define "show" ]][[ typeOf . ]] [[ kindOf . ]]
  v    [[ printf "%v" . ]]
  json [[ toJson . ]]
  list [[ toStringList . ]]
  go   [[ printf "%q %d %s" . . . ]]
[[ end ]]"""


@dataclass(frozen=True)
class MadeUp:
    """A pack, its child under an alias, and that one's child, each with variables of its own."""

    top: tuple[Variable, ...]
    child: tuple[Variable, ...] = ()
    grandchild: tuple[Variable, ...] = ()
    alias: str = ""
    description: str = '"made up"'

    def write(self, folder: Path) -> tuple[dict[str, str], list[str]]:
        """Write the pack and its files with values; the environment and arguments to use them."""
        inner = (
            'dependency "child" {\n  alias = "kid"\n}\ndependency "absent" {\n  enabled = false\n}'
        )
        seen = "".join(_shown(f"kid.{each.name}", each.name, ".kid") for each in self.child)
        self._write(
            folder / "top",
            "top",
            self.top,
            inner,
            seen + '[[ toJson (metas .) | replace (packPath) "" ]]',
        )
        (folder / "top" / "templates" / "_show.tpl").write_text(SHOW)
        self._write(folder / "top/deps/child", "child", self.child, 'dependency "deep" {}')
        self._write(folder / "top/deps/child/deps/deep", "deep", self.grandchild)
        given = list(self._given())
        environment = {
            f"NOMAD_PACK_VAR_{path}": text
            for path, source, text in given
            if source == "environment"
        }
        arguments = [f"--var={path}={text}" for path, source, text in given if source == "argument"]
        hcl = "".join(f"{path} = {text}\n" for path, source, text in given if source == "hcl")
        members = (
            f"{json.dumps(path)}: {text}" for path, source, text in given if source == "json"
        )
        (folder / "a.hcl").write_bytes(hcl.encode())
        (folder / "b.json").write_bytes(f"{{{', '.join(members)}}}".encode())
        return environment, [*arguments, "--var-file=a.hcl,b.json", "--allow-unset-vars"]

    def _write(
        self,
        folder: Path,
        name: str,
        declared: tuple[Variable, ...],
        more: str = "",
        shown: str = "",
    ) -> None:
        (folder / "templates").mkdir(parents=True)
        alias = self.alias if name == "top" else ""
        text = METADATA.format(
            name=name, alias=alias, url='"u"', description=self.description, more=more
        )
        (folder / "metadata.hcl").write_bytes(text.encode())
        (folder / "variables.hcl").write_bytes("".join(map(str, declared)).encode())
        lines = "".join(_shown(each.name, each.name, ".") for each in declared)
        (folder / "templates" / f"{name}.txt.tpl").write_text(f"shown\n{lines}{shown}\n")

    def _given(self) -> Iterator[tuple[str, str, str]]:
        """The path of each variable that a source gives a value, the source, and the text."""
        for prefix, declared in (
            ("", self.top),
            ("kid.", self.child),
            ("kid.deep.", self.grandchild),
        ):
            for each in declared:
                for source, text in each.given.items():
                    yield prefix + each.name, source, text


def _shown(label: str, name: str, context: str) -> str:
    return f'{label} [[ template "show" var "{name}" {context} ]]'
