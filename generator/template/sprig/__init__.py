"""The functions of Masterminds/sprig v3.3.0, all of whose names are known.

Each module holds one family and a table of it. What asks the world outside (the clock, random
values, the environment, the resolver) does not belong into a render whose result is reviewed: such
a name can be parsed, but a call fails and says so, unless the caller hands over that world.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.template import impurities
from generator.template.sprig import (
    arithmetic,
    casing,
    choosing,
    ciphers,
    dates,
    dicts,
    encoding,
    lists,
    paths,
    refusals,
    regexes,
    texts,
    times,
    versions,
)

_FAMILIES = (
    refusals, arithmetic, casing, choosing, ciphers, dates, dicts, encoding, lists, paths, regexes,
    texts, versions,
)  # fmt: skip


def _no_clock() -> times.Time:
    impurities.refuse(refusals.CLOCK)


_PURE: Mapping[str, Callable[..., object]] = {
    **{name: call for family in _FAMILIES for name, call in family.FUNCTIONS.items()},
    **dates.functions(_no_clock),
}


def sprig_functions(
    outside: impurities.Impurities | None = None,
) -> dict[str, Callable[..., object]]:
    """The functions by name; without a world outside, those that ask for it fail."""
    if outside is None:
        return dict(_PURE)
    from generator.template.sprig import outside as impure

    return {**_PURE, **impure.functions(outside)}
