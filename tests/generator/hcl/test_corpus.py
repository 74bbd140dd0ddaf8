"""The corpus of recorded answers: what HashiCorp's Go code says, ours says too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator import hcl
from generator.errors import HclError
from generator.hcl import evaluator, formatter, functions, scanner, types, values

CORPUS = Path(__file__).parent / "corpus"
STRINGS = values.TypedList(["a", "b"], values.STRING)
SCOPE = evaluator.Scope(
    {
        "l": STRINGS,
        "s": values.make_set(["b", "a"], values.STRING),
        "m": values.TypedMap({"x": 1, "y": 2}, values.NUMBER),
        "o": {"x": 1, "y": "two"},
        "el": values.TypedList([], values.STRING),
        "em": values.TypedMap({}, values.STRING),
        "n": None,
    },
    functions.FUNCTIONS,
)

Entry = dict[str, Any]


def load(name: str) -> list[Any]:
    entries: list[Entry] = json.loads((CORPUS / name).read_text(encoding="utf-8"))
    assert entries, f"{name} is empty"
    return [
        pytest.param(entry, id=f"{index}-{next(iter(entry.values()))[:30]!a}")
        for index, entry in enumerate(entries)
    ]


def as_json(value: Any) -> Any:
    """A value as it is after a way through JSON's numbers."""
    if isinstance(value, dict):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return value


def type_name(type_: values.Type) -> str:
    """A type as typeexpr.TypeString writes it."""
    match type_:
        case values.Primitive(name):
            return "any" if type_ == values.ANY else name
        case values.List(element) | values.Set(element) | values.Map(element):
            return f"{type(type_).__name__.lower()}({type_name(element)})"
        case values.Tuple(elements):
            return f"tuple([{','.join(map(type_name, elements))}])"
        case values.Object(attributes):
            named = (
                f"{name if name.isidentifier() else json.dumps(name)}={type_name(attributes[name])}"
                for name in sorted(attributes)
            )
            return f"object({{{','.join(named)}}})"


def describe(error: HclError) -> tuple[str | None, str]:
    place = error.position
    return (f"{place.line}:{place.column}" if place else None), error.message


@pytest.mark.parametrize("entry", load("tokens.json"))
def test_scanner_makes_the_same_tokens(entry: Entry) -> None:
    tokens = scanner.scan(scanner.strip_mark(entry["text"]))

    assert [[token.kind, token.text] for token in tokens] == entry["tokens"]


@pytest.mark.parametrize("entry", load("syntax.json"))
def test_parser_accepts_the_same_texts_and_names_the_same_first_error(entry: Entry) -> None:
    if "error" not in entry:
        assert hcl.parse(entry["text"], "f").source.text == entry["text"]
        return
    with pytest.raises(HclError) as caught:
        hcl.parse(entry["text"], "f")

    assert describe(caught.value) == (entry["position"], entry["error"])


@pytest.mark.parametrize("entry", load("formats.json"))
def test_formatter_makes_the_same_text(entry: Entry) -> None:
    assert formatter.format_source(entry["text"]) == entry["formatted"]


@pytest.mark.parametrize("entry", load("expressions.json"))
def test_evaluator_gives_the_same_value_or_error(entry: Entry) -> None:
    if "error" in entry:
        with pytest.raises(HclError) as caught:
            evaluator.evaluate(hcl.parse_expression(entry["expression"], "f"), SCOPE)
        assert describe(caught.value) == (entry["position"], entry["error"])
        return
    value = evaluator.evaluate(hcl.parse_expression(entry["expression"], "f"), SCOPE)

    assert as_json(value) == as_json(entry["value"])
    if value is not None and "any" not in entry["type"]:  # null has no type of its own here
        assert type_name(values.type_of(value)) == entry["type"]


@pytest.mark.parametrize("entry", load("conversions.json"))
def test_conversion_gives_the_same_value_or_error(entry: Entry) -> None:
    value = evaluator.evaluate(hcl.parse_expression(entry["expression"], "f"), SCOPE)
    constraint = hcl.parse_expression(entry["type_constraint"], "t")
    if "error" in entry:
        with pytest.raises(HclError) as caught:
            wanted = types.parse_type(constraint)
            types.convert(types.apply_defaults(value, wanted), wanted)
        assert caught.value.message == entry["error"]
        return
    wanted = types.parse_type(constraint)
    converted = types.convert(types.apply_defaults(value, wanted), wanted)

    assert as_json(converted) == as_json(entry["value"])
