"""docs/pipeline.md and server/pipeline.py say the same: each row is taken, before and after its deadline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from server import admission, cluster, config, pipeline, record
from server.record import Record
from tests import samples

PAGE = (Path(__file__).parents[2] / "docs" / "pipeline.md").read_text()
CONFIG = config.read_config({})
NOW = samples.NOW
QUEUED = admission.Verdict(position=1, obstacle="limit")
BLOCKED = admission.Verdict(position=1, obstacle="same_image", blockers=("older",))
RUNS = cluster.Job(id="x", status="running", stopped=False)
STOPPED = cluster.Job(id="x", status="dead", stopped=True)
FULL = cluster.Evaluations(
    shortage=cluster.Shortage(
        nodes_evaluated=2, nodes_in_pool=2, filtered={}, exhausted={"memory": 2}
    )
)
RULED_OUT = cluster.Evaluations(
    shortage=cluster.Shortage(
        nodes_evaluated=2, nodes_in_pool=2, filtered={"missing devices": 2}, exhausted={}
    )
)


@dataclass(frozen=True, slots=True)
class Situation:
    """A row's example; ``seconds`` is when its deadline comes, counted from now."""

    build: Record
    seen: pipeline.Observation = pipeline.NOTHING
    seconds: float | None = None


def seen(status: str = "", job: cluster.Job | None = RUNS, **more: Any) -> pipeline.Observation:
    tasks: dict[str, Any] = more.pop("tasks", {"main": samples.running()})
    allocation = None
    if status:
        allocation = samples.make_allocation(status, modified=NOW, **more, **tasks)
    return pipeline.Observation(job=job, allocation=allocation)


def kill(by: str = "") -> record.Kill:
    return record.Kill(at=NOW, superseded_by=by)


def watched(phase: record.Phase, seconds: int) -> Situation:
    later = seconds + CONFIG.queue_timeout + 60
    return Situation(samples.make_running(phase, started=NOW), seen("running"), later)


MISSING = samples.event("Template", "Missing: nomad.var.get(a)", after=0)
RUNNING = samples.make_running("test", started=NOW)
UNPLANNED = samples.make_request(registryURL="")
PLANNING = samples.make_record(request=UNPLANNED).with_phase("plan", registered_at=NOW)
PLANNED = PLANNING.model_copy(update={"request": samples.make_request(), "asked": UNPLANNED})
PUBLISHED = seen("complete", tasks={"publish": samples.succeeded()})
KILLED = {"main": samples.task(samples.KILLING, samples.terminated(137), failed=True)}
SITUATIONS: dict[str, Situation] = {
    "the build has ended": Situation(samples.make_record(status="SUCCEEDED")),
    "killJob was called": Situation(samples.make_running("test", kill=kill()), seen("running")),
    "a newer build takes its place": Situation(
        samples.make_running("test", kill=kill("newer")), seen("running")
    ),
    "killJob was called, but all tags are in place": Situation(
        samples.make_running("publish", kill=kill()), PUBLISHED
    ),
    "it is not its turn": Situation(
        samples.make_record(), pipeline.Observation(verdict=QUEUED), CONFIG.turn_timeout
    ),
    "it is not its turn, and it supersedes who is in the way": Situation(
        samples.make_record(request=samples.make_request(onConflict="supersede")),
        pipeline.Observation(verdict=BLOCKED),
        CONFIG.turn_timeout,
    ),
    "it is not its turn, and its build file is still to be read": Situation(
        samples.make_record(request=UNPLANNED),
        pipeline.Observation(verdict=QUEUED),
        CONFIG.turn_timeout,
    ),
    "its build file was read, and it is not its turn to build": Situation(
        PLANNED, pipeline.Observation(verdict=BLOCKED), CONFIG.turn_timeout
    ),
    "it is its turn": Situation(samples.make_record()),
    "it is its turn, and its build file is still to be read": Situation(
        samples.make_record(request=UNPLANNED)
    ),
    "its build file was read, and it is its turn to build": Situation(PLANNED),
    "the phase before has ended": Situation(
        samples.make_record(status="TESTING").with_phase("build", registered_at=NOW)
    ),
    "the phase before has ended, and there is nothing to test": Situation(
        samples.make_record(
            status="PUBLISHING", request=samples.make_request(testCommands=[])
        ).with_phase("build", registered_at=NOW)
    ),
    "publishing failed and is tried again later": Situation(
        samples.make_record(status="PUBLISHING")
        .with_phase("build", registered_at=NOW)
        .with_phase("publish", attempt=2, retry_at=NOW + timedelta(seconds=5)),
        seconds=5,
    ),
    "no allocation: nodes are full": Situation(
        RUNNING, pipeline.Observation(job=RUNS, evaluations=FULL), CONFIG.queue_timeout
    ),
    "no allocation: nodes are ruled out": Situation(
        RUNNING, pipeline.Observation(job=RUNS, evaluations=RULED_OUT), CONFIG.queue_timeout
    ),
    "the job was stopped": Situation(RUNNING, pipeline.Observation(job=STOPPED)),
    "the job was purged": Situation(
        RUNNING, pipeline.Observation(evaluations=cluster.Evaluations(removed=True))
    ),
    "the job was collected as garbage": Situation(RUNNING),
    "allocation pending or running, plan phase": Situation(
        PLANNING, seen("running"), CONFIG.source_timeout + CONFIG.queue_timeout + 60
    ),
    "allocation pending or running, build phase": watched(
        "build", CONFIG.source_timeout + CONFIG.build_timeout
    ),
    "allocation pending or running, test phase": watched("test", CONFIG.test_timeout),
    "allocation pending or running, publish phase": watched("publish", CONFIG.publish_timeout),
    "the whole build takes too long": Situation(
        samples.make_running("test", started=NOW + timedelta(seconds=300 - CONFIG.total_timeout)),
        seen("running"),
        300,
    ),
    "a task waits for a secret": Situation(
        RUNNING, seen("pending", tasks={"test": samples.pending(MISSING)}), CONFIG.secret_timeout
    ),
    "allocation complete, all tasks ended with 0": Situation(RUNNING, PUBLISHED),
    "allocation complete, the build file was found": Situation(
        PLANNING, seen("complete", tasks={"source": samples.succeeded()})
    ),
    "allocation failed": Situation(RUNNING, seen("failed", tasks={"test": samples.failed(1)})),
    "allocation failed, as there is no build file": Situation(
        PLANNING, seen("failed", tasks={"source": samples.failed(1)})
    ),
    "allocation stopped alone, as when its node is drained": Situation(
        RUNNING, seen("failed", desired="stop", tasks=KILLED), CONFIG.queue_timeout
    ),
    "allocation lost": Situation(RUNNING, seen("lost")),
    "allocation unknown: its node does not answer": Situation(
        RUNNING, seen("unknown"), CONFIG.node_timeout
    ),
}


