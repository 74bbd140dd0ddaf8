"""Functions of hashes and names (go-cty-funcs, crypto and uuid)."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from generator.hcl.functions.parameters import TEXT, text
from generator.hcl.signatures import Function, FunctionError

_NAMESPACES: Final = {  # RFC 4122, appendix C
    "dns": "6ba7b8109dad11d180b400c04fd430c8",
    "url": "6ba7b8119dad11d180b400c04fd430c8",
    "oid": "6ba7b8129dad11d180b400c04fd430c8",
    "x500": "6ba7b8149dad11d180b400c04fd430c8",
}
_UUID = re.compile(
    r"(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?",
    re.IGNORECASE,
)


def md5(given: str) -> str:
    return hashlib.md5(given.encode(), usedforsecurity=False).hexdigest()


def sha1(given: str) -> str:
    return hashlib.sha1(given.encode(), usedforsecurity=False).hexdigest()


def sha256(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


def sha512(given: str) -> str:
    return hashlib.sha512(given.encode()).hexdigest()


def make_uuid(namespace: str, name: str) -> str:
    """A name-based UUID, version 5. The standard library's module for that is slow to load."""
    space = _NAMESPACES.get(namespace)
    if space is None:
        match = _UUID.fullmatch(namespace)
        if match is None:
            reason = f"invalid UUID length: {len(namespace)}"
            msg = f"uuidv5() doesn't support namespace {namespace} ({reason})"
            raise FunctionError(msg)
        space = "".join(match.groups())
    digest = hashlib.sha1(bytes.fromhex(space) + name.encode(), usedforsecurity=False).digest()
    octets = bytearray(digest[:16])
    octets[6] = octets[6] & 0x0F | 0x50
    octets[8] = octets[8] & 0x3F | 0x80
    text_value = octets.hex()
    return "-".join(
        (text_value[:8], text_value[8:12], text_value[12:16], text_value[16:20], text_value[20:])
    )


FUNCTIONS: Final = {
    "md5": Function(md5, (TEXT,)),
    "sha1": Function(sha1, (TEXT,)),
    "sha256": Function(sha256, (TEXT,)),
    "sha512": Function(sha512, (TEXT,)),
    "uuidv5": Function(make_uuid, (text("namespace"), text("name"))),
}
