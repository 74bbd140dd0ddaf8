"""Go's regular expressions on Python's.

The two are near enough for what packs and jobs do with them: classes of ASCII, groups, lazy
repeats. What RE2 has and Python does not is translated where that is simple, else refused.
"""

from __future__ import annotations

import re
from typing import Final

from generator.hcl.signatures import FunctionError

_POSIX: Final = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
}
_REASONS: Final = {
    "missing )": "missing closing )",
    "unbalanced parenthesis": "unexpected )",
    "unterminated character set": "missing closing ]",
}
_PIECE = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)"
    r"|\\(?P<escaped>[^Q])"
    r"|\[:(?P<negated>\^?)(?P<posix>[a-z]+):\]"
    r"|\((?P<lookaround>\?<?[=!]|\?P=)"
    r"|\(\?(?P<flags>[a-zA-Z-]+)(?P<end>[:)])"
    r"|(?P<dollar>\$)",
    re.DOTALL,
)
_GROUP = re.compile(r"\$(?:(\$)|\{([A-Za-z0-9_]+)\}|([A-Za-z0-9_]+))")


def replace(given: str, pattern: str, new: str) -> str:
    """All matches replaced; ``$1`` and ``${name}`` stand for groups (regexp.ReplaceAllString)."""
    compiled = compile_pattern(pattern)
    result: list[str] = []
    end, last_match = 0, -1
    for match in compiled.finditer(given):
        if match.start() == match.end() == last_match:
            continue  # Go has no empty match right behind another one
        result += (given[end : match.start()], _expand(new, match))
        end = last_match = match.end()
    return "".join(result) + given[end:]


def compile_pattern(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_translate(pattern), re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        reason = next((go for python, go in _REASONS.items() if python in str(error)), str(error))
        msg = f"error parsing regexp: {reason}: `{pattern}`"
        raise FunctionError(msg) from None


def _translate(pattern: str) -> str:
    multiline = False

    def translate(match: re.Match[str]) -> str:
        nonlocal multiline
        if match["quoted"] is not None:
            return re.escape(match["quoted"])
        if match["escaped"] is not None:
            return _translate_escape(match["escaped"], pattern)
        if match["posix"] is not None:
            return _translate_class(match["posix"], match["negated"], pattern)
        if match["lookaround"] is not None:
            msg = f"error parsing regexp: invalid or unsupported Perl syntax: `({match['lookaround']}`"
            raise FunctionError(msg)
        if match["dollar"] is not None:
            return "$" if multiline else r"\Z"
        if "m" in match["flags"].partition("-")[0]:
            multiline = True
        if "U" in match["flags"]:
            msg = f"the flag U of a regular expression is not supported: `{pattern}`"
            raise FunctionError(msg)
        return match[0]

    return _PIECE.sub(translate, pattern)


def _translate_escape(escaped: str, pattern: str) -> str:
    match escaped:
        case "z":
            return r"\Z"
        case "s":
            return r"[\t\n\f\r ]"
        case "S":
            return r"[^\t\n\f\r ]"
        case "p" | "P" | "C" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
            msg = f"\\{escaped} in a regular expression is not supported: `{pattern}`"
            raise FunctionError(msg)
        case _:
            return f"\\{escaped}"


def _translate_class(name: str, negated: str, pattern: str) -> str:
    if negated or name not in _POSIX:
        msg = f"error parsing regexp: invalid character class range: `{pattern}`"
        raise FunctionError(msg)
    return _POSIX[name]


def _expand(new: str, match: re.Match[str]) -> str:
    def group(reference: re.Match[str]) -> str:
        dollar, braced, bare = reference.groups()
        if dollar:
            return "$"
        name: str = braced or bare
        if name.isdecimal():
            number = int(name)
            return (match[number] or "") if number <= match.re.groups else ""
        return (match[name] or "") if name in match.re.groupindex else ""

    return _GROUP.sub(group, new)
