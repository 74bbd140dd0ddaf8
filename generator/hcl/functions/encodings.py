"""Functions of encodings (go-cty-funcs' encoding; go-cty's stdlib/json.go)."""

from __future__ import annotations

import base64
import binascii
import urllib.parse
from typing import Final

from generator.hcl import escapes
from generator.hcl.functions import json_text
from generator.hcl.functions.parameters import TEXT
from generator.hcl.signatures import Function, FunctionError, Parameter


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


FUNCTIONS: Final = {
    "base64decode": Function(decode_base64, (TEXT,)),
    "base64encode": Function(encode_base64, (TEXT,)),
    "jsondecode": Function(json_text.decode, (TEXT,)),
    "jsonencode": Function(json_text.encode, (Parameter("val", nullable=True),)),
    "urlencode": Function(encode_url, (TEXT,)),
}
