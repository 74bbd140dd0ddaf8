"""From Buildah's output to the step that runs, or that has failed, and from there to a line of the Dockerfile. Pure.

Buildah writes a line for each step (``imagebuildah/executor.go``), "STEP 2/4: RUN make", with "[1/3] " before it where
there are several stages, and at its end one that says what failed (``stage_executor.go``). Between them stands whatever
the step says, also such lines: of all that look like a step's only those count that can follow the one before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.failures.dockerfile import Instruction

_STEP = re.compile(
    r"(?:\[([0-9]{1,4})/([0-9]{1,4})\] )?STEP ([0-9]{1,5})(?:/([0-9]{1,5}))?: (\S.*)"
)
_AT_STEP = 'Error: building at STEP "'
_EXIT_STATUS = re.compile(r'": (?:while running runtime: )?exit status ([0-9]{1,3})$')
_ENDED = "subprocess exited "
# How Buildah begins a line that is neither a step's nor its last.
WARNING = 'time="'
_COMMIT = re.compile(r"(?:\[[0-9]{1,4}/[0-9]{1,4}\] )?COMMIT\b.*")
# What the build's script says after Buildah has ended (``packs/build/templates/_build.tpl``).
_AFTER = "nomad-build: "
# Buildah's last words are a line, unless a step's text in them has several.
_LAST_WORDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step as Buildah counts: ``number`` within its stage of ``of``, ``stage`` of ``stages``; all count from 1."""

    number: int
    of: int
    stage: int
    stages: int
    instruction: str

    @property
    def keyword(self) -> str:
        """The instruction's first word."""
        return _first_word(self.instruction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """What a log says of a failure: the step, if one is known, and what Buildah said in the end.

    Of a step whose own line is not in the log ``instruction`` may still be known, from Buildah's last words. ``output``
    is what the step printed, ``words`` why Buildah gave up (empty if it did not come to that), and ``exit_code`` how
    the step's program ended.
    """

    step: Step | None
    instruction: str
    output: tuple[str, ...]
    words: str
    exit_code: int | None

    @property
    def lost(self) -> bool:
        """Whether the end of the output is missing: only one of Buildah's two processes has said how the step ended.

        What the inner one and the step say goes through the outer one, which ends without waiting for it
        (``chroot/run_common.go``, ``runUsingChroot``).
        """
        said = [line for line in self.output[-10:] if not line.startswith(WARNING)]
        if (
            self.exit_code is None
            or not said
            or said[-1] != f"{_ENDED}with status {self.exit_code}"
        ):
            return False
        return len(said) < 2 or not said[-2].startswith((_ENDED, "process exited with error: "))


def current_step(log: str) -> Step | None:
    """Return the step that runs at the end of a log, None if it shows none or all have ended."""
    steps = [step for _, step in _walk(log.split("\n"))]
    return steps[-1] if steps else None


def seen_steps(lines: list[str]) -> list[Step]:
    """Return all steps that a log shows."""
    return [step for _, step in _walk(lines) if step is not None]


def own_output(log: str) -> list[str]:
    """Return the lines of a log from the failed step's own line on, without what the build's script says after them."""
    lines = log.split("\n")
    end = _strip_script(lines)
    begin, _ = _find_step(lines[:end], _find_last_words(lines, end)[1])
    return lines[max(begin, 0) : end]


def find_failed(lines: list[str]) -> Failed:
    """Return what the log of a build that has failed says of that."""
    end = _strip_script(lines)
    end, words = _find_last_words(lines, end)
    begin, step = _find_step(lines[:end], words)
    if words.startswith(_AT_STEP):
        instruction, words = _split_words(words.removeprefix(_AT_STEP), step)
    else:
        instruction = step.instruction if step is not None else ""
        words = words.removeprefix("Error: ")
    status = _EXIT_STATUS.search(f'": {words}')
    return Failed(
        step=step,
        instruction=instruction,
        output=tuple(lines[begin + 1 : end]) if begin >= 0 or instruction else (),
        words=words,
        exit_code=int(status[1]) if status else None,
    )


def _walk(lines: list[str]) -> Iterator[tuple[int, Step | None]]:
    """Go from step to step, None where the last one has ended."""
    before: Step | None = None
    for position, line in enumerate(lines):
        if before is not None and _COMMIT.fullmatch(line) and before.number >= before.of:
            yield position, None
        elif (step := _read_step(line)) is not None and _may_follow(before, step):
            before = step
            yield position, step


def _read_step(line: str) -> Step | None:
    if "STEP " not in line[:20]:
        return None
    found = _STEP.fullmatch(line)
    if found is None:
        return None
    stage, stages, number, of, instruction = found.groups()
    return Step(
        number=int(number),
        of=int(of or number),
        stage=int(stage or 1),
        stages=int(stages or 1),
        instruction=instruction.strip(),
    )


def _may_follow(before: Step | None, step: Step) -> bool:
    if before is None:
        return 1 <= step.number <= step.of and 1 <= step.stage <= step.stages
    if step.stages != before.stages:
        return False
    if step.stage == before.stage:
        # What a base image brings (ONBUILD) is counted once its stage has begun, before a program of it could speak.
        grown = before.number == 1 and step.number == 2 and step.of >= before.of
        # The same number comes twice where a step prints what looks like the next one.
        return grown or (step.number - before.number in (0, 1) and step.of == before.of)
    # Stages that nothing needs are left out.
    return step.stage > before.stage and step.number == 1 and step.keyword == "FROM"


def _strip_script(lines: list[str]) -> int:
    """Return where what the build's script has added begins."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith(_AFTER)):
        end -= 1
    return end


def _find_last_words(lines: list[str], end: int) -> tuple[int, str]:
    """Return where Buildah's last words begin, and them as one line; empty, and the end, if it has said none."""
    if end and lines[end - 1].startswith("Error: "):
        return end - 1, lines[end - 1]
    for position in range(end - 1, max(end - _LAST_WORDS, -1), -1):
        if lines[position].startswith(_AT_STEP):
            return position, " ".join(lines[position:end])
    return end, ""


def _find_step(lines: list[str], words: str) -> tuple[int, Step | None]:
    """Return the position and step that Buildah's last words are about, without them the last one; else -1 and None."""
    steps = list(_walk(lines))
    if not words.startswith(_AT_STEP):
        return steps[-1] if steps and steps[-1][1] is not None else (-1, None)
    said = words.removeprefix(_AT_STEP)
    for position, step in reversed(steps):
        if step is not None and said.startswith(f'{_shown(step)}": '):
            return position, step
    # Variables in it can have got their values; a list of words has become a text. Only the last stage can have failed.
    stage = max((step.stage for _, step in steps if step is not None), default=0)
    for position, step in reversed(steps):
        if step is not None and step.stage == stage and _first_word(said) == step.keyword:
            return position, step
    return -1, None


def _split_words(said: str, step: Step | None) -> tuple[str, str]:
    """Split what stands behind "building at STEP" into the step's text and why it failed."""
    if step is not None and said.startswith(start := f'{_shown(step)}": '):
        return step.instruction, said[len(start) :]
    status = _EXIT_STATUS.search(said)
    text, words = (said[: status.start()], said[status.start() + 3 :]) if status else ("", "")
    if not status:
        text, _, words = said.partition('": ')
    return (step.instruction if step is not None else text.strip()), words


def _shown(step: Step) -> str:
    """Return a step's text without what Buildah shows of its here-documents."""
    return step.instruction.split(" (", 1)[0] if "<<" in step.instruction else step.instruction


def _first_word(text: str) -> str:
    return (text.split(None, 1) or [""])[0].upper()


def find_line(step: Step, instructions: tuple[Instruction, ...], seen: list[Step]) -> int | None:
    """Return the line on which a step's instruction begins; None if that is not certain.

    Buildah puts the ONBUILD instructions of a base image in before those of a stage: a number alone says nothing.
    ``seen`` are the steps of the log; where one instruction stands twice in a stage they have to tell which one it is.
    """
    stage = [each for each in instructions if each.stage == step.stage]
    stages = max((each.stage for each in instructions), default=0)
    # With a target the stages after it are not built.
    if not stage or not 1 <= step.stages <= stages:
        return None
    if step.keyword == "FROM":
        return stage[0].first if step.number == 1 else None
    # One instruction, the labels that were asked for, can be put in behind a stage's own; what else there is more than
    # those was put in before them.
    more = step.of - len(stage)
    fitting = [
        found
        for shift in (more, more - 1)
        if shift >= 0 and (found := _find_shifted(step, stage, shift, seen)) is not None
    ]
    return fitting[0].first if len(fitting) == 1 else None


def _find_shifted(
    step: Step, stage: list[Instruction], shift: int, seen: list[Step]
) -> Instruction | None:
    """Return what a step is if so many instructions were put in before a stage's own; None if that cannot be."""
    by_number = {each.number + shift: each for each in stage if each.number > 1}
    found = by_number.get(step.number)
    if found is None or not _is_shown_as(found, step.instruction):
        return None
    for each in seen:
        known = by_number.get(each.number) if each.stage == step.stage else None
        if known is not None and not _is_shown_as(known, each.instruction):
            return None
    return found


def _is_shown_as(instruction: Instruction, shown: str) -> bool:
    """Tell whether Buildah shows an instruction like this; what its here-documents begin with stands behind it."""
    text, line = "".join(instruction.text.split()), "".join(shown.split())
    return line == text or ("<<" in text and line.startswith(f"{text}("))


def find_text(text: str, instructions: tuple[Instruction, ...]) -> Instruction | None:
    """Return the only instruction of a Dockerfile with a text; None if there is none, or more than one."""
    found = [each for each in instructions if each.stage and _is_shown_as(each, text)]
    return found[0] if len(found) == 1 else None
