"""Findings as SARIF 2.1.0 (OASIS), the format in which code hosts and editors take them.

Places are relative to the folder in which the check runs, which whoever reads the file calls
``%SRCROOT%``. Fingerprints do not hold line numbers, so that a finding stays the same one when lines
are added above it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from urllib import parse

from generator.checking import findings
from generator.checking.findings import Finding, Severity
from generator.checking.packs import Outcome

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def render(outcomes: Iterable[Outcome], rules: Mapping[str, findings.Rule], root: Path) -> str:
    """The findings on packs and job files as one run."""
    numbers = {name: index for index, name in enumerate(rules)}
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "packgen",
                        "rules": [_rule(rule) for rule in rules.values()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    _ROOT: {"description": {"text": "The folder that packgen was called in."}}
                },
                "results": list(_results(outcomes, numbers, root)),
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _rule(rule: findings.Rule) -> dict[str, object]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.help, "markdown": _markdown(rule.help)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _markdown(text: str) -> str:
    """Help as Markdown: what is indented is code there too, once a blank line is before it."""
    lines: list[str] = []
    for line in text.split("\n"):
        after_text = bool(lines and lines[-1] and not lines[-1].startswith("    "))
        if line.startswith("    ") and after_text:
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def _results(
    outcomes: Iterable[Outcome], numbers: Mapping[str, int], root: Path
) -> Iterator[dict[str, object]]:
    seen: Counter[str] = Counter()
    for outcome in outcomes:
        lines = {file: text.split("\n") for file, text in outcome.texts.items()}
        for finding in outcome.findings:
            yield _result(finding, lines, numbers, root, seen)
        for silenced in outcome.silenced:
            result = _result(silenced.finding, lines, numbers, root, seen)
            suppression = {"kind": "inSource", "justification": silenced.reason}
            yield {**result, "suppressions": [suppression]}


def _result(
    finding: Finding,
    texts: Mapping[str, list[str]],
    numbers: Mapping[str, int],
    root: Path,
    seen: Counter[str],
) -> dict[str, object]:
    place = finding.position
    location = _location(place.file, root)
    lines = texts.get(place.file, [])
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    region: dict[str, object] = {"startLine": place.line, "startColumn": place.column}
    if line:
        region["snippet"] = {"text": line}
    hint = f" Hint: {finding.hint}." if finding.hint else ""
    return {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message}.{hint}"},
        "locations": [{"physicalLocation": {"artifactLocation": location, "region": region}}],
        "partialFingerprints": {
            "packgen/v1": _fingerprint((finding.rule, location["uri"], line.strip()), seen)
        },
    }


def _location(file: str, root: Path) -> dict[str, str]:
    """A file by its path below the root, or by its whole address where it is not below."""
    whole = os.path.abspath(file)  # noqa: PTH100 - links stay links
    path = Path(os.path.relpath(whole, root))
    if os.pardir in path.parts:
        return {"uri": Path(whole).as_uri()}
    return {"uri": parse.quote(os.fsencode(path.as_posix())), "uriBaseId": _ROOT}


def _fingerprint(parts: Sequence[str], seen: Counter[str]) -> str:
    """A digest of what a finding is about; of several that are the same each has its own."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"
