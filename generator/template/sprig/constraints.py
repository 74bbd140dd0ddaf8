"""sprig's ``semverCompare``: constraints on versions, as Masterminds/semver reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from generator import records
from generator.template import signatures
from generator.template.sprig import versions

_PART = r"[0-9|xX*]+"
_SUFFIX = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_PATTERN = rf"v?{_PART}(?:\.{_PART})?(?:\.{_PART})?(?:-{_SUFFIX})?(?:\+{_SUFFIX})?"
_OPERATORS = r"!=|>=|=>|<=|=<|~>|=|>|<|~|\^|"
_ONE = re.compile(
    rf"\s*(?P<operator>{_OPERATORS})\s*(?P<version>v?(?P<major>{_PART})(?P<minor>\.{_PART})?"
    rf"(?P<patch>\.{_PART})?(?P<prerelease>-{_SUFFIX})?(?:\+{_SUFFIX})?)\s*"
)
_RANGE = re.compile(rf"\s*({_PATTERN})\s+-\s+({_PATTERN})\s*")
_ALL = re.compile(
    rf"(?:\s*(?:{_OPERATORS})\s*{_PATTERN}\s*)"
    rf"(?:(?:\s+|,\s*)(?:{_OPERATORS})\s*{_PATTERN}\s*)*"
)
_FIND = re.compile(rf"(?:{_OPERATORS})\s*{_PATTERN}")


@records.record
class _Constraint:
    """One comparison; ``given`` tells how many of the three numbers are fixed."""

    operator: str
    version: versions.Numbers
    given: int

    def check(self, found: versions.Numbers) -> bool:
        if found.prerelease and not self.version.prerelease:
            return self.operator == "!=" and self.given == 3 and found != self.version
        match self.operator:
            case "!=":
                return not (self.same(found) if self.given in (1, 2) else found == self.version)
            case ">" if self.given < 3:
                return (self.given == 0 and found > self.version) or self.above(found)
            case ">":
                return found > self.version
            case "<":
                return found < self.version
            case ">=" | "=>":
                return found >= self.version
            case "<=" | "=<" if self.given < 3:
                return not self.above(found)
            case "<=" | "=<":
                return found <= self.version
            case "^":
                return self.caret(found)
            case "~" | "~>":
                return self.tilde(found)
            case _:
                return self.tilde(found) if self.given < 3 else found == self.version

    def above(self, found: versions.Numbers) -> bool:
        """Whether the given numbers are greater; ``*`` stands for 0.0 here, as it does in Go."""
        count = self.given or 2
        return (found.major, found.minor)[:count] > (self.version.major, self.version.minor)[:count]

    def same(self, found: versions.Numbers) -> bool:
        wanted = (self.version.major, self.version.minor)[: self.given]
        prerelease = self.given == 1 or found.prerelease == self.version.prerelease
        return (found.major, found.minor)[: self.given] == wanted and prerelease

    def tilde(self, found: versions.Numbers) -> bool:
        if found < self.version:
            return False
        version = self.version
        if not (version.major or version.minor or version.patch) and self.given in (0, 3):
            return True
        same_minor = found.minor == version.minor or self.given == 1
        return found.major == version.major and same_minor

    def caret(self, found: versions.Numbers) -> bool:
        version = self.version
        if found < version:
            return False
        if version.major > 0 or self.given == 1:
            return found.major == version.major
        if found.major > 0:
            return False
        if version.minor > 0 or self.given == 2:
            return found.minor == version.minor
        if found.minor > 0:
            return False
        return found.patch == version.patch


def semver_compare(constraint: str, version: str) -> bool:
    """Whether a version meets a constraint such as ``>=1.2, <3 || ^4``."""
    # One space says as much as many, which would be gone through again for each.
    constraint = re.sub(r"\s+", " ", constraint)
    alternatives = [
        _constraints(part) for part in _RANGE.sub(r">=\1 <=\2 ", constraint).split("||")
    ]
    found = versions.parse(version)
    return any(all(each.check(found) for each in every) for every in alternatives)


def _constraints(text: str) -> list[_Constraint]:
    if not _ALL.fullmatch(text):
        msg = f"improper constraint: {text}"
        raise signatures.CallError(msg)
    return [_constraint(each) for each in _FIND.findall(text)]


def _constraint(text: str) -> _Constraint:
    match = _ONE.fullmatch(text)
    if match is None:
        msg = f"improper constraint: {text}"
        raise signatures.CallError(msg)
    numbers: list[str] = []
    for name in ("major", "minor", "patch"):
        part = (match[name] or "").lstrip(".")
        if not part or part in ("x", "X", "*"):
            break
        numbers.append(part)
    if len(numbers) == 3:
        return _Constraint(match["operator"], versions.parse(match["version"]), 3)
    padded = [*numbers, "0", "0", "0"][:3]
    wanted = ".".join(padded) + (match["prerelease"] or "")
    return _Constraint(match["operator"], versions.parse(wanted), len(numbers))


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "semverCompare": semver_compare,
}
