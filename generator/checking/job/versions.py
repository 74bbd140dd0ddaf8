"""Version constraints as the operators ``version`` and ``semver`` take them, commas between them.

What can be read is what hashicorp/go-version reads, for ``semver`` Nomad's helper/constraints/semver.
"""

from __future__ import annotations

import re

_SEGMENTS = r"v?(?P<segments>[0-9]+(?:\.[0-9]+)*)"
_PART = r"[0-9A-Za-z\-~]"
_MORE = rf"(?:\.{_PART}+)*"
_METADATA = rf"(?:\+{_PART}+{_MORE})?"
_SPACE = r"[\t\n\f\r ]*"


def _pattern(operators: str, before_letters: str) -> re.Pattern[str]:
    release = rf"(?:-[0-9]{_PART}*{_MORE}|{before_letters}[A-Za-z\-~]{_PART}*{_MORE})?"
    return re.compile(
        rf"{_SPACE}(?:{operators})?{_SPACE}{_SEGMENTS}{release}{_METADATA}{_SPACE}", re.ASCII
    )


_VERSION = _pattern("=|!=|>=|<=|~>|>|<", "-?")
_SEMVER = _pattern("=|!=|>=|<=|>|<", "-")
_MAX_SEGMENT = (1 << 63) - 1


def check_version(text: str) -> str:
    """What is wrong with the constraints for ``version``, empty if nothing is."""
    return _check(text, _VERSION)


def check_semver(text: str) -> str:
    """What is wrong with the constraints for ``semver``, empty if nothing is."""
    return _check(text, _SEMVER)


def _check(text: str, pattern: re.Pattern[str]) -> str:
    for part in text.split(","):
        found = pattern.fullmatch(part)
        if found is None:
            return f'"{part.strip()}" is no operator with a version'
        if any(_overflows(segment) for segment in found["segments"].split(".")):
            return f'"{part.strip()}" has a number that is too large'
    return ""


def _overflows(digits: str) -> bool:
    significant = digits.lstrip("0")
    return len(significant) > 19 or int(significant or "0") > _MAX_SEGMENT
