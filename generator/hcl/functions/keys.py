"""``rsadecrypt`` (go-cty-funcs' crypto/rsa.go): PKCS #1 v1.5 with a key in PEM.

This is for values that were encrypted into a job file, on the machine of whoever has the key; it
takes no care to hide how long it takes, which would matter where others may send ciphertexts.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from generator import limits
from generator.hcl.functions.parameters import text
from generator.hcl.signatures import Function, FunctionError

_BEGIN: Final = re.compile(r"^-----BEGIN (?P<kind>[^\n-]*)-----[ \t]*\r?\n", re.MULTILINE)
_HEADER: Final = re.compile(r"^[^:\n]+:[^\n]*\n", re.MULTILINE)
_SEQUENCE, _INTEGER = 0x30, 0x02
_INTEGERS: Final = 9  # RFC 8017, A.1.2: version, n, e, d, p, q, and three more of these
_LEAST_PADDING: Final = 8
_MOST_BITS: Final = 8_192


def decrypt_rsa(ciphertext: str, private_key: str) -> str:
    """The text that was encrypted for the owner of the key."""
    try:
        data = base64.b64decode(ciphertext, validate=True)
    except ValueError:
        msg = f'failed to decode input "{ciphertext}": cipher text must be base64-encoded'
        raise FunctionError(msg) from None
    _, modulus, _, exponent, first, second, *_ = _read_key(_read_pem(private_key))
    size = (modulus.bit_length() + 7) // 8
    number = int.from_bytes(data)
    if first * second != modulus or len(data) != size or number >= modulus:
        raise _undecipherable()
    padded = pow(number, exponent, modulus).to_bytes(size)
    end = padded.find(0, 2)
    if not padded.startswith(b"\x00\x02") or end < 2 + _LEAST_PADDING:
        raise _undecipherable()
    return padded[end + 1 :].decode(errors="replace")


def _undecipherable() -> FunctionError:
    return FunctionError("crypto/rsa: decryption error")


def _read_pem(private_key: str) -> bytes:
    found = _BEGIN.search(private_key)
    end = private_key.find(f"-----END {found['kind']}-----", found.end()) if found else -1
    if found is None or end < 0:
        raise _no_key()
    body = private_key[found.end() : end]
    if "Proc-Type: 4,ENCRYPTED" in body:
        msg = (
            "failed to parse key: password protected keys are not supported. Please decrypt the key "
            "prior to use"
        )
        raise FunctionError(msg)
    try:
        return base64.b64decode("".join(_HEADER.sub("", body).split()), validate=True)
    except ValueError:
        raise _no_key() from None


def _no_key() -> FunctionError:
    return FunctionError("failed to parse key: no key found")


def _read_key(data: bytes) -> list[int]:
    """The integers of an RSAPrivateKey in DER."""
    try:
        kind, body, rest = _read_element(data)
        numbers: list[int] = []
        while body and kind == _SEQUENCE and len(numbers) < _INTEGERS:
            inner, content, body = _read_element(body)
            if inner != _INTEGER:
                break
            numbers.append(int.from_bytes(content, signed=True))
        if body or rest:
            numbers = []
    except IndexError:
        numbers = []
    if len(numbers) != _INTEGERS or min(numbers[1:]) <= 0:
        msg = "x509: failed to parse private key; a PKCS #1 key (BEGIN RSA PRIVATE KEY) is needed"
        raise FunctionError(msg)
    size = max(numbers).bit_length()
    if size > _MOST_BITS:
        msg = f"the key has {size} bits, which is more than {_MOST_BITS}"
        raise FunctionError(msg)
    limits.spend(size**3 >> 21)
    return numbers


def _read_element(data: bytes) -> tuple[int, bytes, bytes]:
    """The first element of DER: its kind, its content, and what follows it."""
    start, length = 2, data[1]
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start])
    if len(data) < start + length:
        raise IndexError
    return data[0], data[start : start + length], data[start + length :]


FUNCTIONS: Final = {
    "rsadecrypt": Function(decrypt_rsa, (text("ciphertext"), text("privatekey"))),
}