def read_rows() -> dict[str, tuple[tuple[str, ...], str, str]]:
    """Return what the page says of each situation: the step and perhaps its phase, until when, and then."""
    table = PAGE.partition("| seen | step |")[2].partition("\n\n")[0]
    rows = {}
    for line in table.splitlines()[2:]:
        label, step, until, then = (cell.strip() for cell in line.strip("|").split("|"))
        rows[label] = (tuple(re.findall(r"`(\w+)`", step)), until, then.strip("`"))
    return rows


ROWS = read_rows()
STEPS: dict[str, Callable[..., object]] = {kind.__name__: kind for kind in get_args(pipeline.Step)}


def decide(example: Situation, now: datetime) -> pipeline.Step:
    return pipeline.next_step(example.build, example.seen, CONFIG, now)


def test_every_row_has_an_example_and_every_step_a_row() -> None:
    assert set(ROWS) == set(SITUATIONS)
    named = {step for (step, *_), _, _ in ROWS.values()}
    assert named == set(STEPS)


@pytest.mark.parametrize("label", SITUATIONS)
def test_what_the_page_says_follows(label: str) -> None:
    example = SITUATIONS[label]
    (step, *phase), until, then = ROWS[label]
    taken = decide(example, NOW)
    assert type(taken).__name__ == step
    if phase:
        assert [getattr(taken, "phase", None)] == phase
    if example.seconds is None:
        assert not until
        assert not then or reason_of(taken) == then
        return
    deadline = NOW + timedelta(seconds=example.seconds)
    assert isinstance(taken, pipeline.Wait | pipeline.Supersede)
    assert taken.until == deadline
    assert type(decide(example, deadline - timedelta(seconds=1))).__name__ == step
    late = decide(example, deadline)
    assert then in (type(late).__name__, reason_of(late))


def reason_of(step: pipeline.Step) -> str:
    return step.failure.reason if isinstance(step, pipeline.Abandon) else ""


def test_every_setting_of_the_page_is_one() -> None:
    known = {str(field.alias) for field in config.Config.model_fields.values()}
    named = set(re.findall(r"`(NOMAD_BUILD_[A-Z_]+)`", PAGE))
    assert named <= known
    assert len(named) > 8


def test_what_is_final_is_listed() -> None:
    (listed,) = re.findall(r"These reasons are final at once:(.*?)\n\n", PAGE, re.DOTALL)
    assert set(re.findall(r"`(\w+)`", listed)) == pipeline.FINAL


def test_the_states_that_are_drawn_are_those_of_a_record() -> None:
    drawn = set(re.findall(r"\b[A-Z]{6,}\b", PAGE.partition("```mermaid")[2].partition("```")[0]))
    assert drawn == set(get_args(record.Status))
