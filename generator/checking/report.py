"""Findings as text for people, as JSON and as a list of the rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from generator import errors
from generator.checking import findings
from generator.checking.findings import Finding, Severity
from generator.checking.packs import Outcome


def as_text(outcomes: Iterable[Outcome]) -> str:
    """Each finding with its line and a caret, and a line that sums all up."""
    blocks: list[str] = []
    counts: Counter[Severity] = Counter()
    silenced = 0
    for outcome in outcomes:
        silenced += len(outcome.silenced)
        lines = {file: text.split("\n") for file, text in outcome.texts.items()}
        for finding in outcome.findings:
            counts[finding.severity] += 1
            blocks.append(_block(finding, lines.get(finding.position.file, [])))
    summary = ", ".join(_count(counts[severity], severity.value) for severity in Severity)
    if silenced:
        summary += f"; {silenced} silenced"
    return "\n".join([*blocks, summary]) + "\n"


def _block(finding: Finding, lines: list[str]) -> str:
    place = finding.position
    first = f"{place}: {finding.severity.value}: {finding.message} [{finding.rule}]"
    line = lines[place.line - 1] if place.line <= len(lines) else None
    # The error knows how an excerpt looks; it is given no more than the line, however long the file is.
    near = errors.Position(place.file, 1, place.column)
    shown = str(errors.GeneratorError("", near, source=line, hint=finding.hint))
    return "\n".join([errors.printable(first), *shown.split("\n")[1:]])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def as_json(outcomes: Iterable[Outcome]) -> str:
    """The findings as a list, with what has been silenced and why."""
    listed = list(outcomes)
    counts = Counter(finding.severity for outcome in listed for finding in outcome.findings)
    document = {
        "findings": [_fields(each) for outcome in listed for each in outcome.findings],
        "silenced": [
            {**_fields(each.finding), "reason": each.reason}
            for outcome in listed
            for each in outcome.silenced
        ],
        "summary": {f"{severity.value}s": counts[severity] for severity in Severity},
    }
    return json.dumps(document, indent=2) + "\n"


def _fields(finding: Finding) -> dict[str, object]:
    place = finding.position
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "message": finding.message,
        "hint": finding.hint,
    }


def rules_as_text(rules: Mapping[str, findings.Rule], *, long: bool) -> str:
    """The rules with their sentence, or with all of their help."""
    if long:
        return "\n".join(map(_help, rules.values()))
    width = max(map(len, rules), default=0)
    return "".join(
        f"{rule.name:<{width}}  {rule.severity.value:<7}  {rule.summary}\n"
        for rule in rules.values()
    )


def _help(rule: findings.Rule) -> str:
    return f"{rule.name} ({rule.severity.value})\n\n{rule.summary}\n\n{rule.help}\n"


def rules_as_json(rules: Mapping[str, findings.Rule]) -> str:
    listed = [
        {
            "name": rule.name,
            "severity": rule.severity.value,
            "summary": rule.summary,
            "help": rule.help,
        }
        for rule in rules.values()
    ]
    return json.dumps(listed, indent=2) + "\n"


def fails(outcomes: Iterable[Outcome], *, strict: bool) -> bool:
    """Whether there is an error, or with ``strict`` a warning."""
    failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return any(finding.severity in failing for finding in _all(outcomes))


def _all(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    for outcome in outcomes:
        yield from outcome.findings
