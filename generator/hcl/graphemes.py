"""What a reader takes for one character: extended grapheme clusters (UAX #29, Unicode 15).

Columns of the formatter and the lengths that functions count are in these, as in go-textseg. The
property that the rules need is not in ``unicodedata``; here it is derived from general categories
and a few ranges.
"""

from __future__ import annotations

import bisect
import unicodedata
from enum import Enum, auto
from typing import Final


class _Break(Enum):
    OTHER = auto()
    CR = auto()
    LF = auto()
    CONTROL = auto()
    EXTEND = auto()
    JOINER = auto()
    PREPEND = auto()
    REGIONAL = auto()
    PICTOGRAPH = auto()
    HANGUL_L = auto()
    HANGUL_V = auto()
    HANGUL_T = auto()
    HANGUL_LV = auto()
    HANGUL_LVT = auto()


# Where the category does not tell: code points in hexadecimal, as in Unicode's own data files.
_PICTOGRAPHS: Final = (
    "a9 ae 203c 2049 2122 2139 2194-2199 21a9-21aa 231a-231b 2328 2388 23cf 23e9-23f3 "
    "23f8-23fa 24c2 25aa-25ab 25b6 25c0 25fb-25fe 2600-2605 2607-2612 2614-2685 2690-2705 "
    "2708-2712 2714 2716 271d 2721 2728 2733-2734 2744 2747 274c 274e 2753-2755 2757 "
    "2763-2767 2795-2797 27a1 27b0 27bf 2934-2935 2b05-2b07 2b1b-2b1c 2b50 2b55 3030 303d "
    "3297 3299 1f000-1f0ff 1f10d-1f10f 1f12f 1f16c-1f171 1f17e-1f17f 1f18e 1f191-1f19a "
    "1f1ad-1f1e5 1f201-1f20f 1f21a 1f22f 1f232-1f23a 1f23c-1f23f 1f249-1f3fa 1f400-1f53d "
    "1f546-1f64f 1f680-1f6ff 1f774-1f77f 1f7d5-1f7ff 1f80c-1f80f 1f848-1f84f 1f85a-1f85f "
    "1f888-1f88f 1f8ae-1f8ff 1f90c-1f93a 1f93c-1f945 1f947-1faff 1fc00-1fffd"
)
_PREPENDED: Final = (
    "600-605 6dd 70f 890-891 8e2 d4e 110bd 110cd 111c2-111c3 1193f 11941 11a3a 11a84-11a89 "
    "11d46 11f02"
)
_EXTENDING: Final = (
    "cf3 ece 200c ff9e-ff9f 10efd-10eff 11241 11f00-11f01 11f03 11f34-11f3a 11f3e-11f42 13440 "
    "13447-13455 1e08f 1e4ec-1e4ef 1f3fb-1f3ff e0020-e007f"
)
_CONTROLS: Final = "2065 fff0-fff8 13439-1343f e0000 e0002-e001f e0080-e00ff e01f0-e0fff"
_STANDING_ALONE: Final = (
    "102b-102c 1038 1062-1064 1067-106d 1083 1087-108c 108f 109a-109c 1a61 1a63-1a64 aa7b "
    "aa7d 11720-11721"
)


def _parse_ranges(text: str, kind: _Break) -> list[tuple[int, int, _Break]]:
    ranges: list[tuple[int, int, _Break]] = []
    for item in text.split():
        first, _, last = item.partition("-")
        ranges.append((int(first, 16), int(last or first, 16), kind))
    return ranges


_RANGES: Final = sorted(
    [
        *_parse_ranges(_PICTOGRAPHS, _Break.PICTOGRAPH),
        *_parse_ranges(_PREPENDED, _Break.PREPEND),
        *_parse_ranges(_EXTENDING, _Break.EXTEND),
        *_parse_ranges(_CONTROLS, _Break.CONTROL),
        *_parse_ranges(_STANDING_ALONE, _Break.OTHER),
        *_parse_ranges("200d", _Break.JOINER),
        *_parse_ranges("1f1e6-1f1ff", _Break.REGIONAL),
        *_parse_ranges("1100-115f a960-a97c", _Break.HANGUL_L),
        *_parse_ranges("1160-11a7 d7b0-d7c6", _Break.HANGUL_V),
        *_parse_ranges("11a8-11ff d7cb-d7fb", _Break.HANGUL_T),
    ],
    key=lambda entry: entry[0],
)
_STARTS: Final = [first for first, _, _ in _RANGES]


def count(text: str) -> int:
    """How many clusters a text has."""
    if text.isascii():
        return len(text) - text.count("\r\n")
    return len(split(text))


def split(text: str) -> list[str]:
    """The clusters of a text, in order."""
    if text.isascii() and "\r" not in text:
        return list(text)
    clusters: list[str] = []
    start = 0
    before = _Break.CONTROL
    regional = 0  # regional indicators that the cluster ends with so far
    pictograph = False  # the cluster is a pictograph and marks, perhaps with a joiner last
    for index, character in enumerate(text):
        kind = _kind(character)
        if index and not _belongs(before, kind, regional=regional, pictograph=pictograph):
            clusters.append(text[start:index])
            start, regional, pictograph = index, 0, False
        regional = regional + 1 if kind is _Break.REGIONAL else 0
        pictograph = kind is _Break.PICTOGRAPH or (
            pictograph and kind in (_Break.EXTEND, _Break.JOINER)
        )
        before = kind
    if text:
        clusters.append(text[start:])
    return clusters


_HANGUL_FOLLOWERS: Final = {
    _Break.HANGUL_L: (_Break.HANGUL_L, _Break.HANGUL_V, _Break.HANGUL_LV, _Break.HANGUL_LVT),
    _Break.HANGUL_LV: (_Break.HANGUL_V, _Break.HANGUL_T),
    _Break.HANGUL_V: (_Break.HANGUL_V, _Break.HANGUL_T),
    _Break.HANGUL_LVT: (_Break.HANGUL_T,),
    _Break.HANGUL_T: (_Break.HANGUL_T,),
}
_ENDS: Final = (_Break.CONTROL, _Break.CR, _Break.LF)


def _belongs(before: _Break, kind: _Break, *, regional: int, pictograph: bool) -> bool:
    """Rules GB3 to GB999: whether a character goes on with the cluster."""
    if before in _ENDS or kind in _ENDS:
        return before is _Break.CR and kind is _Break.LF
    if kind in (_Break.EXTEND, _Break.JOINER) or before is _Break.PREPEND:
        return True
    if before is _Break.JOINER and kind is _Break.PICTOGRAPH:
        return pictograph
    if before is _Break.REGIONAL and kind is _Break.REGIONAL:
        return regional % 2 == 1
    return kind in _HANGUL_FOLLOWERS.get(before, ())


def _kind(character: str) -> _Break:
    if character < "\x7f":
        if character >= " ":
            return _Break.OTHER
        return {"\r": _Break.CR, "\n": _Break.LF}.get(character, _Break.CONTROL)
    code = ord(character)
    index = bisect.bisect_right(_STARTS, code) - 1
    if index >= 0 and code <= _RANGES[index][1]:
        return _RANGES[index][2]
    if 0xAC00 <= code <= 0xD7A3:
        return _Break.HANGUL_LV if (code - 0xAC00) % 28 == 0 else _Break.HANGUL_LVT
    match unicodedata.category(character):
        case "Mn" | "Me" | "Mc":
            return _Break.EXTEND
        case "Cc" | "Cf" | "Zl" | "Zp":
            return _Break.CONTROL
        case _:
            return _Break.OTHER
