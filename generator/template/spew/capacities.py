"""How much room lists have in Go."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from generator.template import values

# What Go's append makes of a list that it fills one by one: sizes of memory in bytes.
_SIZES = (
    4864, 5376, 6144, 6528, 6784, 6912, 8192, 9472, 9728, 10240, 10880, 12288, 13568, 14336, 16384,
    18432, 19072, 20480, 21760, 24576, 27264, 28672, 32768,
)  # fmt: skip
_PAGE = 8192


def _grown(length: int, size: int) -> int:
    """The capacity after so many elements of a size were appended (runtime.growslice)."""
    capacity = 0
    while capacity < length:
        if capacity < 256:
            capacity = max(1, capacity * 2)
            continue
        wanted = (capacity + (capacity + 768) // 4) * size
        pages = -(-wanted // _PAGE) * _PAGE
        capacity = next((each for each in _SIZES if each >= wanted), pages) // size
    return capacity


class Capacities:
    """What room lists have: those of variables and of ``until`` were filled one by one."""

    def __init__(self, variables: Callable[[], object]) -> None:
        self._variables = variables
        self._filled: dict[int, object] | None = None

    def __call__(self, items: list[object]) -> int:
        if self._filled is None:
            self._filled = {}
            self._note(self._variables())
        appended = self._filled.get(id(items)) is items or isinstance(items, values.Ints)
        if not appended:
            return len(items)
        return _grown(len(items), 8 if isinstance(items, values.MapList | values.Ints) else 16)

    def _note(self, value: object) -> None:
        assert self._filled is not None
        if isinstance(value, list):
            self._filled[id(value)] = value
        found = value.values() if isinstance(value, dict) else value
        for each in found if isinstance(found, Iterable) and not isinstance(found, str) else ():
            self._note(each)
