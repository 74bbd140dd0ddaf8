"""Values as JSON text and back, as go-cty writes and reads them."""

from __future__ import annotations

import json

from generator.hcl import escapes, numbers
from generator.hcl.signatures import FunctionError
from generator.hcl.values import Value

# encoding/json keeps JSON safe to be put into HTML and JavaScript.
_ESCAPED = str.maketrans(
    {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
)


def encode(value: Value) -> str:
    """Keys sorted, no spaces, numbers without exponent."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return numbers.render(value)
        case str():
            return json.dumps(value, ensure_ascii=False).translate(_ESCAPED)
        case list():
            return f"[{','.join(map(encode, value))}]"
        case dict():
            pairs = (f"{encode(name)}:{encode(value[name])}" for name in sorted(value))
            return f"{{{','.join(pairs)}}}"


def decode(text: str) -> Value:
    try:
        loaded: Value = json.loads(
            text,
            parse_float=_parse_number,
            parse_int=_parse_number,
            parse_constant=_refuse_constant,
            object_pairs_hook=_make_object,
        )
    except json.JSONDecodeError as error:
        raise FunctionError(_reason(error)) from None
    except RecursionError:
        msg = "the document is nested too deeply"
        raise FunctionError(msg) from None
    return _normalized(loaded)


def _reason(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        return "extraneous data after JSON object"
    if error.pos >= len(error.doc.rstrip()):
        return "EOF"
    return f"invalid JSON at character {error.pos + 1}: {error.msg}"


def _parse_number(text: str) -> numbers.Number:
    number = numbers.parse(text)
    if number is None:
        msg = f"the number {text} is too large or too small"
        raise FunctionError(msg)
    return number


def _refuse_constant(text: str) -> Value:
    msg = f"invalid character '{text[0]}' looking for beginning of value"
    raise FunctionError(msg)


def _make_object(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    return {escapes.normalize(name): value for name, value in pairs}


def _normalized(value: Value) -> Value:
    match value:
        case str():
            return escapes.normalize(value)
        case list():
            return [_normalized(item) for item in value]
        case dict():
            return {name: _normalized(item) for name, item in value.items()}
        case _:
            return value
