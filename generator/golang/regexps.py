"""Go's regular expressions, RE2's syntax, as patterns of Python's ``re``.

The two engines agree on what they both know; a pattern is rewritten where the same sign means
something else, and refused where Go refuses it. What Go knows and this does not (the classes of
Unicode's scripts, ``(?U)``) is refused, and the error says so.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from typing import NoReturn

from generator import records

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_GROUP = re.compile(r"\(\?(?:P?<(?P<name>[^>]*)>|(?P<flags>[a-zA-Z-]*)(?P<end>[:)]))")
_REPEAT = re.compile(r"(?:[*+?]|\{(?P<low>[0-9]+)(?P<comma>,)?(?P<high>[0-9]*)\})\??")
_UNICODE = re.compile(r"\\(?P<kind>[pP])(?:(?P<short>[A-Za-z])|\{(?P<not>\^?)(?P<long>\w+)\})")
_HEX = re.compile(r"\\x(?:\{(?P<long>[0-9A-Fa-f]+)\}|(?P<short>[0-9A-Fa-f]{2}))")
_PLAIN_ESCAPES = "afnrtvdDsSwW"
_CATEGORIES = frozenset(
    (
        "L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc",
        "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp",
        "C", "Cc", "Cf",
    )
)  # fmt: skip
_MAX_REPEAT = 1000


_REFERENCE = re.compile(r"\$(?:(?P<dollar>\$)|(?P<bare>\w+)|\{(?P<braced>\w+)\})", re.ASCII)


class PatternError(ValueError):
    """A pattern that Go's regexp does not take, in its words."""


class NotSupportedError(PatternError):
    """A pattern that Go's regexp takes and this does not."""


def _refuse(reason: str, part: str) -> NoReturn:
    msg = f"error parsing regexp: {reason}: `{part}`"
    raise PatternError(msg)


@functools.cache
def _unicode_members(category: str) -> str:
    """The characters of a general category, as members of a class."""
    if category not in _CATEGORIES:
        msg = f"the Unicode class {category} is not supported by this generator"
        raise NotSupportedError(msg)
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(category):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


