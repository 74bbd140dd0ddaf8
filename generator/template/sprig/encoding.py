"""sprig's encodings: base64, base32, JSON and checksums, each as Go's own packages give it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import posixpath
import re
import zlib
from collections.abc import Callable, Mapping

from generator import patterns
from generator.golang import quoting
from generator.template import signatures, values, verbs

_BASE64 = patterns.later(rb"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_NEWLINES = patterns.later(rb"[\r\n]")


def b64enc(text: str) -> str:
    return base64.b64encode(quoting.encode(text)).decode("ascii")


def b64dec(text: str) -> str:
    """The text of a base64 text; as in sprig, the error's text where it is none."""
    try:
        return quoting.decode(decode_base64(text))
    except signatures.CallError as error:
        return str(error)


def decode_base64(text: str) -> bytes:
    data = _NEWLINES.sub(b"", quoting.encode(text))
    if _BASE64.fullmatch(data):
        return base64.b64decode(data)
    msg = f"illegal base64 data at input byte {_first_illegal(quoting.encode(text))}"
    raise signatures.CallError(msg)


def _first_illegal(data: bytes) -> int:
    """Where Go's decoder stops: the first byte that can not stand there, or the end."""
    group = 0
    for index, byte in enumerate(data):
        if byte in b"\r\n":
            continue
        if byte == ord("="):
            rest = [each for each in enumerate(data[index:], index) if each[1] not in b"\r\n"]
            needed = {2: 2, 3: 1}.get(group % 4)
            if needed is None:
                return index
            if needed == 2 and (len(rest) < 2 or rest[1][1] != ord("=")):
                return rest[1][0] - 1 if len(rest) > 1 else len(data)
            return rest[needed][0] if len(rest) > needed else index
        if not _BASE64.fullmatch(bytes([byte]) * 4):
            return index
        group += 1
    return len(data) - group % 4 if group % 4 else len(data)


def b32enc(text: str) -> str:
    return base64.b32encode(quoting.encode(text)).decode("ascii")


def b32dec(text: str) -> str:
    data = _NEWLINES.sub(b"", quoting.encode(text))
    try:
        return quoting.decode(base64.b32decode(data))
    except binascii.Error:
        taken = len(data) - len(data.lstrip(_BASE32))
        # Go names the first wrong byte, or the group of eight that is not complete.
        at = taken if taken < len(data) else taken // 8 * 8
        return f"illegal base32 data at input byte {at}"


# JSON as Go's encoding/json writes and reads it.

_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_MARKS = patterns.later(r'[\x00-\x1f"\\\u2028\u2029\ud800-\udfff]')
_MARKS_HTML = patterns.later(r'[\x00-\x1f"\\\u2028\u2029\ud800-\udfff<>&]')


class _UnsupportedError(Exception):
    """A value that JSON has no form for."""


def _json_text(text: str, html: bool) -> str:
    marks = _MARKS_HTML if html else _MARKS
    return f'"{marks.sub(_json_mark, text)}"'


def _json_mark(match: re.Match[str]) -> str:
    character = match[0]
    if "\ud800" <= character <= "\udfff":
        return "\\ufffd"
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def _json_number(value: float) -> str:
    if not math.isfinite(value):
        msg = f"json: unsupported value: {verbs.format_float(value, 'v', verbs.PLAIN)}"
        raise _UnsupportedError(msg)
    shown = verbs.shortest_float(value, -6, 21)
    # Go writes e-9, not e-09.
    return re.sub(r"e-0(\d)\Z", r"e-\1", shown)


def _write(value: object, html: bool, indent: str, outer: str) -> str:
    match value:
        case None | values.NilInterface() | values.NilList() | values.NilStrings():
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return _json_text(value, html)
        case int():
            return str(int(value))
        case float():
            return _json_number(value)
        case values.Textual():
            return _json_text(value.as_text(), html)
        case bytes():
            return f'"{base64.b64encode(value).decode("ascii")}"'
        case values.Struct() if not isinstance(value, dict):
            msg = f"{values.type_name(value)} is not written as JSON here"
            hint = "vars and metas give what is in a pack's context"
            raise signatures.NotSupportedError(msg, hint=hint)
        case list():
            inner = outer + indent
            return _enclose(
                "[]", [_write(each, html, indent, inner) for each in value], indent, outer
            )
        case dict():
            inner = outer + indent
            colon = ": " if indent else ":"
            members = [
                _json_text(key, html) + colon + _write(value[key], html, indent, inner)
                for key in sorted(value, key=quoting.encode)
            ]
            return _enclose("{}", members, indent, outer)
        case _:
            pass
    msg = f"json: unsupported type: {values.type_name(value)}"
    raise _UnsupportedError(msg)


