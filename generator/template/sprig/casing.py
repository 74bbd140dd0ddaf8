"""sprig's names in camel, snake and kebab case, abbreviations and wrapped lines.

What Go leaves to huandu/xstrings (the cases) and Masterminds/goutils (the rest). Widths count
bytes, as there.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping

from generator import limits, records
from generator.golang import letters, quoting

_CONNECTORS = "-_" + letters.SPACES
_CHINESE = (("\u4e00", "\u9fcc"), ("\u3400", "\u4d85"), ("\U00020000", "\U0002b81d"))


def camelcase(text: str) -> str:
    """``xstrings.ToPascalCase``: words begin with a capital, words all in capitals lose them."""
    stripped = text.lstrip(_CONNECTORS)
    leading = text[: len(text) - len(stripped)]
    if not stripped:
        return text + text[-1:]
    made: list[str] = [leading]
    before = letters.upper_rune(stripped[0])
    capitals = stripped[0].isupper()
    for character in stripped[1:]:
        follows = before in _CONNECTORS
        if follows and character in _CONNECTORS:
            made.append(before)
            before = character
            continue
        if follows:
            capitals = character.isupper()
            character = letters.upper_rune(character)
        else:
            made.append(before)
            if capitals and character.isupper():
                character = letters.lower_rune(character)
            else:
                capitals = False
        before = character
    return "".join(made) + before


@records.record
class _Word:
    """A run of characters of one kind; the kind says how it is joined to the next."""

    kind: str
    text: str


_END = _Word("", "")


def _kind(character: str) -> str:
    if character in _CONNECTORS:
        return "connector"
    category = unicodedata.category(character)
    if category[0] == "P":
        return "punctuation"
    if category == "Lu":
        return "capital"
    if _is_letter(character):
        return "letter"
    return "number" if category[0] == "N" else "other"


def _is_letter(character: str) -> bool:
    """Letters, but for Chinese characters."""
    return character.isalpha() and not any(low <= character <= high for low, high in _CHINESE)


def _words(text: str) -> Iterator[_Word]:
    position = 0
    while position < len(text):
        kind = _kind(text[position])
        end = position + 1
        if kind == "capital":
            kind, end = _capital_word(text, end)
        else:
            while end < len(text) and _continues(kind, text[end]):
                end += 1
        yield _Word(kind, text[position:end])
        position = end


def _continues(kind: str, character: str) -> bool:
    if kind == "punctuation":
        # Hyphen and underscore too, once it has begun.
        return unicodedata.category(character)[0] == "P"
    return _kind(character) == kind


def _capital_word(text: str, end: int) -> tuple[str, int]:
    """A word that begins with a capital: ``First``, or all of ``HTTP`` in ``HTTPServer``."""
    if end < len(text) and _kind(text[end]) == "letter":
        while end < len(text) and _kind(text[end]) == "letter":
            end += 1
        return "capital", end
    start = end
    while end < len(text) and _kind(text[end]) == "capital":
        end += 1
    if end > start and end < len(text) and _kind(text[end]) == "letter":
        end -= 1
    return "capital", end


_NO_JOINT = ("", "connector", "punctuation")


@records.record(frozen=False)
class _Joiner:
    """Words in lower case with a connector between them: ``camelCaseToLowerCase``."""

    connector: str
    words: Iterator[_Word]
    made: list[str] = records.field(default_factory=list)

    def join(self) -> str:
        word = self.next()
        while (following := self.next()) is not _END:
            self.write(word)
            if word.kind == "number":
                word = self.write_run(following)
            elif word.kind not in _NO_JOINT and following.kind == "number":
                after = self.next()
                if after is _END:
                    word = following
                    break
                word = self.write_number(following, after)
            else:
                if word.kind not in _NO_JOINT:
                    self.join_to(following)
                word = following
        self.write(word)
        return "".join(self.made)

    def next(self) -> _Word:
        return next(self.words, _END)

    def write(self, word: _Word) -> None:
        joins = word.kind == "connector"
        self.made.append(self.connector * len(word.text) if joins else letters.lower(word.text))

    def join_to(self, word: _Word) -> None:
        if word.kind not in _NO_JOINT:
            self.made.append(self.connector)

    def write_run(self, word: _Word) -> _Word:
        """Letters and numbers that belong to the number before; gives the word after them."""
        while word.kind in ("letter", "number"):
            self.write(word)
            word = self.next()
        self.join_to(word)
        return word

    def write_number(self, number: _Word, after: _Word) -> _Word:
        """A number: "Bld4Floor" is "bld4_floor", but "HTTP2xx" is "http_2xx"."""
        if after.kind == "letter":
            self.made.append(self.connector)
            self.write(number)
            return self.write_run(after)
        self.write(number)
        self.join_to(after)
        return after


def snakecase(text: str) -> str:
    return _Joiner("_", _words(text)).join()


def kebabcase(text: str) -> str:
    return _Joiner("-", _words(text)).join()


def abbrev(width: int, text: str) -> str:
    return text if width < 4 else _abbreviated(text, 0, width)


def abbrevboth(left: int, right: int, text: str) -> str:
    if right < 4 or (left > 0 and right < 7):
        return text
    return _abbreviated(text, left, right)


def _abbreviated(text: str, offset: int, width: int) -> str:
    """At most ``width`` bytes of a text, dots for what is cut, from about ``offset`` on."""
    data = quoting.encode(text)
    if len(data) <= width:
        return text
    room = width - 3
    offset = min(offset, len(data))
    offset = min(offset, len(data) - room) if len(data) - offset < room else offset
    if offset <= 4:
        return quoting.decode(data[:room]) + "..."
    if width < 7:
        return ""
    if offset + room < len(data):
        return "..." + _abbreviated(quoting.decode(data[offset:]), 0, room)
    return "..." + quoting.decode(data[-room:])


def wrap(width: int, text: str) -> str:
    return _wrapped(text, width, "\n", long_words=False)


def wrap_with(width: int, separator: str, text: str) -> str:
    return _wrapped(text, width, separator or "\n", long_words=True)


def _wrapped(text: str, width: int, separator: str, *, long_words: bool) -> str:
    """Lines of at most ``width`` bytes, broken at spaces, or within a word where that may be."""
    width = max(width, 1)
    data = quoting.encode(text)
    at = 0
    lines: list[bytes] = []
    while len(data) - at > width:
        if data.startswith(b" ", at):
            at += 1
            continue
        space = data.rfind(b" ", at, at + width + 1)
        if space < 0 and long_words:
            lines.append(data[at : at + width])
            at += width
            continue
        if space < 0:
            space = data.find(b" ", at + width)
        if space < 0:
            break
        lines.append(data[at:space])
        at = space + 1
    limits.check_text(len(data) + len(lines) * len(separator))
    return separator.join(map(quoting.decode, [*lines, data[at:]]))


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "abbrev": abbrev,
    "abbrevboth": abbrevboth,
    "camelcase": camelcase,
    "kebabcase": kebabcase,
    "snakecase": snakecase,
    "wrap": wrap,
    "wrapWith": wrap_with,
}
