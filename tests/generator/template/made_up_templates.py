"""Templates made up at random: every statement, and calls of functions that fit together.

They read the variables of ``VARIABLES`` and leave them as they are: nomad-pack executes templates
in no order. What may fail in them fails for a reason that Go has, too:
a division by zero, an index out of range, a field of a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[str]], str]

# What ``template`` calls in them; it stands in a file of its own.
HELPER = '[[ define "shown" ]]([[ . ]]|[[ printf "%T" . ]])[[ end ]]'

VARIABLES: Mapping[str, object] = {
    "s": "text Two",
    "u": 'héé <b>&"q"\n',
    "e": "",
    "n": 5,
    "neg": -3,
    "f": 1.5,
    "t": True,
    "no": False,
    "l": [1, "a", 2.5, True],
    "ls": ["b", "a", "b"],
    "m": {"a": "x", "b": "y", "é": ""},
    "o": [{"k": 1, "v": "one"}, {"k": 2, "v": "two"}],
}

TEXTS = (
    '"a"', '"a.b.c"', '""', '"%v|%5d|%-6s|"', "`raw\\n`", '"é\\t\\""', '"12"', '"a,b,,c"', '"-"',
    '(var "s" $)', '(var "u" $)', '(var "e" $)', '(var "undeclared" $)', '(meta "pack.name" $)',
)  # fmt: skip
NUMBERS = ("0", "1", "2", "-2", "0x1F", "1_000", "'a'", '(var "n" $)', '(var "neg" $)')
FLOATS = ("2.5", "1e3", "-0.25", '(var "f" $)', "1e21")
FLAGS = ("true", "false", '(var "t" $)', '(var "no" $)')
LISTS = ('(var "l" $)', '(var "ls" $)', '(var "o" $)', "(list)", "(until 3)")
MAPS = ('(var "m" $)', "(dict)", '(index (var "o" $) 0)')

# By what they give; a word in braces is an argument of that kind.
CALLS: Mapping[str, tuple[str, ...]] = {
    "text": (
        "upper {text}", "title {text}", "trim {text}", "quote {any}", "squote {any}",
        "printf {text} {any}", 'printf "%v %q %T" {any} {text} {any}', 'printf "%+v %#v" {any} {any}',
        'printf "%5.1f|%08d|%x" {float} {number} {text}', "trunc {number} {text}",
        "replace {text} {text} {text}", "repeat 2 {text}", "join {text} {list}", "toString {any}",
        "toJson {any}", "toPrettyJson {map}", "print {any} {any}", "println {any} {text}",
        "html {any}", "js {text}", "urlquery {any}", "indent 2 {text}", "nindent 1 {text}",
        "b64enc {text}", "b64dec {text}", "sha256sum {text}", "substr 0 2 {text}",
        "camelcase {text}", "snakecase {text}", "kebabcase {text}", "default {text} {any}",
        "toStringList {list}", "toStringList {any}", "cat {any} {any}", "trimSuffix {text} {text}",
        "wrap 5 {text}", 'regexReplaceAll "[a-c]+" {text} {text}', "ternary {text} {text} {flag}",
        "typeOf {any}", "kindOf {any}", "abbrev 5 {text}", "initials {text}", "nospace {text}",
        "slice {text} 1", "tpl {text} $", "coalesce {any} {text}", "base {text}", "dir {text}",
        'date "2006-01-02 15:04:05 MST" (int {number})', "durationRound {text}", "plural {text} {text} {number}",
    ),
    "number": (
        "add {number} {number}", "sub {number} {number}", "mul {number} {number}",
        "div {number} {number}", "mod {number} {number}", "max {number} {any}", "len {text}",
        "len {list}", "len {map}", "int {any}", "int64 {any}", "atoi {text}", "toDecimal {text}",
        "add1 {number}", "min {number} {number}",
    ),
    "float": (
        "addf {float} {float}", "mulf {float} {float}", "divf {float} {float}", "float64 {any}",
        "round {float} 1", "floor {float}", "ceil {float}", "maxf {float} {number}",
    ),
    "flag": (
        "eq {text} {text} {text}", "ne {number} {number}", "lt {number} {number}",
        "ge {text} {text}", "gt {float} {float}", "and {any} {any}", "or {any} {flag}", "not {any}",
        "contains {text} {text}", "hasPrefix {text} {text}", "empty {any}", "has {any} {list}",
        "hasKey {map} {text}", 'regexMatch "^[a-z]+" {text}', 'kindIs "string" {any}',
        "eq {any} {any}", "deepEqual {any} {any}", 'semverCompare ">=1.2, <2" "1.3.0"', "all {any} {any}",
    ),
    "list": (
        "list {any} {any}", "list {text} {number} {list}", "until 2", "splitList {text} {text}",
        "append {list} {any}", "prepend {list} {any}", "rest {list}", "initial {list}",
        "reverse {list}", "sortAlpha {list}", "uniq {list}", "compact {list}",
        "without {list} {any}", "concat {list} {list}", "chunk 2 {list}", "slice {list} 1",
        "untilStep 0 5 2", "pluck {text} {map} {map}", 'fromJson "[1, 2.5, null]"',
        'regexFindAll "[a-b]" {text} -1', "toStrings {list}",
    ),
    "map": (
        "dict {text} {any}", 'dict "a" {any} "b" {any}', "merge (deepCopy {map}) {map}", 'pick {map} "a"',
        'omit {map} "a"', "set (deepCopy {map}) {text} {any}", "split {text} {text}", 'unset (deepCopy {map}) "b"',
        'fromJson `{"a": [true], "b": null}`', "mergeOverwrite (deepCopy {map}) {map}", "deepCopy {map}",
        'urlParse "http://u@h:1/p?q#f"',
    ),
}  # fmt: skip
PLAIN: Mapping[str, tuple[str, ...]] = {
    "text": TEXTS, "number": NUMBERS, "float": FLOATS, "flag": FLAGS, "list": LISTS, "map": MAPS,
}  # fmt: skip
OTHER = (
    "index {list} {number}", "get {map} {text}", "first {list}", "last {list}", "{map}.a",
    'dig "a" "b" {any} {map}', "index {map} {text}", "{any}.x", "(semver {text}).Major",
)  # fmt: skip
KINDS = (*PLAIN, "other")


def _expression(draw: Draw, kind: str, depth: int, names: tuple[str, ...]) -> str:
    if kind == "any":
        kind = draw(st.sampled_from(KINDS))
    if names and draw(st.sampled_from("ynnn")) == "y":
        return draw(st.sampled_from(names))
    if depth <= 0 or (kind in PLAIN and draw(st.sampled_from("yn")) == "y"):
        return draw(st.sampled_from(PLAIN.get(kind, ("nil", "$.x", "(vars $)", "(metas $).app"))))
    written = draw(st.sampled_from(OTHER if kind == "other" else CALLS[kind]))
    call = re.sub(
        r"\{(\w+)\}", lambda found: _expression(draw, found[1], depth - 1, names), written
    )
    return f"({call})"


def _pipeline(draw: Draw, names: tuple[str, ...]) -> str:
    written = _expression(draw, "any", 2, names)
    for stage in draw(st.sampled_from(("", "", "", "quote", "toJson", "print | upper"))).split("|"):
        written += f" | {stage.strip()}" if stage else ""
    return written


def _action(draw: Draw, inside: str) -> str:
    left, right = draw(st.sampled_from(("[[ ", "[[- "))), draw(st.sampled_from((" ]]", " -]]")))
    return f"{left}{inside}{right}"


def _statement(draw: Draw, depth: int, names: tuple[str, ...], looping: bool) -> str:
    kinds = ["print", "print", "text", "comment", "declare"]
    variables = [name for name in names if name[0] == "$"]
    kinds += ["assign"] if variables else []
    kinds += ["if", "range", "with", "template"] if depth > 0 else []
    kinds += ["break"] if looping else []
    match draw(st.sampled_from(kinds)):
        case "text":
            return draw(st.sampled_from((" x ", "\n", "[ {", "é\t\n ", "]]")))
        case "comment":
            return draw(st.sampled_from(("[[/* c */]]", "[[- /* c */ -]]")))
        case "declare":
            inner = _body(draw, depth - 1, (*names, "$a"), looping)
            return _action(draw, f"$a := {_pipeline(draw, names)}") + inner
        case "assign":
            return _action(draw, f"{variables[-1]} = {_pipeline(draw, names)}")
        case "if" | "with" as keyword:
            return _branch(draw, keyword, depth, names, looping)
        case "range":
            return _range(draw, depth, names)
        case "template":
            return f'[[ template "shown" {_expression(draw, "any", 1, names)} ]]'
        case "break":
            return draw(st.sampled_from(("[[ break ]]", "[[ continue ]]")))
        case _:
            return _action(draw, _pipeline(draw, names))


def _branch(draw: Draw, keyword: str, depth: int, names: tuple[str, ...], looping: bool) -> str:
    found = f"$w := {_pipeline(draw, names)}"
    dot = (".",) if keyword == "with" else ()
    inner = _body(draw, depth - 1, (*names, *dot, "$w"), looping)
    written = _action(draw, f"{keyword} {found}") + inner
    if draw(st.sampled_from("yn")) == "y":
        written += f"[[ else {keyword} {_pipeline(draw, names)} ]]"
        written += _body(draw, depth - 1, names, looping)
    if draw(st.sampled_from("yn")) == "y":
        written += "[[ else ]]" + _body(draw, depth - 1, names, looping)
    return written + "[[ end ]]"


def _range(draw: Draw, depth: int, names: tuple[str, ...]) -> str:
    kind = draw(st.sampled_from(("list", "map", "list", "2", "any")))
    value = kind if kind == "2" else _expression(draw, kind, 1, names)
    target = draw(st.sampled_from(("", "$i := ", "$i, $v := ")))
    inner = (
        *names,
        ".",
        *(name.strip() for name in target.removesuffix(" := ").split(",") if name),
    )
    written = _action(draw, f"range {target}{value}") + _body(draw, depth - 1, inner, True)
    if draw(st.sampled_from("ynn")) == "y":
        written += "[[ else ]]" + _body(draw, depth - 1, names, False)
    return written + "[[ end ]]"


def _body(draw: Draw, depth: int, names: tuple[str, ...], looping: bool) -> str:
    count = int(draw(st.sampled_from("112")))
    return "".join(_statement(draw, depth, names, looping) for _ in range(count))


@st.composite
def templates(draw: Draw) -> str:
    """A template that always prints something: nomad-pack drops what is empty."""
    return f"<{_body(draw, 2, (), False)}>"
