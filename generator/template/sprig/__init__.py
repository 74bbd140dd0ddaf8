"""The functions of Masterminds/sprig v3.3.0, all of whose names are known.

Each module holds one family and a table of it. What gives another answer each time (random
values, keys, certificates, the clock) or asks the machine (its resolver) does not belong into a
generator whose output is reviewed: such a name can be parsed, but a call fails and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.template.sprig import (
    arithmetic,
    casing,
    choosing,
    dates,
    dicts,
    encoding,
    environ,
    lists,
    missing,
    paths,
    regexes,
    texts,
    versions,
)

_FAMILIES = (
    arithmetic, casing, choosing, dates, dicts, encoding, lists, paths, regexes, texts, versions,
)  # fmt: skip


def sprig_functions(
    environment: Mapping[str, str] | None = None,
) -> dict[str, Callable[..., object]]:
    """The functions by name; ``env`` only works on an environment that is given."""
    known = {name: call for family in _FAMILIES for name, call in family.FUNCTIONS.items()}
    given = environ.functions(environment) if environment is not None else {}
    return {**missing.functions(), **known, **given}
