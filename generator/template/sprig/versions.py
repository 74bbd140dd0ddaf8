"""sprig's semantic versions: Masterminds/semver."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping
from typing import ClassVar

from generator import records
from generator.template import signatures, values

_NUMBER = r"0|[1-9][0-9]*"
_IDENTIFIER = r"0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*"
_VERSION = re.compile(
    rf"v?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?"
    rf"(?:-((?:{_IDENTIFIER})(?:\.(?:{_IDENTIFIER}))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)


@functools.total_ordering
@records.record(kw_only=True, eq=False)
class Version(values.Struct):
    """A version; what comes after a plus sign takes no part in comparisons."""

    go_type: ClassVar[str] = "*semver.Version"
    go_kind: ClassVar[str] = "ptr"

    major: int
    minor: int
    patch: int
    prerelease: str
    metadata: str
    original: str

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        text += f"-{self.prerelease}" if self.prerelease else ""
        return text + (f"+{self.metadata}" if self.metadata else "")

    @property
    def order(self) -> tuple[object, ...]:
        """A release comes after what leads to it; numbers come before words."""
        parts = tuple(
            (0, int(part), "") if part.isdecimal() else (1, 0, part)
            for part in self.prerelease.split(".")
        )
        return (self.major, self.minor, self.patch, not self.prerelease, parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.order == other.order

    def __lt__(self, other: Version) -> bool:
        return self.order < other.order

    def __hash__(self) -> int:
        return hash(self.order)

    def raised(self, *, major: int, minor: int, patch: int) -> Version:
        raised = records.replace(
            self, major=major, minor=minor, patch=patch, prerelease="", metadata=""
        )
        prefix = "v" if self.original.startswith("v") else ""
        return records.replace(raised, original=f"{prefix}{raised}")

    def fields(self) -> Mapping[str, object]:
        def compare(other: Version) -> int:
            return (self > other) - (self < other)

        def equal(other: Version) -> bool:
            return self == other

        def greater(other: Version) -> bool:
            return self > other

        def less(other: Version) -> bool:
            return self < other

        major, minor, patch = self.major, self.minor, self.patch
        # A release is what a version of before leads to: there only the rest falls away.
        step = 0 if self.prerelease else 1
        return {
            "Major": lambda: major,
            "Minor": lambda: minor,
            "Patch": lambda: patch,
            "Prerelease": lambda: self.prerelease,
            "Metadata": lambda: self.metadata,
            "Original": lambda: self.original,
            "String": lambda: str(self),
            "Compare": compare,
            "Equal": equal,
            "GreaterThan": greater,
            "LessThan": less,
            "IncMajor": lambda: self.raised(major=major + 1, minor=0, patch=0),
            "IncMinor": lambda: self.raised(major=major, minor=minor + 1, patch=0),
            "IncPatch": lambda: self.raised(major=major, minor=minor, patch=patch + step),
        }


def semver(text: str) -> object:
    return parse(text)


def parse(text: str) -> Version:
    match = _VERSION.fullmatch(text)
    if match is None:
        msg = "Invalid Semantic Version"
        raise signatures.CallError(msg)
    return Version(
        major=int(match[1]),
        minor=int(match[2] or 0),
        patch=int(match[3] or 0),
        prerelease=match[4] or "",
        metadata=match[5] or "",
        original=text,
    )


# Constraints.

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
    version: Version
    given: int

    def check(self, found: Version) -> bool:
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

    def above(self, found: Version) -> bool:
        """Whether the given numbers are greater; ``*`` stands for 0.0 here, as it does in Go."""
        count = self.given or 2
        return (found.major, found.minor)[:count] > (self.version.major, self.version.minor)[:count]

    def same(self, found: Version) -> bool:
        wanted = (self.version.major, self.version.minor)[: self.given]
        prerelease = self.given == 1 or found.prerelease == self.version.prerelease
        return (found.major, found.minor)[: self.given] == wanted and prerelease

    def tilde(self, found: Version) -> bool:
        if found < self.version:
            return False
        version = self.version
        if not (version.major or version.minor or version.patch) and self.given in (0, 3):
            return True
        same_minor = found.minor == version.minor or self.given == 1
        return found.major == version.major and same_minor

    def caret(self, found: Version) -> bool:
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
    alternatives = [
        _constraints(part) for part in _RANGE.sub(r">=\1 <=\2 ", constraint).split("||")
    ]
    found = parse(version)
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
        return _Constraint(match["operator"], parse(match["version"]), 3)
    padded = [*numbers, "0", "0", "0"][:3]
    wanted = ".".join(padded) + (match["prerelease"] or "")
    return _Constraint(match["operator"], parse(wanted), len(numbers))


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "semver": semver,
    "semverCompare": semver_compare,
}
