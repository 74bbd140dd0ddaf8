"""The names of sprig that a pure render only knows: a template may have them, a call fails.

Some would give another result each time, and work where the caller allows that. The others make
keys, certificates and password hashes, which have no place in a file that is reviewed and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.template import impurities, signatures

CLOCK = "a render does not read the clock"
_RANDOM = "a render makes no random values"
_ENVIRONMENT = "a render does not read the environment"
_RESOLVER = "a render does not ask for the addresses of hosts"

_IMPURE: Mapping[str, tuple[str, ...]] = {
    _ENVIRONMENT: ("env", "expandenv"),
    _RANDOM: (
        "encryptAES", "randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt",
        "randNumeric", "shuffle", "uuidv4",
    ),
    _RESOLVER: ("getHostByName",),
}  # fmt: skip
_NOT_OFFERED = (
    "bcrypt", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert",
    "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey", "htpasswd",
)  # fmt: skip


def _impure(reason: str) -> Callable[..., object]:
    def fail(*_arguments: object) -> object:
        impurities.refuse(reason)

    return fail


def absent(reason: str, hint: str) -> Callable[..., object]:
    """What stands for a function that is not offered at all."""

    def fail(*_arguments: object) -> object:
        raise signatures.NotSupportedError(reason, hint=hint)

    return fail


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    **{name: _impure(reason) for reason, names in _IMPURE.items() for name in names},
    **{
        name: absent(
            "keys, certificates and password hashes are not made here",
            "make them before, and hand them over as a variable or by Vault",
        )
        for name in _NOT_OFFERED
    },
}
