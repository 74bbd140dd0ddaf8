"""Comments that silence a rule where they stand: ``packgen:ignore RULE: REASON``.

In a template it is a comment of the template, trimmed so that nothing is rendered, or one of the HCL
around it; in all other files one of HCL:

    [[- /* packgen:ignore unescaped-in-string: the value has passed a pattern */]]
    # packgen:ignore unused-variable: read by the operator's own scripts

It holds for its own line and, where nothing else stands on that, for the next one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from generator import errors
from generator.checking import findings
from generator.checking.findings import Finding, Severity
from generator.errors import Position

UNKNOWN_RULE = findings.Rule(
    name="unknown-rule",
    severity=Severity.ERROR,
    summary="A comment silences a rule that there is not.",
    help="""`packgen check --list-rules` shows all names.""",
)
MISSING_REASON = findings.Rule(
    name="missing-reason",
    severity=Severity.ERROR,
    summary="A comment silences a rule and does not say why.",
    help="""    # packgen:ignore floating-tag                               # flagged
    # packgen:ignore floating-tag: pinned by the registry       # right""",
)
UNUSED_IGNORE = findings.Rule(
    name="unused-ignore",
    severity=Severity.NOTE,
    summary="A comment silences a rule that finds nothing there.",
    help="""What it was for is gone. Remove it, or else it hides the next mistake of its kind.""",
)

RULES = (UNKNOWN_RULE, MISSING_REASON, UNUSED_IGNORE)

_COMMENT = re.compile(
    r"(?:#|//|/\*)[ \t]*packgen:ignore\b[ \t]*(?P<rule>[\w-]*)[ \t]*(?::[ \t]*(?P<reason>[^\n]*?))?"
    r"[ \t]*(?:\*/|$)",
    re.MULTILINE,
)
_ALONE = re.compile(r"(?:\[\[(?:-[ \t])?[ \t]*)?(?:[ \t]-)?(?:\]\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One comment: its rule and reason, its place, and the lines that it holds for."""

    rule: str
    reason: str
    position: Position
    lines: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """A finding that somebody has silenced, and why."""

    finding: Finding
    reason: str


def read(text: str, file: str) -> list[Silence]:
    """The comments in a file's text."""
    if "packgen:ignore" not in text:
        return []
    found: list[Silence] = []
    lines = text.split("\n")
    comments = [list(_COMMENT.finditer(line)) for line in lines]
    for number, (line, matches) in enumerate(zip(lines, comments, strict=True), start=1):
        held = frozenset({number})
        if matches and _stands_alone(line, matches):
            held |= {_next(lines, comments, number)}
        found += [
            Silence(
                rule=match["rule"],
                reason=(match["reason"] or "").strip(),
                position=Position(file, number, match.start() + 1),
                lines=held,
            )
            for match in matches
        ]
    return found


def _stands_alone(line: str, matches: Iterable[re.Match[str]]) -> bool:
    """Whether nothing is on a line but comments of this kind."""
    rest = line
    for match in matches:
        rest = rest.replace(match[0], "", 1)
    return _ALONE.fullmatch(rest.strip()) is not None


def _next(lines: list[str], comments: list[list[re.Match[str]]], number: int) -> int:
    """The next line that is not such a comment too."""
    while (
        number < len(lines) and comments[number] and _stands_alone(lines[number], comments[number])
    ):
        number += 1
    return number + 1


def apply(
    found: Iterable[Finding], silences: Iterable[Silence]
) -> tuple[list[Finding], list[Silenced], set[Silence]]:
    """What is left of the findings, what is silenced, and the comments that did it."""
    at: dict[tuple[str, str, int], Silence] = {
        (silence.rule, silence.position.file, line): silence
        for silence in silences
        for line in silence.lines
    }
    left: list[Finding] = []
    silenced: list[Silenced] = []
    used: set[Silence] = set()
    for finding in found:
        silence = at.get((finding.rule, finding.position.file, finding.position.line))
        if silence is None:
            left.append(finding)
        else:
            used.add(silence)
            silenced.append(Silenced(finding=finding, reason=silence.reason))
    return left, silenced, used


def check(
    silences: Iterable[Silence],
    used: Collection[Silence],
    known: Mapping[str, findings.Rule],
    looked_for: Collection[str],
) -> Iterator[Finding]:
    """The findings on the comments themselves; ``looked_for`` are the rules that were applied."""
    for silence in silences:
        if silence.rule not in known:
            name = silence.rule or "nothing"
            hint = (
                errors.suggest(silence.rule, known) or "packgen check --list-rules shows all rules"
            )
            yield UNKNOWN_RULE.at(silence.position, f'there is no rule "{name}"', hint)
            continue
        if not silence.reason:
            message = f"the comment does not say why {silence.rule} is silenced here"
            hint = f"packgen:ignore {silence.rule}: REASON"
            yield MISSING_REASON.at(silence.position, message, hint)
        if silence not in used and silence.rule in looked_for:
            message = f"{silence.rule} finds nothing here that could be silenced"
            yield UNUSED_IGNORE.at(silence.position, message, "remove the comment")
