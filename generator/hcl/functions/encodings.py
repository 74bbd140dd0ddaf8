"""Functions of encodings (go-cty-funcs' encoding; go-cty's stdlib/json.go, csv.go)."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import urllib.parse
from typing import Final

from generator.hcl import escapes, values
from generator.hcl.functions import json_text
from generator.hcl.functions.parameters import TEXT
from generator.hcl.signatures import Function, FunctionError, Parameter
from generator.hcl.values import Value


def decode_base64(given: str) -> str:
    try:
        data = base64.b64decode(given.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError):
        msg = f"failed to decode base64 data '{given}'"
        raise FunctionError(msg) from None
    try:
        return escapes.normalize(data.decode())
    except UnicodeDecodeError:
        msg = "the result of decoding the the provided string is not valid UTF-8"
        raise FunctionError(msg) from None


def encode_base64(given: str) -> str:
    return base64.b64encode(given.encode()).decode()


def encode_url(given: str) -> str:
    """For a query: a space is a plus (url.QueryEscape)."""
    return urllib.parse.quote_plus(given, safe="")


def decode_csv(given: str) -> Value:
    """A list of objects; the first row has the names."""
    rows = _read_rows(given)
    if not rows:
        msg = "missing header line"
        raise FunctionError(msg)
    header, *records = rows
    for index, name in enumerate(header):
        if name in header[:index]:
            msg = f'duplicate column name "{name}"'
            raise FunctionError(msg)
    for line, record in enumerate(records, 2):
        if len(record) != len(header):
            msg = f"CSV parse error on line {line}: wrong number of fields"
            raise FunctionError(msg)
    items: list[Value] = [dict(zip(header, record, strict=True)) for record in records]
    return values.TypedList(items, values.Object(dict.fromkeys(header, values.STRING)))


def _read_rows(given: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(given, newline=""), strict=True) if row]
    except csv.Error as error:
        msg = f"CSV parse error: {error}"
        raise FunctionError(msg) from None


FUNCTIONS: Final = {
    "base64decode": Function(decode_base64, (TEXT,)),
    "base64encode": Function(encode_base64, (TEXT,)),
    "csvdecode": Function(decode_csv, (TEXT,)),
    "jsondecode": Function(json_text.decode, (TEXT,)),
    "jsonencode": Function(json_text.encode, (Parameter("val", nullable=True),)),
    "urlencode": Function(encode_url, (TEXT,)),
}
