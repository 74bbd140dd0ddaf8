"""The functions of Masterminds/sprig v3.3.0, all of whose names are known.

Each module holds one family and a table of it. What gives another answer each time (random
values, keys, certificates, the clock) or asks the machine (its environment, its resolver) does
not belong into a generator whose output is reviewed: such a name can be parsed, but a call fails
and says so.
"""

from __future__ import annotations

from collections.abc import Callable

from generator.template.sprig import arithmetic, choosing, dicts, encoding, lists, missing, texts

_FAMILIES = (arithmetic, choosing, dicts, encoding, lists, texts)


def sprig_functions() -> dict[str, Callable[..., object]]:
    """Sprig's functions by name."""
    known = {name: call for family in _FAMILIES for name, call in family.FUNCTIONS.items()}
    return {**missing.functions(known), **known}
