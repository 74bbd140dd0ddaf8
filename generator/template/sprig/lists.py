"""sprig's functions for lists: list.go, and the ranges of numeric.go."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from generator import limits
from generator.golang import quoting
from generator.template import signatures, values
from generator.template.sprig import casting


def make(*items: object) -> object:
    return list(items)


def push(items: object, item: object) -> object:
    return [*casting.elements(items, "Cannot push on type"), item]


def prepend(items: object, item: object) -> object:
    return [item, *casting.elements(items, "Cannot prepend on type")]


def chunk(size: int, items: object) -> object:
    found = casting.elements(items, "Cannot chunk type")
    if size <= 0:
        msg = "runtime error: makeslice: len out of range"
        raise signatures.CallError(msg)
    return values.Lists(found[start : start + size] for start in range(0, len(found), size))


def last(items: object) -> object:
    found = casting.elements(items, "Cannot find last on type")
    return found[-1] if found else None


def first(items: object) -> object:
    found = casting.elements(items, "Cannot find first on type")
    return found[0] if found else None


def rest(items: object) -> object:
    found = casting.elements(items, "Cannot find rest on type")
    return found[1:] if found else values.NilList()


def initial(items: object) -> object:
    found = casting.elements(items, "Cannot find initial on type")
    return found[:-1] if found else values.NilList()


def sort_alpha(items: object) -> object:
    if isinstance(items, list | bytes):
        return values.Strings(sorted(casting.to_texts(items), key=_bytes))
    return values.Strings([casting.to_text(items)])


def _bytes(text: object) -> bytes:
    return quoting.encode(str(text))


def reverse(items: object) -> object:
    return casting.elements(items, "Cannot find reverse on type")[::-1]


def compact(items: object) -> object:
    return [each for each in casting.elements(items, "Cannot compact on type") if each]


def uniq(items: object) -> object:
    found: list[object] = []
    plain: set[tuple[type, object]] = set()
    nested: list[object] = []
    for each in casting.elements(items, "Cannot find uniq on type"):
        if isinstance(each, str | int | float):
            key = (type(each), each)
            if key in plain:
                continue
            if each == each:
                plain.add(key)
        else:
            limits.spend(len(nested))
            if _contains(nested, each):
                continue
            nested.append(each)
        found.append(each)
    return found


def without(items: object, *omitted: object) -> object:
    found = casting.elements(items, "Cannot find without on type")
    limits.spend(len(found) * len(omitted))
    unwanted = list(omitted)
    return [each for each in found if not _contains(unwanted, each)]


def has(needle: object, items: object) -> bool:
    if items is None:
        return False
    return _contains(casting.elements(items, "Cannot find has on type"), needle)


def _contains(items: list[object], needle: object) -> bool:
    return any(casting.equal(needle, each) for each in items)


def part(items: object, *limits: object) -> object:
    found = casting.elements(items, "list should be type of slice or array but")
    if not found:
        return None
    start = casting.to_int64(limits[0]) if limits else 0
    end = casting.to_int64(limits[1]) if len(limits) > 1 else len(found)
    if not 0 <= start <= end <= len(found):
        msg = "reflect.Value.Slice: slice index out of bounds"
        raise signatures.CallError(msg)
    cut = found[start:end]
    return type(items)(cut) if isinstance(items, list) else cut


def concat(*lists: object) -> object:
    joined: list[object] = []
    for each in lists:
        if not isinstance(each, list | bytes | None):
            msg = f"Cannot concat type {values.kind_name(each)} as list"
            raise signatures.CallError(msg)
        joined += casting.elements(each, "")
    return joined or values.NilList()


def join(separator: str, items: object) -> str:
    texts = [*map(str, casting.to_texts(items))]
    limits.check_text(sum(map(len, texts)) + len(separator) * len(texts))
    return separator.join(texts)


def to_strings(items: object) -> object:
    return casting.to_texts(items)


def until(count: int) -> object:
    return until_step(0, count, -1 if count < 0 else 1)


def until_step(start: int, stop: int, step: int) -> object:
    if (stop < start and step >= 0) or (stop >= start and step <= 0):
        return values.Ints()
    counted = range(start, stop, step)
    limits.check_items((stop - start) // step)
    return values.Ints(counted)


def seq(*limits: int) -> str:
    match limits:
        case (end,):
            start, step, by = 1, 1 if end >= 1 else -1, 1 if end >= 1 else -1
        case (start, end):
            step = by = 1 if end >= start else -1
        case (start, step, end):
            by = 1 if end >= start else -1
            if end < start and step > 0:
                return ""
        case _:
            return ""
    counted = until_step(start, end + by, step)
    return " ".join(map(str, casting.elements(counted, "")))


def _biggest(first: object, *others: object) -> values.Int64:
    return values.Int64(max(map(casting.to_int64, (first, *others))))


def _smallest(first: object, *others: object) -> values.Int64:
    return values.Int64(min(map(casting.to_int64, (first, *others))))


def _biggest_float(first: object, *others: object) -> float:
    found = [*map(casting.to_float, (first, *others))]
    return math.nan if any(map(math.isnan, found)) else max(found)


def _smallest_float(first: object, *others: object) -> float:
    found = [*map(casting.to_float, (first, *others))]
    return math.nan if any(map(math.isnan, found)) else min(found)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "append": push,
    "biggest": _biggest,
    "chunk": chunk,
    "compact": compact,
    "concat": concat,
    "first": first,
    "has": has,
    "initial": initial,
    "join": join,
    "last": last,
    "list": make,
    "max": _biggest,
    "maxf": _biggest_float,
    "min": _smallest,
    "minf": _smallest_float,
    "mustAppend": push,
    "mustChunk": chunk,
    "mustCompact": compact,
    "mustFirst": first,
    "mustHas": has,
    "mustInitial": initial,
    "mustLast": last,
    "mustPrepend": prepend,
    "mustPush": push,
    "mustRest": rest,
    "mustReverse": reverse,
    "mustSlice": part,
    "mustUniq": uniq,
    "mustWithout": without,
    "prepend": prepend,
    "push": push,
    "rest": rest,
    "reverse": reverse,
    "seq": seq,
    "slice": part,
    "sortAlpha": sort_alpha,
    "toStrings": to_strings,
    "tuple": make,
    "uniq": uniq,
    "until": until,
    "untilStep": until_step,
    "without": without,
}
