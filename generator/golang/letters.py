"""Letters and spaces as Go's packages unicode and strings know them.

Go maps one character to one character, where Python makes "SS" of a capital "ß".
"""

from __future__ import annotations

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What unicode.IsSpace takes for a space; Python's own idea has four control characters more."""


# Go's tables are those of Unicode 15.0. What that has and Python 3.11's 14.0 has not, and what is
# newer, of what can be printed:
_ADDED = (
    (0xCF3, 0xCF3), (0xECE, 0xECE), (0x10EFD, 0x10EFF), (0x1123F, 0x11241), (0x11B00, 0x11B09),
    (0x11F00, 0x11F10), (0x11F12, 0x11F3A), (0x11F3E, 0x11F59), (0x1342F, 0x1342F),
    (0x13440, 0x13455), (0x1B132, 0x1B132), (0x1B155, 0x1B155), (0x1D2C0, 0x1D2D3),
    (0x1DF25, 0x1DF2A), (0x1E030, 0x1E06D), (0x1E08F, 0x1E08F), (0x1E4D0, 0x1E4F9),
    (0x1F6DC, 0x1F6DC), (0x1F774, 0x1F776), (0x1F77B, 0x1F77F), (0x1F7D9, 0x1F7D9),
    (0x1FA75, 0x1FA77), (0x1FA87, 0x1FA88), (0x1FAAD, 0x1FAAF), (0x1FABB, 0x1FABD),
    (0x1FABF, 0x1FABF), (0x1FACE, 0x1FACF), (0x1FADA, 0x1FADB), (0x1FAE8, 0x1FAE8),
    (0x1FAF7, 0x1FAF8), (0x2B739, 0x2B739), (0x31350, 0x323AF),
)  # fmt: skip
_NEWER = ((0x2FFC, 0x2FFF), (0x31EF, 0x31EF), (0x2EBF0, 0x2EE5D))


def is_printable(character: str) -> bool:
    """``strconv.IsPrint``, whatever version of Unicode this Python has."""
    if character.isascii():
        return character.isprintable()
    return (character.isprintable() and not _is_in(character, _NEWER)) or _is_in(character, _ADDED)


def _is_in(character: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    code = ord(character)
    return any(first <= code <= last for first, last in ranges)


def upper_rune(character: str) -> str:
    changed = character.upper()
    return changed if len(changed) == 1 else character


def lower_rune(character: str) -> str:
    return character.lower()[:1]


def title_rune(character: str) -> str:
    changed = character.title()
    return changed if len(changed) == 1 else character


def upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(map(upper_rune, text))


def lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(map(lower_rune, text))


def title(text: str) -> str:
    """``strings.Title``: a capital where a word begins, the rest as it is."""
    before = " "
    changed: list[str] = []
    for character in text:
        changed.append(title_rune(character) if _separates(before) else character)
        before = character
    return "".join(changed)


def trim_space(text: str) -> str:
    return text.strip(SPACES)


def _separates(character: str) -> bool:
    """Outside of ASCII only space separates words."""
    if character.isascii():
        return not (character.isalnum() or character == "_")
    return character in SPACES
