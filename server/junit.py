"""What a JUnit report says: how many tests passed, and the first of those that did not. Pure.

A report is written by the image under test, so nothing in it is taken on trust: a document type
(and with it every entity, inner or outer), deep nesting and strange encodings are refused, numbers are
bounded, and of texts only a printable beginning is kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from xml.parsers import expat

# What a report may have: bytes, elements within elements, and characters of what is kept of its texts.
SIZE_LIMIT = 2 * 1024 * 1024
DEPTH_LIMIT = 64
FAILURE_LIMIT = 20
MESSAGE_LIMIT = 300
NAME_LIMIT = 200

# Python would look for any other encoding among its codecs, by the name that the report gives.
_ENCODINGS = ("", "ascii", "iso-8859-1", "us-ascii", "utf-16", "utf-8", "windows-1252")
_COUNT = re.compile(r"[0-9]{1,9}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,12})?(?:[eE][+-]?[0-9]{1,2})?")
_SECONDS_LIMIT = 1e9

_Outcome = Literal["passed", "failed", "error", "skipped"]
# An element within a case tells how the case ended; of several the weightiest counts.
_OUTCOMES: dict[str, _Outcome] = {"error": "error", "failure": "failed", "skipped": "skipped"}
_WEIGHT: dict[_Outcome, int] = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}


class JUnitError(ValueError):
    """The bytes are no JUnit report, or one that is not read; the message is a sentence about why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCase:
    """A test that failed or could not be run; ``message`` is the beginning of why, on one line."""

    suite: str
    name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What one report, or several together, say; ``failures`` are the first of those counted.

    ``failed`` counts wrong results, ``errors`` tests that could not be run to an end; ``passed`` is
    what is left of ``tests``. ``seconds`` is what the reports claim.
    """

    tests: int = 0
    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    seconds: float = 0.0
    failures: tuple[FailedCase, ...] = ()


def parse(report: bytes) -> Summary:
    """Read a report with a ``testsuites`` or a ``testsuite`` at its root, suites within suites included.

    Raises:
        JUnitError: it is too large, no well-formed XML, something else than a report, or has what a
            report has no use for.
    """
    if len(report) > SIZE_LIMIT:
        msg = f"the report has more than {SIZE_LIMIT} bytes"
        raise JUnitError(msg)
    reader = _Reader()
    try:
        reader.parser.Parse(report, True)
    except expat.ExpatError as error:
        msg = f"the report is not well-formed XML: {error}"
        raise JUnitError(msg) from error
    return reader.root.summarize(tuple(reader.failures))


def merge(summaries: Iterable[Summary]) -> Summary:
    """Add up several reports; those that come first give their failures first."""
    several = tuple(summaries)
    failures = tuple(failure for each in several for failure in each.failures)
    return Summary(
        tests=sum(each.tests for each in several),
        passed=sum(each.passed for each in several),
        failed=sum(each.failed for each in several),
        errors=sum(each.errors for each in several),
        skipped=sum(each.skipped for each in several),
        seconds=round(math.fsum(each.seconds for each in several), 3),
        failures=failures[:FAILURE_LIMIT],
    )


@dataclass(slots=True)
class _Case:
    """A test while it is read."""

    suite: str
    name: str
    seconds: float
    outcome: _Outcome
    message: str = ""


@dataclass(slots=True)
class _Suite:
    """A suite while it is read: what it says of itself, and what its cases and suites add up to."""

    name: str = ""
    said: dict[str, int] = field(default_factory=dict)
    said_seconds: float | None = None
    tests: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    seconds: float = 0.0

    def add_case(self, case: _Case) -> None:
        self.tests += 1
        self.failed += case.outcome == "failed"
        self.errors += case.outcome == "error"
        self.skipped += case.outcome == "skipped"
        self.seconds += case.seconds

    def add_suite(self, suite: _Suite) -> None:
        self.tests += suite.tests
        self.failed += suite.failed
        self.errors += suite.errors
        self.skipped += suite.skipped
        self.seconds += suite.seconds

    def close(self) -> None:
        """Take what the suite says of itself for what it does not show.

        Some writers show only what failed, others say nothing or leave out what is in inner suites: the
        larger number is the one that has seen more. Suites may run side by side: their time is as said.
        """
        self.failed = max(self.failed, self.said.get("failures", 0))
        self.errors = max(self.errors, self.said.get("errors", 0))
        self.skipped = max(self.skipped, self.said.get("skipped", 0))
        self.tests = max(
            self.tests, self.said.get("tests", 0), self.failed + self.errors + self.skipped
        )
        if self.said_seconds is not None:
            self.seconds = self.said_seconds

    def summarize(self, failures: tuple[FailedCase, ...]) -> Summary:
        return Summary(
            tests=self.tests,
            passed=self.tests - self.failed - self.errors - self.skipped,
            failed=self.failed,
            errors=self.errors,
            skipped=self.skipped,
            seconds=round(self.seconds, 3),
            failures=failures,
        )


class _Reader:
    """Handlers of a parser that builds no tree: what is kept does not grow with the report."""

    def __init__(self) -> None:
        self.root = _Suite()
        self.failures: list[FailedCase] = []
        self._suites: list[_Suite] = []
        self._case: _Case | None = None
        self._depth = 0
        self._text: list[str] | None = None
        self._room = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._check_declaration
        self.parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._read_text

    def _check_declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if (encoding or "").lower() not in _ENCODINGS:
            msg = f"the report's encoding {_cut(encoding or '', NAME_LIMIT)!r} is not read: write UTF-8"
            raise JUnitError(msg)

    def _refuse_document_type(self, *declared: object) -> None:
        msg = "the report has a document type (<!DOCTYPE …>), which is not read"
        raise JUnitError(msg)

    def _start(self, full_name: str, attributes: Mapping[str, str]) -> None:
        name = full_name.rpartition(":")[2]
        self._depth += 1
        inner = self._depth - len(self._suites)
        if self._depth > DEPTH_LIMIT:
            msg = f"the report has more than {DEPTH_LIMIT} elements within elements"
            raise JUnitError(msg)
        if self._depth == 1 and name not in ("testsuites", "testsuite"):
            msg = f"the root is <{_cut(name, NAME_LIMIT)}>, not <testsuites> or <testsuite>"
            raise JUnitError(msg)
        # What stands where no report has it (a suite in a case, a case in a property) is passed over.
        if name in ("testsuites", "testsuite") and inner == 1:
            self._suites.append(_open_suite(attributes))
        elif name == "testcase" and inner == 1:
            self._case = _open_case(attributes, self._suites[-1])
        elif self._case is not None and inner == 2 and name in _OUTCOMES:
            self._read_outcome(self._case, _OUTCOMES[name], attributes)

    def _read_outcome(self, case: _Case, outcome: _Outcome, attributes: Mapping[str, str]) -> None:
        if _WEIGHT[outcome] <= _WEIGHT[case.outcome]:
            return
        case.outcome = outcome
        case.message = _cut(attributes.get("message", ""), MESSAGE_LIMIT)
        if not case.message and outcome != "skipped":
            self._text, self._room = [], 4 * MESSAGE_LIMIT

    def _read_text(self, text: str) -> None:
        if self._text is not None and self._room > 0:
            kept = text.lstrip()[: self._room] if not self._text else text[: self._room]
            if kept:
                self._text.append(kept)
                self._room -= len(kept)

    def _end(self, full_name: str) -> None:
        inner = self._depth - len(self._suites)
        self._depth -= 1
        if self._text is not None and self._case is not None and inner == 2:
            self._case.message = _cut("".join(self._text), MESSAGE_LIMIT)
            self._text = None
        elif self._case is not None and inner == 1:
            self._close_case(self._case)
        elif inner == 0:
            self._close_suite()

    def _close_case(self, case: _Case) -> None:
        self._suites[-1].add_case(case)
        if case.outcome in ("failed", "error") and len(self.failures) < FAILURE_LIMIT:
            self.failures.append(FailedCase(suite=case.suite, name=case.name, message=case.message))
        self._case = None

    def _close_suite(self) -> None:
        suite = self._suites.pop()
        suite.close()
        if self._suites:
            self._suites[-1].add_suite(suite)
        else:
            self.root = suite


def _open_suite(attributes: Mapping[str, str]) -> _Suite:
    said = {
        name: count
        for name in ("tests", "failures", "errors")
        if (count := _read_count(attributes.get(name))) is not None
    }
    # googletest has its own word for tests that were not run.
    skipped = [_read_count(attributes.get(name)) for name in ("skipped", "disabled")]
    said["skipped"] = sum(count for count in skipped if count is not None)
    return _Suite(
        name=_cut(attributes.get("name", ""), NAME_LIMIT),
        said=said,
        said_seconds=_read_seconds(attributes.get("time")),
    )


def _open_case(attributes: Mapping[str, str], suite: _Suite) -> _Case:
    return _Case(
        suite=_cut(attributes.get("classname", ""), NAME_LIMIT) or suite.name,
        name=_cut(attributes.get("name", ""), NAME_LIMIT),
        seconds=_read_seconds(attributes.get("time")) or 0.0,
        outcome="skipped" if attributes.get("status") == "notrun" else "passed",
    )


def _read_count(text: str | None) -> int | None:
    return int(text) if text is not None and _COUNT.fullmatch(text) else None


def _read_seconds(text: str | None) -> float | None:
    """Read seconds, with a comma between thousands as Maven writes them; None for what is no such number."""
    plain = (text or "").replace(",", "")
    if not _SECONDS.fullmatch(plain):
        return None
    return min(float(plain), _SECONDS_LIMIT)


def _cut(text: str, limit: int) -> str:
    """Return the beginning of a text on one line, with nothing that a terminal would obey."""
    # Bounded before it is looked at: the whole may be as large as the report.
    words = " ".join(text.lstrip()[: 4 * limit].split())
    shown = "".join(character for character in words if character.isprintable())
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"
