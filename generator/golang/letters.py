"""Letters and spaces as Go's packages unicode and strings know them.

Go maps one character to one character, where Python makes "SS" of a capital "ß".
"""

from __future__ import annotations

SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What unicode.IsSpace takes for a space; Python's own idea has four control characters more."""


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
