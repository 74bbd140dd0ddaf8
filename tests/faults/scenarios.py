"""How a build of the suite goes: a scenario's name stands in the request's gitRef -> what each task does, how it ends.

So the engine's process and whoever submits know the same without talking: the one acts, the other expects.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tests.faults import ledger

PREFIX = "scenario/"
# Where what is built is published; a build file names it when the request does not.
REGISTRY = "registry.example:5000/faults"
_FILE = f"registryURL: {REGISTRY}\ntestCommands: ['true']\n"
Meddling: TypeAlias = Literal["", "kill", "stop", "purge", "vanish", "move"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What a task does; it ends well unless it says otherwise.

    ``seconds`` are the least and the most that it takes. ``attempts`` is how often the phase goes like this before
    it goes well, ``placements`` how many of a job's allocations do before one goes well, None for ever. ``tags`` is
    how many tags a publish moves before it fails. One that is ``held`` begins its time when all such are released.
    ``lines`` are those that it writes, spread over its time.
    """

    seconds: tuple[float, float] = (0.1, 1.5)
    exit_code: int = 0
    claim: str = ""
    out_of_memory: bool = False
    start_error: str = ""
    attempts: int | None = None
    placements: int | None = None
    tags: int = 0
    held: bool = False
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A way that builds go; ``acts`` by the task's name, ``weight`` of all builds.

    ``file`` is the build file of its repository, which then has to be read before anything is built.
    ``meddling`` is what is done to the build while its test runs: ``killJob``, or what happens to its job in Nomad: an
    operator stops or purges it, or moves its allocation; or it vanishes with all that is known of it.
    """

    weight: int
    status: Literal["SUCCEEDED", "FAILED"] = "FAILED"
    phase: str = ""
    reasons: frozenset[str] = frozenset()
    acts: Mapping[str, Act] = field(default_factory=dict)
    tested: bool = True
    file: str = ""
    meddling: Meddling = ""


def _fails(
    weight: int, phase: str, reason: str, task: str = "", file: str = "", **act: object
) -> Scenario:
    """Return a scenario of one task that fails for a reason, which its script claims unless Nomad shows it."""
    claims = not ({"start_error", "out_of_memory"} & act.keys())
    given: dict[str, object] = {"exit_code": 1, "claim": reason if claims else ""} | act
    return Scenario(
        weight=weight,
        phase=phase,
        reasons=frozenset({reason}),
        acts={task or ledger.MAIN_TASKS[phase]: Act(**given)},  # type: ignore[arg-type] # each call below names fields of Act
        file=file,
    )


def _meddled(meddling: Meddling, reason: str) -> Scenario:
    return Scenario(
        weight=2,
        phase="test",
        reasons=frozenset({reason}),
        acts={"test-1": Act(seconds=(600, 600))},
        meddling=meddling,
    )


SCENARIOS: dict[str, Scenario] = {
    "succeeds": Scenario(weight=40, status="SUCCEEDED"),
    "untested": Scenario(weight=6, status="SUCCEEDED", tested=False),
    "slow": Scenario(
        weight=4,
        status="SUCCEEDED",
        acts={"build": Act(seconds=(4, 8)), "test-1": Act(seconds=(2, 4))},
    ),
    "source-fails": _fails(4, "build", "git_ref_not_found", "source"),
    "step-fails": _fails(4, "build", "step_failed"),
    "out-of-memory": _fails(4, "build", "out_of_memory", exit_code=137, out_of_memory=True),
    "disk-full": _fails(3, "build", "disk_full"),
    "test-fails": _fails(6, "test", "test_failed", exit_code=3),
    "test-times-out": _fails(3, "test", "timeout", exit_code=124),
    "no-image": _fails(
        3, "test", "image_pull", start_error="Failed to pull `registry.example/x`: API error (500)"
    ),
    "publish-fails-once": Scenario(
        weight=4,
        status="SUCCEEDED",
        acts={"publish": Act(exit_code=1, claim="registry_unreachable", attempts=1)},
    ),
    "publish-half-done": Scenario(
        weight=4,
        status="SUCCEEDED",
        acts={"publish": Act(exit_code=1, claim="registry_unreachable", attempts=1, tags=1)},
    ),
    "push-denied": _fails(3, "publish", "push_denied"),
    "registry-dead": _fails(1, "publish", "registry_unreachable"),
    "file": Scenario(weight=4, status="SUCCEEDED", file=_FILE),
    "file-read-slowly": Scenario(
        weight=2, status="SUCCEEDED", file=_FILE, acts={"source": Act(seconds=(2, 5))}
    ),
    "file-publish-half-done": Scenario(
        weight=1,
        status="SUCCEEDED",
        file=_FILE,
        acts={"publish": Act(exit_code=1, claim="registry_unreachable", attempts=1, tags=1)},
    ),
    "file-test-fails": _fails(1, "test", "test_failed", file=_FILE, exit_code=3),
    "file-not-fetched": _fails(1, "plan", "git_ref_not_found", file=_FILE),
    "file-invalid": Scenario(
        weight=2,
        phase="plan",
        reasons=frozenset({"build_file_invalid"}),
        file=f"{_FILE}testComands: [misspelt]\n",
    ),
    "file-without-a-registry": Scenario(
        weight=1,
        phase="plan",
        reasons=frozenset({"build_file_invalid"}),
        file="testCommands: ['true']\n",
    ),
    "killed": _meddled("kill", "killed"),
    "stopped": _meddled("stop", "killed"),
    "purged": _meddled("purge", "killed"),
    "vanished": _meddled("vanish", "result_lost"),
    "moved": Scenario(
        weight=2,
        status="SUCCEEDED",
        acts={"test-1": Act(seconds=(600, 600), placements=1)},
        meddling="move",
    ),
}


def choose(dice: random.Random) -> str:
    """Choose a scenario by the weights."""
    names = list(SCENARIOS)
    return dice.choices(names, [SCENARIOS[name].weight for name in names])[0]


_LASTING = re.compile(
    "(?P<held>held|lasts)-(?P<build>[0-9.]+)-(?P<test>[0-9.]+)-(?P<publish>[0-9.]+)"
)


def lasting(build: float, test: float, publish: float, *, held: bool = False) -> str:
    """Return the name of a scenario that ends well, with the seconds that each phase takes.

    The time of a build that is ``held`` begins when all such are released.
    """
    return f"{'held' if held else 'lasts'}-{build:.2f}-{test:.2f}-{publish:.2f}"


_TALKING = re.compile("talks-(?P<lines>[0-9]+)-(?P<build>[0-9.]+)-(?P<test>[0-9.]+)")


def talking(lines: int, build: float, test: float) -> str:
    """Return the name of a scenario that ends well, whose build and test each write so many lines meanwhile."""
    return f"talks-{lines}-{build:.2f}-{test:.2f}"


def find_file(scenario: str) -> str:
    """Return what stands in the build file that a plan phase finds."""
    return SCENARIOS[scenario].file


def find_act(scenario: str, task: str, attempt: int, placement: int) -> Act:
    """Return what a task does: ``attempt`` counts the jobs of its phase, ``placement`` those of its job, from 1."""
    if lasts := _LASTING.fullmatch(scenario):
        phase = next((each for each, main in ledger.MAIN_TASKS.items() if main == task), "")
        seconds = float(lasts.groupdict().get(phase, 0))
        held = task == "build" and lasts["held"] == "held"
        return Act(seconds=(seconds, seconds), held=held)
    if talks := _TALKING.fullmatch(scenario):
        phase = {"build": "build", "test-1": "test"}.get(task, "")
        seconds = float(talks.groupdict().get(phase, 0))
        return Act(seconds=(seconds, seconds), lines=int(talks["lines"]) if phase else 0)
    act = SCENARIOS[scenario].acts.get(task, Act())
    if act.attempts is not None and attempt > act.attempts:
        return Act(seconds=act.seconds)
    if act.placements is not None and placement > act.placements:
        return Act()
    return act
