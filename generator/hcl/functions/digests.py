"""Functions of hashes and names (go-cty-funcs, crypto and uuid)."""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

from generator.hcl.functions.parameters import TEXT, text
from generator.hcl.signatures import Function, FunctionError

_NAMESPACES: Final = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


def md5(given: str) -> str:
    return hashlib.md5(given.encode(), usedforsecurity=False).hexdigest()


def sha1(given: str) -> str:
    return hashlib.sha1(given.encode(), usedforsecurity=False).hexdigest()


def sha256(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


def sha512(given: str) -> str:
    return hashlib.sha512(given.encode()).hexdigest()


def make_uuid(namespace: str, name: str) -> str:
    space = _NAMESPACES.get(namespace)
    if space is None:
        try:
            space = uuid.UUID(namespace)
        except ValueError as error:
            msg = f"uuidv5() doesn't support namespace {namespace} ({error})"
            raise FunctionError(msg) from None
    return str(uuid.uuid5(space, name))


FUNCTIONS: Final = {
    "md5": Function(md5, (TEXT,)),
    "sha1": Function(sha1, (TEXT,)),
    "sha256": Function(sha256, (TEXT,)),
    "sha512": Function(sha512, (TEXT,)),
    "uuidv5": Function(make_uuid, (text("namespace"), text("name"))),
}
