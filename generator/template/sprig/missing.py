"""The names of sprig that stand for nothing here: a template may have them, a call fails.

Most give another result each time: random values, keys and certificates, the current time.
"""

from __future__ import annotations

from collections.abc import Callable

from generator.template import signatures

NAMES = (
    "ago", "bcrypt", "buildCustomCert", "decryptAES", "derivePassword", "encryptAES", "env",
    "expandenv", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert",
    "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "getHostByName",
    "htpasswd", "now", "randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt",
    "randNumeric", "shuffle", "uuidv4",
)  # fmt: skip


def functions() -> dict[str, Callable[..., object]]:
    """A function that fails, for each name."""
    return {name: absent(name) for name in NAMES}


def absent(name: str) -> Callable[..., object]:
    """What stands for a function of that name."""

    def fail(*_arguments: object) -> object:
        msg = f"{name} is not supported by this generator"
        raise signatures.NotSupportedError(msg)

    return fail
