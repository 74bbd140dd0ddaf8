"""Functions whose result differs from call to call: each needs leave (``--allow-impure``).

What a pack renders shall not differ from run to run, or no review of it would be worth anything. So
these names stand for functions that fail, until whoever renders says otherwise.
"""

from __future__ import annotations

import os
from typing import Final

from generator import limits
from generator.hcl import numbers, values
from generator.hcl.functions.parameters import TEXT, number, whole
from generator.hcl.signatures import Function, FunctionError, ImpureCallError

_DEFAULT_COST: Final = 10
_LEAST_COST, _LARGEST_COST = 4, 31
_ROUND: Final = 110  # steps; each further cost doubles how many rounds there are
_LONGEST: Final = 72  # bytes that bcrypt looks at


def make_random_uuid() -> str:
    """A random UUID, version 4 (go-cty-funcs' uuid_v4.go)."""
    octets = bytearray(os.urandom(16))
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    digits = octets.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def hash_password(given: str, *costs: numbers.Number) -> str:
    """A hash with a random salt (go-cty-funcs' crypto/bcrypt.go)."""
    import bcrypt

    cost = whole(costs[0]) if costs else _DEFAULT_COST
    if len(costs) > 1:
        msg = "bcrypt() takes no more than two arguments"
        raise FunctionError(msg)
    if len(given.encode()) > _LONGEST:
        msg = "error occured generating password bcrypt: password length exceeds 72 bytes"
        raise FunctionError(msg)
    if cost > _LARGEST_COST:
        msg = (
            f"error occured generating password crypto/bcrypt: cost {cost} is outside allowed "
            f"inclusive range {_LEAST_COST}..{_LARGEST_COST}"
        )
        raise FunctionError(msg)
    rounds = cost if cost >= _LEAST_COST else _DEFAULT_COST
    limits.spend(_ROUND << rounds)
    return bcrypt.hashpw(given.encode(), bcrypt.gensalt(rounds, prefix=b"2a")).decode()


def _refuse(*_: values.Value) -> values.Value:
    msg = "its result differs from call to call, which a job made from a pack may not"
    raise ImpureCallError(msg)


ALLOWED: Final = {
    "bcrypt": Function(hash_password, (TEXT,), number("cost")),
    "uuidv4": Function(make_random_uuid),
}
FUNCTIONS: Final = {
    name: Function(_refuse, each.parameters, each.variadic) for name, each in ALLOWED.items()
}
