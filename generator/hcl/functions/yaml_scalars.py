"""What a scalar of YAML means: go-cty-yaml's resolve.go, with its own mixture of YAML 1.1 and 1.2."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from generator.hcl import escapes, numbers
from generator.hcl.signatures import FunctionError
from generator.hcl.values import Value

_PREFIX: Final = "tag:yaml.org,2002:"
_STRING, _BINARY, _BOOL, _INT, _FLOAT, _NULL, _TIMESTAMP = (
    _PREFIX + name for name in ("str", "binary", "bool", "int", "float", "null", "timestamp")
)
_TAGS: Final = frozenset(("", _STRING, _BINARY, _BOOL, _INT, _FLOAT, _NULL, _TIMESTAMP))

_BOOLS: Final[dict[str, Value]] = {
    **dict.fromkeys(
        ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"], True
    ),
    **dict.fromkeys(
        ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"], False
    ),
}
_KNOWN: Final[dict[str, Value]] = {
    **_BOOLS,
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INFINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NOT_A_NUMBER: Final = (".nan", ".NaN", ".NAN")
_HINTED: Final = re.compile(r"[-+.0-9yYnNtTfFoO~]|\Z")
_NUMERIC_START: Final = re.compile(r"[-+0-9]")
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_BASED: Final = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)")
_LARGEST: Final = 2**64 - 1
_DATE: Final = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?P<separator>[Tt ])([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?"
    r"(?P<zone>Z|[-+][0-9]{2}:[0-9]{2})?)?"
)
_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def resolve(tag: str, text: str, *, quoted: bool) -> Value:
    """The value of a scalar with this tag, which may be empty."""
    if tag not in _TAGS:
        msg = f'unsupported tag "{tag}"'
        raise FunctionError(msg)
    if tag not in (_STRING, _BINARY) and _HINTED.match(text):
        if quoted:
            return escapes.normalize(text)
        if text in _KNOWN:
            return _KNOWN[text]
        if _INFINITE.fullmatch(text):
            msg = f"the number {text} is not supported"
            raise FunctionError(msg)
        tag = _guess(tag, text)
    return _read(tag, text)


def _guess(tag: str, text: str) -> str:
    """The tag that a plain scalar looks like; its own where it looks like nothing."""
    if tag == "" and text in _NOT_A_NUMBER:
        msg = "floating point NaN is not supported"
        raise FunctionError(msg)
    if text.startswith("."):
        return _FLOAT if numbers.parse(text) is not None else tag
    if not _NUMERIC_START.match(text):
        return tag
    if tag in ("", _TIMESTAMP) and _timestamp(text):
        return _TIMESTAMP
    return _INT if _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text) else tag


def _read(tag: str, text: str) -> Value:
    value: Value
    match tag:
        case "" | "tag:yaml.org,2002:str":
            return escapes.normalize(text)
        case "tag:yaml.org,2002:null":
            return None
        case "tag:yaml.org,2002:bool":
            value = _BOOLS.get(text)
        case "tag:yaml.org,2002:binary":
            value = text if _is_base64(text) else None
        case "tag:yaml.org,2002:timestamp":
            value = _timestamp(text)
        case _:
            value = _number(text.replace("_", ""))
    if value is None:
        msg = f'cannot parse "{text}" as !!{tag.removeprefix(_PREFIX)}'
        raise FunctionError(msg)
    return value


def _number(text: str) -> Value:
    """A number in decimal, or in any base that Go's ParseInt knows, as far as that goes."""
    if (number := numbers.parse(text)) is not None:
        return number
    match = _BASED.fullmatch(text)
    if match is None:
        return None
    sign, digits = match.groups()
    based = int(digits, 8 if digits.isdigit() else 0)
    return (-based if sign == "-" else based) if based <= _LARGEST else None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _timestamp(text: str) -> str | None:
    """A date, perhaps with a time, in RFC 3339."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, separator, hour, minute, second, zone = match.groups()
    if (separator in ("T", "t") and zone is None) or (separator == " " and zone is not None):
        return None
    parts = [int(part or 0) for part in (month, day, hour, minute, second)]
    if not 1 <= parts[0] <= len(_DAYS):
        return None
    limits = ((1, 12), (1, _days(int(year), parts[0])), (0, 23), (0, 59), (0, 59))
    if any(not low <= part <= high for part, (low, high) in zip(parts, limits, strict=True)):
        return None
    zone = "Z" if zone in (None, "+00:00", "-00:00") else zone
    date = f"{year}-{parts[0]:02}-{parts[1]:02}"
    return f"{date}T{parts[2]:02}:{parts[3]:02}:{parts[4]:02}{zone}"


def _days(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _DAYS[month - 1] + leap
