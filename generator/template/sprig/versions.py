"""sprig's semantic versions: Masterminds/semver."""

from __future__ import annotations

import functools
import re
import typing
from collections.abc import Callable, Mapping

from generator import records
from generator.golang import quoting
from generator.template import signatures, values

_NUMBER = r"0|[1-9][0-9]*"
_IDENTIFIER = r"0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*"
_VERSION = re.compile(
    rf"v?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?"
    rf"(?:-((?:{_IDENTIFIER})(?:\.(?:{_IDENTIFIER}))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
_ALLOWED = re.compile(r"[0-9A-Za-z-]+")
_LARGEST = 2**64 - 1


@functools.total_ordering
@records.record(kw_only=True, eq=False)
class Numbers:
    """What a version is made of; what comes after a plus sign takes no part in comparisons."""

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
        return isinstance(other, Numbers) and self.order == other.order

    def __lt__(self, other: Numbers) -> bool:
        return self.order < other.order

    def __hash__(self) -> int:
        return hash(self.order)

    def changed(self, **parts: int | str) -> Numbers:
        changed = records.replace(self, **parts)
        prefix = "v" if self.original.startswith("v") else ""
        return records.replace(changed, original=f"{prefix}{changed}")

    def raised(self, major: int, minor: int, patch: int) -> Numbers:
        return self.changed(major=major, minor=minor, patch=patch, prerelease="", metadata="")


class _Shown(values.Textual):
    """A version in a template, with the methods that a value of it has."""

    __slots__ = ("numbers",)
    go_prefix: typing.ClassVar[str]

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def __str__(self) -> str:
        return str(self.numbers)

    def as_text(self) -> str:
        return str(self.numbers)

    def as_go(self) -> str:
        numbers = self.numbers
        parts = f"major:{numbers.major:#x}, minor:{numbers.minor:#x}, patch:{numbers.patch:#x}"
        texts = (numbers.prerelease, numbers.metadata, numbers.original)
        pre, metadata, original = map(quoting.quote, texts)
        return f"{self.go_prefix}{{{parts}, pre:{pre}, metadata:{metadata}, original:{original}}}"

    def fields(self) -> Mapping[str, object]:
        numbers = self.numbers
        major, minor, patch = numbers.major, numbers.minor, numbers.patch
        # A release is what a version of before leads to: there only the rest falls away.
        step = 0 if numbers.prerelease else 1

        def set_prerelease(text: str) -> Changed:
            _check_prerelease(text)
            return Changed(numbers.changed(prerelease=text))

        def set_metadata(text: str) -> Changed:
            _check_metadata(text)
            return Changed(numbers.changed(metadata=text))

        return {
            "Major": lambda: values.Uint64(major),
            "Minor": lambda: values.Uint64(minor),
            "Patch": lambda: values.Uint64(patch),
            "Prerelease": lambda: numbers.prerelease,
            "Metadata": lambda: numbers.metadata,
            "String": lambda: str(numbers),
            "Value": lambda: str(numbers),
            "MarshalText": lambda: quoting.encode(str(numbers)),
            "IncMajor": lambda: Changed(numbers.raised(major + 1, 0, 0)),
            "IncMinor": lambda: Changed(numbers.raised(major, minor + 1, 0)),
            "IncPatch": lambda: Changed(numbers.raised(major, minor, patch + step)),
            "SetPrerelease": set_prerelease,
            "SetMetadata": set_metadata,
        }


class Changed(_Shown):
    """What a version's methods make: a value, which has no methods of a pointer."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "semver.Version"
    go_prefix: typing.ClassVar[str] = "semver.Version"


class Version(_Shown):
    """What ``semver`` gives: a pointer, which can be compared."""

    __slots__ = ()
    go_type: typing.ClassVar[str] = "*semver.Version"
    go_prefix: typing.ClassVar[str] = "&semver.Version"
    go_kind: typing.ClassVar[str] = "ptr"

    def fields(self) -> Mapping[str, object]:
        numbers = self.numbers

        def compare(other: Version) -> int:
            return (numbers > other.numbers) - (numbers < other.numbers)

        def equal(other: Version) -> bool:
            return numbers == other.numbers

        def greater(other: Version) -> bool:
            return numbers > other.numbers

        def greater_or_equal(other: Version) -> bool:
            return numbers >= other.numbers

        def less(other: Version) -> bool:
            return numbers < other.numbers

        def less_or_equal(other: Version) -> bool:
            return numbers <= other.numbers

        return {
            **super().fields(),
            "Original": lambda: numbers.original,
            "Compare": compare,
            "Equal": equal,
            "GreaterThan": greater,
            "GreaterThanEqual": greater_or_equal,
            "LessThan": less,
            "LessThanEqual": less_or_equal,
        }


def _check_prerelease(text: str) -> None:
    for part in text.split(".") if text else ():
        problem = ""
        if not part:
            problem = "Invalid Metadata string"
        elif part.isascii() and part.isdigit():
            problem = "Version segment starts with 0" if len(part) > 1 and part[0] == "0" else ""
        elif not _ALLOWED.fullmatch(part):
            problem = "Invalid Prerelease string"
        if problem:
            raise signatures.CallError(problem)


def _check_metadata(text: str) -> None:
    if text and not all(_ALLOWED.fullmatch(part) for part in text.split(".")):
        msg = "Invalid Metadata string"
        raise signatures.CallError(msg)


def semver(text: str) -> object:
    return Version(parse(text))


def parse(text: str) -> Numbers:
    match = _VERSION.fullmatch(text)
    if match is None:
        msg = "Invalid Semantic Version"
        raise signatures.CallError(msg)
    for group in match.group(1, 2, 3):
        if group and int(group) > _LARGEST:
            msg = f'error parsing version segment: strconv.ParseUint: parsing "{group}": value out of range'
            raise signatures.CallError(msg)
    return Numbers(
        major=int(match[1]),
        minor=int(match[2] or 0),
        patch=int(match[3] or 0),
        prerelease=match[4] or "",
        metadata=match[5] or "",
        original=text,
    )


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "semver": semver,
}
