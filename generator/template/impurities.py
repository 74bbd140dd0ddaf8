"""What templates may learn of the world outside, as one value that the caller makes.

A render without it is pure: what it gives depends on the pack and the values alone. With it, the
functions that ask the clock, the environment or the resolver, or that want random values, work,
and files are read wherever they are.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping, Sequence

from generator import records
from generator.template import signatures

TYPE_CHECKING = False
if TYPE_CHECKING:  # a pure render has no use for these
    import datetime
    import random

HINT = "a render gives the same for the same pack and values; --allow-impure lifts that"


@records.record(kw_only=True)
class Impurities:
    """The clock, random values, the environment, and the addresses of a host by its name."""

    now: Callable[[], datetime.datetime]
    random: random.Random
    environment: Mapping[str, str]
    addresses: Callable[[str], Sequence[str]]


def refuse(reason: str) -> typing.NoReturn:
    """Fail as what wants to leave the files and values that a render was given."""
    raise signatures.NotSupportedError(reason, hint=HINT)