def _enclose(brackets: str, members: list[str], indent: str, outer: str) -> str:
    if not members:
        return brackets
    if not indent:
        return brackets[0] + ",".join(members) + brackets[1]
    lines = f",\n{outer}{indent}".join(members)
    return f"{brackets[0]}\n{outer}{indent}{lines}\n{outer}{brackets[1]}"


def _writer(*, html: bool, indent: str, must: bool) -> Callable[[object], str]:
    def to_json(value: object) -> str:
        try:
            return _write(value, html, indent, "")
        except _UnsupportedError as unsupported:
            if must:
                raise signatures.CallError(str(unsupported)) from unsupported
            return ""

    return to_json


def must_from_json(text: str) -> object:
    try:
        return json.loads(
            quoting.encode(text).decode("utf-8", "replace"),
            parse_int=_json_float,
            parse_float=_json_float,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise signatures.CallError(_json_complaint(text, error)) from error


def _json_float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        msg = f"json: cannot unmarshal number {digits} into Go value of type float64"
        raise signatures.CallError(msg)
    return value


def _no_constant(name: str) -> object:
    msg = f"invalid character '{name[0]}' looking for beginning of value"
    raise signatures.CallError(msg)


# What Python's reader was waiting for, and how Go tells of another character there.
_EXPECTED = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name enclosed in double quotes": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Invalid control character at": "in string literal",
    "Extra data": "after top-level value",
}
_JSON_STRING = patterns.later(r'(?s)"[^"\\]*(?:\\.[^"\\]*)*"')


# What newer Pythons say of a comma, where older ones and Go speak of the bracket behind it.
_TRAILING_COMMA = {
    "Illegal trailing comma before end of array": "Expecting value",
    "Illegal trailing comma before end of object": "Expecting property name enclosed in double quotes",
}


def _json_complaint(text: str, error: json.JSONDecodeError) -> str:
    if trailing := _TRAILING_COMMA.get(error.msg):
        error = json.JSONDecodeError(trailing, error.doc, error.pos + 1)
    rest = text[error.pos :].lstrip(" \t\r\n")
    if not rest or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    literal = next((word for word in ("true", "false", "null") if word[0] == rest[0]), "")
    if literal and error.msg == "Expecting value":
        at = len(posixpath.commonprefix([literal, rest]))
        shown = _json_character(rest[at]) if at < len(rest) else "' '"
        return f"invalid character {shown} in literal {literal} (expecting '{literal[at]}')"
    if error.msg.startswith("Invalid \\"):
        return f"invalid character {_json_character(rest[1:2] or ' ')} in string escape code"
    expected = _EXPECTED.get(error.msg)
    if expected is None:
        # A comma was missing: in a list or in an object?
        in_list = _last_open(_JSON_STRING.sub("", text[: error.pos])) == "["
        expected = "after array element" if in_list else "after object key:value pair"
    return f"invalid character {_json_character(rest[0])} {expected}"


def _last_open(text: str) -> str:
    """The innermost bracket that is open at the end of a text without strings."""
    opened: list[str] = []
    for character in text:
        if character in "[{":
            opened.append(character)
        elif character in "]}" and opened:
            opened.pop()
    return opened[-1] if opened else ""


def _json_character(character: str) -> str:
    """A character in quotes; Go shows its first byte."""
    return "'\"'" if character == '"' else quoting.quote_rune(quoting.encode(character)[0])


def from_json(text: str) -> object:
    try:
        return must_from_json(text)
    except signatures.CallError:
        return None


def _summer(name: str) -> Callable[[str], str]:
    def checksum(text: str) -> str:
        return hashlib.new(name, quoting.encode(text)).hexdigest()

    return checksum


def adler32sum(text: str) -> str:
    return str(zlib.adler32(quoting.encode(text)))


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "adler32sum": adler32sum,
    "b32dec": b32dec,
    "b32enc": b32enc,
    "b64dec": b64dec,
    "b64enc": b64enc,
    "fromJson": from_json,
    "mustFromJson": must_from_json,
    "mustToJson": _writer(html=True, indent="", must=True),
    "mustToPrettyJson": _writer(html=True, indent="  ", must=True),
    "mustToRawJson": _writer(html=False, indent="", must=True),
    "sha1sum": _summer("sha1"),
    "sha256sum": _summer("sha256"),
    "sha512sum": _summer("sha512"),
    "toJson": _writer(html=True, indent="", must=False),
    "toPrettyJson": _writer(html=True, indent="  ", must=False),
    "toRawJson": _writer(html=False, indent="", must=True),
}
