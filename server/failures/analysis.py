"""From the log of what has failed to the step, the family of the failure, and the line that shows it. Pure.

Nothing is claimed that the log does not show: without a sign there is no family, and without certainty no line.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from server import terminal
from server.failures import dockerfile, signs, steps
from server.failures.families import Family, Speaker
from server.record import FailedStep

# Bytes of JSON: an answer is to be as small with letters that take several.
INSTRUCTION_LIMIT = 200
EVIDENCE_LIMIT = 300
# Characters of a log, from its end, and of a Dockerfile that are looked at.
_LOG_LIMIT = 512 * 1024
_DOCKERFILE_LIMIT = 64 * 1024
_NO_IMAGE = "no stage or image found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What a log shows of a failure; empty texts where it shows nothing."""

    step: FailedStep | None = None
    family: str = ""
    evidence: str = ""


def analyse_build(log: str, source: str | None) -> Analysis:
    """Analyse the log of Buildah's task; ``source`` is the Dockerfile's text, if it is known."""
    failed = steps.find_failed(lines := _read(log))
    return _with_family(_find_family(failed), _find_step(failed, lines, source))


def locate(log: str, source: str | None) -> Analysis:
    """Say only at which step a build was, as where it was stopped: what was said before is not why."""
    failed = steps.find_failed(lines := _read(log))
    return Analysis(step=_find_step(failed, lines, source))


def analyse_task(log: str, speaker: Speaker, exit_code: int | None, message: str = "") -> Analysis:
    """Analyse the log of any other task, and what Nomad has said of it."""
    lines = [
        line
        for line in _read(log)
        if not line.startswith(("nomad-build: ", "--- task ")) and line.strip()
    ]
    return _with_family(signs.find([*lines, *_read(message)], speaker, exit_code), None)


def _read(text: str) -> list[str]:
    return terminal.strip(text[-_LOG_LIMIT:]).split("\n")


def _find_family(failed: steps.Failed) -> tuple[Family, str] | None:
    keyword = failed.instruction.split(None, 1)[0].upper() if failed.instruction else ""
    if failed.exit_code is not None:
        said = [line for line in failed.output if not line.startswith(steps.WARNING)]
        found = signs.find(said, "program", failed.exit_code)
        if found is None and failed.lost:
            return signs.named("output_lost"), said[-1]
        return found or signs.find([failed.words], "buildah", None)
    if keyword in ("COPY", "ADD") and failed.words.endswith("no such file or directory"):
        word = "file_not_in_stage" if "--from=" in failed.instruction else "file_not_in_context"
        return signs.named(word), failed.words
    # Buildah warns of each try. What the last one met is said in the end, so that a warning counts only where that says
    # nothing: as of COPY --from, where whatever a registry has answered is called an image that is not found.
    warnings = [line for line in failed.output if line.startswith(steps.WARNING)]
    said = [*warnings, failed.words] if _NO_IMAGE in failed.words else [failed.words]
    return signs.find(said, "buildah", None) or signs.find(warnings, "buildah", None)


def _find_step(failed: steps.Failed, lines: list[str], source: str | None) -> FailedStep | None:
    if not failed.instruction:
        return None
    instructions = dockerfile.scan((source or "")[:_DOCKERFILE_LIMIT])
    step = failed.step
    instruction = shorten(failed.instruction, INSTRUCTION_LIMIT)
    if step is None:
        found = steps.find_text(failed.instruction, instructions)
        if found is None:
            return FailedStep(instruction=instruction)
        return FailedStep(instruction=instruction, stage=found.stage, line=found.first)
    return FailedStep(
        instruction=instruction,
        number=step.number,
        of=step.of,
        stage=step.stage,
        line=steps.find_line(step, instructions, steps.seen_steps(lines)),
    )


def _with_family(found: tuple[Family, str] | None, step: FailedStep | None) -> Analysis:
    if found is None:
        return Analysis(step=step)
    family, line = found
    return Analysis(step=step, family=family.word, evidence=shorten(line, EVIDENCE_LIMIT))


def shorten(text: str, limit: int) -> str:
    """Return a text as one line that can be shown anywhere; of a long one its beginning and its end.

    A line is too long if it takes more than so many bytes of JSON.
    """
    line = "".join(each for each in " ".join(text.split()) if each.isprintable())
    if _json_size(line) <= limit:
        return line
    half = (limit - _json_size("…")) // 2
    return f"{_begin(line, half)}…{_begin(line[::-1], half)[::-1]}"


def _begin(line: str, limit: int) -> str:
    """Return as many of a line's first characters as fit into so many bytes of JSON."""
    begin = line[:limit]
    while _json_size(begin) > limit:
        begin = begin[:-1]
    return begin


def excerpt(lines: Sequence[str], limit: int) -> str:
    """Return as many of the last lines as fit into so many bytes of JSON, of a line that is longer alone its end."""
    kept: list[str] = []
    room = limit
    for line in reversed(lines):
        room -= _json_size(line) + len("\\n")
        if room < 0:
            break
        kept.append(line)
    if not kept and lines:
        line = lines[-1][-limit:]
        while _json_size(line) > limit:
            line = line[len(line) // 8 + 1 :]
        return line
    return "\n".join(reversed(kept))


def _json_size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
