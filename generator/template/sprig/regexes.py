"""sprig's regular expressions: regex.go."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from generator.golang import quoting, regexps
from generator.template import signatures, values


def must_match(pattern: str, text: str) -> bool:
    return regexps.compile_pattern(pattern).search(text) is not None


def match(pattern: str, text: str) -> bool:
    try:
        return must_match(pattern, text)
    except regexps.NotSupportedError:
        raise
    except regexps.PatternError:
        return False


def find(pattern: str, text: str) -> str:
    found = regexps.compile_pattern(pattern).search(text)
    return found[0] if found else ""


def find_all(pattern: str, text: str, count: int) -> object:
    found = [match[0] for match in regexps.find_all(pattern, text)]
    return values.Strings(found if count < 0 else found[:count]) or values.NilStrings()


def replace_all(pattern: str, text: str, template: str) -> str:
    return regexps.replace_all(pattern, text, template)


def replace_all_literal(pattern: str, text: str, literal: str) -> str:
    return regexps.replace_by(pattern, text, lambda _match: literal)


def split(pattern: str, text: str, count: int) -> object:
    regexps.compile_pattern(pattern)
    if count == 0:
        return values.NilStrings()
    if pattern and not text:
        return values.Strings([""])
    parts: list[str] = []
    begin = end = 0
    for found in regexps.find_all(pattern, text):
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


def _refusing(
    function: Callable[..., object], explain: Callable[[str, Exception], str]
) -> Callable[..., object]:
    """The same function, whose call fails with an explanation where Go does not take the pattern."""

    @functools.wraps(function)
    def refusing(pattern: str, *arguments: object) -> object:
        try:
            return function(pattern, *arguments)
        except regexps.NotSupportedError as error:
            raise signatures.NotSupportedError(str(error)) from error
        except regexps.PatternError as error:
            raise signatures.CallError(explain(pattern, error)) from error

    return refusing


def _plain(_pattern: str, error: Exception) -> str:
    return str(error)


def _panic(pattern: str, error: Exception) -> str:
    """What ``regexp.MustCompile`` says."""
    quoted = quoting.quote(pattern) if "`" in pattern else f"`{pattern}`"
    return f"regexp: Compile({quoted}): {error}"


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    **{f"must{name}": _refusing(function, _plain) for name, function in _MUST.items()},
    **{f"r{name[1:]}": _refusing(function, _panic) for name, function in _MUST.items()},
    "regexMatch": _refusing(match, _plain),
    "regexQuoteMeta": quote_meta,
}
