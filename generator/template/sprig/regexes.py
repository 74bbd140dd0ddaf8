"""sprig's regular expressions: regex.go, with Go's rules for empty matches and replacements."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping

from generator.template import quoting, signatures, values
from generator.template.sprig import re2

_TEMPLATE = re.compile(r"\$(?:(?P<dollar>\$)|(?P<bare>\w+)|\{(?P<braced>\w+)\})", re.ASCII)


def _matches(pattern: str, text: str) -> Iterator[re.Match[str]]:
    """All matches, without empty ones that touch the match before: those Go leaves out."""
    compiled = re2.compile_pattern(pattern)
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


def _replaced(pattern: str, text: str, replacement: Callable[[re.Match[str]], str]) -> str:
    made: list[str] = []
    position = 0
    for match in _matches(pattern, text):
        made += [text[position : match.start()], replacement(match)]
        position = match.end()
    return "".join(made) + text[position:]


def must_match(pattern: str, text: str) -> bool:
    return re2.compile_pattern(pattern).search(text) is not None


def match(pattern: str, text: str) -> bool:
    try:
        return must_match(pattern, text)
    except signatures.NotSupportedError:
        raise
    except signatures.CallError:
        return False


def find(pattern: str, text: str) -> str:
    found = re2.compile_pattern(pattern).search(text)
    return found[0] if found else ""


def find_all(pattern: str, text: str, count: int) -> object:
    found = [match[0] for match in _matches(pattern, text)]
    return values.Strings(found if count < 0 else found[:count]) or values.NilStrings()


def replace_all(pattern: str, text: str, template: str) -> str:
    def expand(match: re.Match[str]) -> str:
        def reference(mark: re.Match[str]) -> str:
            return "$" if mark["dollar"] else _group(match, mark["bare"] or mark["braced"])

        return _TEMPLATE.sub(reference, template)

    return _replaced(pattern, text, expand)


def _group(match: re.Match[str], name: str) -> str:
    try:
        return match[int(name) if name.isdecimal() else name] or ""
    except IndexError:
        return ""


def replace_all_literal(pattern: str, text: str, literal: str) -> str:
    return _replaced(pattern, text, lambda _match: literal)


def split(pattern: str, text: str, count: int) -> object:
    re2.compile_pattern(pattern)
    if count == 0:
        return values.NilStrings()
    if pattern and not text:
        return values.Strings([""])
    parts: list[str] = []
    begin = end = 0
    for found in _matches(pattern, text):
        if count > 0 and len(parts) == count - 1:
            break
        end = found.start()
        if found.end() != 0:
            parts.append(text[begin:end])
        begin = found.end()
    if end != len(text):
        parts.append(text[begin:])
    return values.Strings(parts)


def quote_meta(text: str) -> str:
    return re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", text)


_MUST: Mapping[str, Callable[..., object]] = {
    "RegexFind": find,
    "RegexFindAll": find_all,
    "RegexMatch": must_match,
    "RegexReplaceAll": replace_all,
    "RegexReplaceAllLiteral": replace_all_literal,
    "RegexSplit": split,
}


def _panicking(function: Callable[..., object]) -> Callable[..., object]:
    """The same function, with what ``regexp.MustCompile`` says of a wrong pattern."""

    @functools.wraps(function)
    def panicking(pattern: str, *arguments: object) -> object:
        try:
            return function(pattern, *arguments)
        except signatures.NotSupportedError:
            raise
        except signatures.CallError as error:
            quoted = quoting.quote(pattern) if "`" in pattern else f"`{pattern}`"
            msg = f"regexp: Compile({quoted}): {error}"
            raise signatures.CallError(msg) from error

    return panicking


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    **{f"must{name}": function for name, function in _MUST.items()},
    **{f"r{name[1:]}": _panicking(function) for name, function in _MUST.items()},
    "regexMatch": match,
    "regexQuoteMeta": quote_meta,
}
