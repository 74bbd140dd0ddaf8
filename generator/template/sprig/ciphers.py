"""sprig's AES, and what derives a password or checks a certificate: crypto.go.

The package cryptography is only imported where it is used.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping

from generator.golang import quoting
from generator.template import signatures, values
from generator.template.sprig import encoding

_BLOCK = 16
_PEM = re.compile(
    rb"-----BEGIN (?P<kind>[^\n]*?)-----[ \t\r]*\n(?P<body>.*?)\n?-----END (?P=kind)-----",
    re.DOTALL,
)


def _key(password: str) -> bytes:
    """The first 32 bytes of a password."""
    return quoting.encode(password)[:32].ljust(32, b"\0")


def encrypt_aes(password: str, text: str, start: bytes) -> str:
    """AES-256 in CBC mode, behind the block that it starts with."""
    if not text:
        return ""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    data = quoting.encode(text)
    padding = _BLOCK - len(data) % _BLOCK
    encryptor = Cipher(algorithms.AES(_key(password)), modes.CBC(start)).encryptor()
    encrypted = encryptor.update(data + bytes([padding]) * padding) + encryptor.finalize()
    return base64.b64encode(start + encrypted).decode("ascii")


def decrypt_aes(password: str, encrypted: str) -> str:
    if not encrypted:
        return ""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    data = encoding.decode_base64(encrypted)
    if len(data) < _BLOCK:
        capacity = len(encrypted) // 4 * 3
        msg = f"runtime error: slice bounds out of range [:{_BLOCK}] with capacity {capacity}"
        raise signatures.CallError(msg)
    start, body = data[:_BLOCK], data[_BLOCK:]
    if len(body) % _BLOCK:
        msg = "crypto/cipher: input not full blocks"
        raise signatures.CallError(msg)
    if not body:
        msg = "runtime error: index out of range [-1]"
        raise signatures.CallError(msg)
    decryptor = Cipher(algorithms.AES(_key(password)), modes.CBC(start)).decryptor()
    padded = decryptor.update(body) + decryptor.finalize()
    end = len(padded) - padded[-1]
    if end < 0:
        msg = f"runtime error: slice bounds out of range [:{end}]"
        raise signatures.CallError(msg)
    return quoting.decode(padded[:end])


# Passwords made of a master password: masterpassword.app, version 1.

_SEED = b"com.lyndir.masterpassword"
_TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "maximum": ("anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"),
    "long": (
        "CvcvnoCvcvCvcv", "CvcvCvcvnoCvcv", "CvcvCvcvCvcvno", "CvccnoCvcvCvcv", "CvccCvcvnoCvcv",
        "CvccCvcvCvcvno", "CvcvnoCvccCvcv", "CvcvCvccnoCvcv", "CvcvCvccCvcvno", "CvcvnoCvcvCvcc",
        "CvcvCvcvnoCvcc", "CvcvCvcvCvccno", "CvccnoCvccCvcv", "CvccCvccnoCvcv", "CvccCvccCvcvno",
        "CvcvnoCvccCvcc", "CvcvCvccnoCvcc", "CvcvCvccCvccno", "CvccnoCvcvCvcc", "CvccCvcvnoCvcc",
        "CvccCvcvCvccno",
    ),
    "medium": ("CvcnoCvc", "CvcCvcno"),
    "short": ("Cvcn",),
    "basic": ("aaanaaan", "aannaaan", "aaannaaa"),
    "pin": ("nnnn",),
}  # fmt: skip
_CAPITALS, _SMALL = "BCDFGHJKLMNPQRSTVWXYZ", "bcdfghjklmnpqrstvwxyz"
_LETTERS = f"AEIOUaeiou{_CAPITALS}{_SMALL}"
_CHARACTERS = {
    "V": "AEIOU",
    "C": _CAPITALS,
    "v": "aeiou",
    "c": _SMALL,
    "A": f"AEIOU{_CAPITALS}",
    "a": _LETTERS,
    "n": "0123456789",
    "o": "@&%?,=[]_:-+*$#!'^~;()/.",
    "x": f"{_LETTERS}0123456789!@#$%^&*()",
}


def derive_password(counter: values.Uint32, kind: str, password: str, user: str, site: str) -> str:
    """The same password each time for a user, a site and a counter."""
    templates = _TEMPLATES.get(kind)
    if templates is None:
        return f"cannot find password template {kind}"
    salt = _SEED + _counted(user)
    key = hashlib.scrypt(
        quoting.encode(password), salt=salt, n=32768, r=8, p=2, dklen=64, maxmem=2**26
    )
    message = _SEED + _counted(site) + int(counter).to_bytes(4, "big")
    seed = hmac.digest(key, message, "sha256")
    template = templates[seed[0] % len(templates)]
    found = zip(template, seed[1:], strict=False)
    return "".join(_CHARACTERS[each][byte % len(_CHARACTERS[each])] for each, byte in found)


def _counted(text: str) -> bytes:
    """A text behind its length."""
    data = quoting.encode(text)
    return len(data).to_bytes(4, "big") + data


# Certificates.


class Certificate(values.Struct):
    """A certificate and its key, as PEM."""

    __slots__ = ("certificate", "key")
    go_type = "sprig.certificate"

    def __init__(self, certificate: str, key: str) -> None:
        self.certificate = certificate
        self.key = key

    def __str__(self) -> str:
        return f"{{{self.certificate} {self.key}}}"

    def fields(self) -> Mapping[str, object]:
        return {"Cert": self.certificate, "Key": self.key}


def build_custom_certificate(certificate: str, key: str) -> Certificate:
    """A certificate and a key that are given in Base64, once both can be read."""
    texts = [
        _part(each, name) for each, name in ((certificate, "certificate"), (key, "private key"))
    ]
    _check_certificate(texts[0])
    _check_key(texts[1])
    return Certificate(*map(quoting.decode, texts))


def _part(text: str, name: str) -> bytes:
    try:
        return encoding.decode_base64(text)
    except signatures.CallError as error:
        msg = f"unable to decode base64 {name}"
        raise signatures.CallError(msg) from error


def _check_certificate(data: bytes) -> None:
    from cryptography import x509

    found = _PEM.search(data)
    if found is None:
        msg = "unable to decode certificate"
        raise signatures.CallError(msg)
    try:
        x509.load_der_x509_certificate(base64.b64decode(found["body"]))
    except ValueError as error:
        msg = f"error parsing certificate: decodedCert.Bytes: {error}"
        raise signatures.CallError(msg) from error


def _check_key(data: bytes) -> None:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import serialization

    found = _PEM.search(data)
    kind = found["kind"].decode("utf-8", "replace") if found else ""
    problem = ""
    if found is None:
        problem = "no PEM data in input"
    elif not kind.endswith("PRIVATE KEY"):
        problem = f"no private key data in PEM block of type {kind}"
    elif kind not in ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"):
        problem = f"invalid private key type {kind.removesuffix(' PRIVATE KEY')}"
    else:
        try:
            serialization.load_pem_private_key(found[0], password=None)
        except (ValueError, TypeError, exceptions.UnsupportedAlgorithm) as error:
            problem = f"parsing {kind} from PEM: {error}"
    if problem:
        msg = f"error parsing private key: {problem}"
        raise signatures.CallError(msg)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "buildCustomCert": build_custom_certificate,
    "decryptAES": decrypt_aes,
    "derivePassword": derive_password,
}
