"""``rsadecrypt``: keys that are none, and ciphertexts that no key opens."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from generator import hcl
from generator.errors import HclError
from generator.hcl import functions, scopes

RECORDED = Path(__file__).parents[2] / "conformance/jobspec/111-functions-rsadecrypt.nomad.hcl"


def recorded() -> tuple[str, str]:
    """A ciphertext and the body of its key."""
    text = RECORDED.read_text()
    cipher = re.search(r'rsadecrypt\("([^"]+)"', text)
    key = re.search(r"-----BEGIN RSA PRIVATE KEY-----\n(.*?)-----END", text, re.DOTALL)
    assert cipher
    assert key
    return cipher[1], key[1]


def decrypt(ciphertext: str, body: str, *, kind: str = "RSA PRIVATE KEY") -> object:
    key = f"-----BEGIN {kind}-----\\n{body}-----END {kind}-----\\n".replace("\n", "\\n")
    call = f'rsadecrypt("{ciphertext}", "{key}")'
    scope = scopes.Scope({}, functions.FUNCTIONS)
    return hcl.evaluate(hcl.parse_expression(call, "x"), scope)


def changed(body: str, *, cut: int = 0, added: bytes = b"") -> str:
    data = base64.b64decode(body)
    return base64.b64encode(data[: len(data) - cut] + added).decode() + "\n"


def test_text_is_decrypted_whatever_the_key_is_called() -> None:
    cipher, body = recorded()

    assert decrypt(cipher, body) == decrypt(cipher, body, kind="KEY") == "héllo"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (changed(recorded()[1], cut=1), "failed to parse private key"),
        (changed(recorded()[1], added=b"\0"), "failed to parse private key"),
        ("MAA=\n", "failed to parse private key"),
        ("MAMCAQA=\n", "failed to parse private key"),
        ("AA==\n", "failed to parse private key"),
        ("\n", "failed to parse private key"),
        ("Proc-Type: 4,ENCRYPTED\n\nMAA=\n", "password protected keys are not supported"),
        ("!\n", "no key found"),
    ],
)
def test_key_that_is_none_is_refused(body: str, problem: str) -> None:
    with pytest.raises(HclError) as caught:
        decrypt(recorded()[0], body)

    assert problem in caught.value.message


@pytest.mark.parametrize("ciphertext", ["", "AAAA", base64.b64encode(b"\xff" * 128).decode()])
def test_ciphertext_of_no_key_is_refused(ciphertext: str) -> None:
    with pytest.raises(HclError) as caught:
        decrypt(ciphertext, recorded()[1])

    assert "decryption error" in caught.value.message