@records.record(frozen=False)
class _Rewriter:
    """Go's pattern to Python's, from left to right."""

    pattern: str
    position: int = 0
    made: list[str] = records.field(default_factory=list)
    # For each open group: whether lines count outside of it, and what flags opened there.
    groups: list[tuple[bool, list[str]]] = records.field(default_factory=list)
    multiline: bool = False
    opened: list[str] = records.field(default_factory=list)
    repeatable: bool = False
    repeated: str = ""

    def rewrite(self) -> str:
        while self.position < len(self.pattern):
            self.step()
        if self.groups:
            _refuse("missing closing )", self.pattern)
        return "".join(self.made) + ")" * len(self.opened)

    def step(self) -> None:
        character = self.pattern[self.position]
        repeat = _REPEAT.match(self.pattern, self.position)
        if repeat:
            self.repeat(repeat)
            return
        self.repeated = ""
        self.repeatable = True
        match character:
            case "(":
                self.open()
            case ")":
                self.close()
            case "[":
                self.put(self.character_class())
            case "\\":
                self.put(self.escape(inside=False))
            case "^":
                self.skip("(?m:^)" if self.multiline else r"(?:\A)")
            case "$":
                self.skip("(?m:$)" if self.multiline else r"(?:\Z)")
            case "|":
                self.repeatable = False
                self.skip(")" * len(self.opened) + "|" + "".join(self.opened))
            case "{" | "}" | "]":
                self.skip(f"\\{character}")
            case _:
                self.skip(character)

    def put(self, text: str) -> None:
        self.made.append(text)

    def skip(self, text: str) -> None:
        self.position += 1
        self.made.append(text)

    def repeat(self, match: re.Match[str]) -> None:
        if not self.repeatable:
            _refuse("missing argument to repetition operator", match[0])
        if self.repeated:
            _refuse("invalid nested repetition operator", self.repeated + match[0])
        low, high = int(match["low"] or 0), int(match["high"] or 0)
        if max(low, high) > _MAX_REPEAT or (match["high"] and low > high):
            _refuse("invalid repeat count", match[0])
        self.repeated = match[0]
        self.position = match.end()
        self.put(match[0])

    def open(self) -> None:
        group = self.pattern.startswith("(?", self.position)
        if not group:
            self.groups.append((self.multiline, self.opened))
            self.opened = []
            self.repeatable = False
            self.skip("(")
            return
        match = _GROUP.match(self.pattern, self.position)
        if match is None:
            rest = self.pattern[self.position :]
            if re.match(r"\(\?P?<(?![=!])", rest):
                _refuse("invalid named capture", rest)
            _refuse("invalid or unsupported Perl syntax", rest[:3])
        self.position = match.end()
        self.repeatable = False
        if match["name"] is not None:
            if not re.fullmatch(r"\w+", match["name"], re.ASCII):
                _refuse("invalid named capture", match[0])
            self.groups.append((self.multiline, self.opened))
            self.opened = []
            self.put(f"(?P<{match['name']}>" if match["name"][0].isalpha() else "(")
            return
        self.flags(match["flags"], match["end"])

    def flags(self, written: str, end: str) -> None:
        on, _, off = written.partition("-")
        if "U" in on + off:
            msg = "the flag U is not supported by this generator"
            raise NotSupportedError(msg)
        if set(on + off) - set("ims"):
            _refuse("invalid or unsupported Perl syntax", f"(?{written}")
        mine, less = on.replace("m", ""), off.replace("m", "")
        opening = f"(?{mine}{'-' if less else ''}{less}:"
        if end == ":":
            self.groups.append((self.multiline, self.opened))
            self.opened = []
        else:
            # Flags hold to the end of the group: Python must be told by a group of its own.
            self.opened.append(opening)
        if "m" in on + off:
            self.multiline = "m" in on
        self.put(opening)

    def close(self) -> None:
        if not self.groups:
            _refuse("unexpected )", self.pattern)
        inner = len(self.opened)
        self.multiline, self.opened = self.groups.pop()
        self.skip(")" * (inner + 1))

    def escape(self, *, inside: bool) -> str:
        rest = self.pattern[self.position :]
        if len(rest) < 2:
            _refuse("trailing backslash at end of expression", "")
        number = _HEX.match(self.pattern, self.position)
        if number:
            self.position = number.end()
            code = int(number["long"] or number["short"], 16)
            if code > 0x10FFFF:
                _refuse("invalid escape sequence", number[0])
            return re.escape(chr(code))
        letter = rest[1]
        if letter == "Q" and not inside:
            literal, _, _ = rest[2:].partition("\\E")
            self.position += 2 + len(literal) + (2 if "\\E" in rest[2:] else 0)
            return "".join(map(re.escape, literal))
        self.position += 2
        if letter in "AbBz" and not inside:
            # In a group, as Go takes a repetition of it.
            return rf"(?:\{letter.replace('z', 'Z')})"
        if letter in _PLAIN_ESCAPES:
            return rest[:2]
        if letter in "pP":
            return self.unicode_class(rest, inside=inside)
        if letter.isascii() and not letter.isalnum() and letter != "_":
            return rest[:2]
        octal = re.match(r"\\(?:0[0-7]{0,2}|[1-7][0-7]{1,2})", rest)
        if octal:
            self.position += len(octal[0]) - 2
            return re.escape(chr(int(octal[0][1:], 8)))
        _refuse("invalid escape sequence", rest[:2])

    def unicode_class(self, rest: str, *, inside: bool) -> str:
        """The characters of a general category, after ``p`` or, for all others, ``P``."""
        match = _UNICODE.match(rest)
        if match is None:
            _refuse("invalid character class range", rest[:2])
        self.position += match.end() - 2
        members = _unicode_members(match["short"] or match["long"])
        negated = (match["kind"] == "P") != bool(match["not"])
        if not inside:
            return f"[{'^' if negated else ''}{members}]"
        if negated:
            msg = f"{match[0]} in a class is not supported by this generator"
            raise NotSupportedError(msg)
        return members

    def character_class(self) -> str:
        start = self.position
        self.position += 1
        made = "["
        if self.pattern.startswith("^", self.position):
            made += "^"
            self.position += 1
        first = True
        while first or not self.pattern.startswith("]", self.position):
            if self.position >= len(self.pattern):
                _refuse("missing closing ]", self.pattern[start:])
            made += self.class_members()
            first = False
        self.position += 1
        return f"{made}]"

    def class_members(self) -> str:
        """A member of a class, or a range of them."""
        start = self.position
        low = self.class_member()
        rest = self.pattern[self.position : self.position + 2]
        if not rest.startswith("-") or rest in ("-", "-]"):
            return low
        self.position += 1
        high = self.class_member()
        ends = [re.fullmatch(rf"[{each}]", each[-1]) for each in (low, high)]
        if not all(ends) or low[-1] > high[-1]:
            _refuse("invalid character class range", self.pattern[start : self.position])
        return f"{low}-{high}"

    def class_member(self) -> str:
        named = re.compile(r"\[:(\^?)(\w+):\]").match(self.pattern, self.position)
        if named:
            members = _POSIX.get(named[2])
            if members is None or named[1]:
                _refuse("invalid character class range", named[0])
            self.position = named.end()
            return members
        character = self.pattern[self.position]
        if character == "\\":
            return self.escape(inside=True)
        self.position += 1
        return f"\\{character}" if character in "[]&~|^-" else character


@functools.lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """``regexp.Compile``."""
    rewritten = _Rewriter(pattern).rewrite()
    try:
        return re.compile(rewritten, re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        msg = f"error parsing regexp: {error}: `{pattern}`"
        raise PatternError(msg) from error


def find_all(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """All matches, without empty ones that touch the match before: those Go leaves out."""
    compiled = compile_pattern(pattern)
    position, end = 0, -1
    while position <= len(text):
        match = compiled.search(text, position)
        if match is None:
            return
        if match.end() == match.start() == end:
            position = match.end() + 1
            continue
        yield match
        end = match.end()
        position = end if match.end() > match.start() else end + 1


def replace_all(pattern: str, text: str, template: str) -> str:
    """``Regexp.ReplaceAllString``: ``$1`` and ``${name}`` stand for groups, ``$$`` for a dollar."""

    def expand(match: re.Match[str]) -> str:
        def reference(mark: re.Match[str]) -> str:
            return "$" if mark["dollar"] else _group(match, mark["bare"] or mark["braced"])

        return _REFERENCE.sub(reference, template)

    return replace_by(pattern, text, expand)


def replace_by(pattern: str, text: str, replacement: Callable[[re.Match[str]], str]) -> str:
    """``Regexp.ReplaceAllStringFunc``."""
    made: list[str] = []
    position = 0
    for match in find_all(pattern, text):
        made += [text[position : match.start()], replacement(match)]
        position = match.end()
    return "".join(made) + text[position:]


def _group(match: re.Match[str], name: str) -> str:
    try:
        return match[int(name) if name.isdecimal() else name] or ""
    except IndexError:
        return ""
