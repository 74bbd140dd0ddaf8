"""The engine's process: an embedded engine whose tasks play scenarios, and a ledger of what they did.

It is told what to do by lines of JSON on standard input, and answers each with one on standard output; when its
input ends, so does the engine.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from server.embedded import config, drivers, engine, scripted
from tests.faults import ledger, scenarios

_COMMIT = "c0ffee" + "0" * 34
_PLENTY = 10_000_000
# What happened on a node that was not heard of reaches the servers late.
_NEWS_SECONDS = 10.0


class Stage:
    """Says what each task does, and notes it."""

    def __init__(self, seed: str, pace: float) -> None:
        self.entries: list[ledger.Entry] = []
        self._seed = seed
        self._pace = pace
        self._scenarios: dict[str, str] = {}
        self._placements: Counter[tuple[str, str]] = Counter()
        self._released = scripted.Gate()

    def release(self) -> None:
        """Let the time of all tasks begin that are held."""
        self._released.open()

    def running(self) -> set[str]:
        """Return the jobs that have a task which, as far as Nomad's servers know, may run.

        That is one that did not come to its end, or only a moment ago.
        """
        entries = list(self.entries)
        known = time.monotonic() - _NEWS_SECONDS
        ended = {
            (entry.allocation, entry.task)
            for entry in entries
            if entry.kind == "ended" and entry.at < known
        }
        return {entry.job for entry in entries if (entry.allocation, entry.task) not in ended}

    def perform(self, launch: drivers.Launch) -> scripted.Outcome:
        """Return what a task does, decided by its build's scenario."""
        job = launch.allocation.job.id
        name = ledger.parse_job(job)
        if name is None:
            return scripted.Outcome()
        if launch.task.name == "source":
            wanted = _read_input(launch, "git_ref")
            # After a plan phase it is a commit that is built.
            if wanted.startswith(scenarios.PREFIX):
                self._scenarios[name.build] = wanted.removeprefix(scenarios.PREFIX)
        digest = _find_digest(launch)
        self._note(launch, "launched", digest=digest)
        scenario = self._scenarios.get(name.build, "succeeds")
        self._placements[job, launch.task.name] += 1
        act = scenarios.find_act(
            scenario, launch.task.name, name.attempt, self._placements[job, launch.task.name]
        )
        dice = random.Random(f"{self._seed}/{job}/{launch.task.name}")
        files = {"alloc/data/reason": f"{act.claim}\nscripted\n".encode()} if act.claim else {}
        if launch.task.name == "build":
            files |= {"alloc/data/digest": digest.encode(), "alloc/data/commit": _COMMIT.encode()}
        if name.phase == "plan":
            content = scenarios.find_file(scenario).encode()
            files |= {"alloc/data/build_file": content, "alloc/data/commit": _COMMIT.encode()}
        seconds = dice.uniform(*act.seconds) * self._pace
        return scripted.Outcome(
            seconds=0.0 if act.held or act.lines else seconds,
            gate=_Last(
                lambda: self._end(launch, act, digest),
                *((self._released, seconds) if act.held else ()),
            ),
            exit_code=act.exit_code,
            oom_killed=act.out_of_memory,
            start_error=act.start_error,
            stdout=f"{launch.task.name} plays {scenario}{' {number}' if act.lines else ''}\n",
            files=files,
            **_spread(act, seconds),
        )

    def _end(self, launch: drivers.Launch, act: scenarios.Act, digest: str) -> None:
        """Do what a task does last: a publish moves its tags, all of them or as many as it can."""
        if launch.task.name == "publish":
            tags = _read_input(launch, "tags_1").split()
            image = _read_input(launch, "image_1")
            for tag in tags[: act.tags] if act.exit_code else tags:
                self._note(launch, "published", digest=digest, name=f"{image}:{tag}")
        self._note(launch, "ended", exit_code=act.exit_code)

    def _note(self, launch: drivers.Launch, kind: ledger.Kind, **what: object) -> None:
        self.entries.append(
            ledger.Entry(
                kind=kind,
                job=launch.allocation.job.id,
                task=launch.task.name,
                allocation=launch.allocation.id,
                at=time.monotonic(),
                **what,  # type: ignore[arg-type] # the calls above name fields of Entry
            )
        )


class _Last(scripted.Gate):
    """The gate that a task passes as the last thing it does; one that is killed never comes there.

    Before that it may have to wait for another gate, and for some seconds after that.
    """

    def __init__(
        self, act: Callable[[], None], before: scripted.Gate | None = None, seconds: float = 0.0
    ) -> None:
        super().__init__()
        self._act = act
        self._before = before
        self._seconds = seconds

    async def wait(self) -> None:
        """Let the task end, after its last act."""
        if self._before is not None:
            await self._before.wait()
            await asyncio.sleep(self._seconds)
        self._act()


def _spread(act: scenarios.Act, seconds: float) -> dict[str, Any]:
    """Spread the lines that a task writes over its time; it ends with the last."""
    if not act.lines:
        return {}
    return {"repeat": act.lines - 1, "repeat_seconds": seconds / act.lines, "numbered": True}


def _find_digest(launch: drivers.Launch) -> str:
    """Return the digest of the image that a task makes (each time another), runs in, or moves."""
    match launch.task.name:
        case "build":
            return f"sha256:{hashlib.sha256(launch.allocation.id.encode()).hexdigest()}"
        case "test-1":
            return str(launch.config["image"]).rpartition("@")[2]
        case "publish":
            return _read_input(launch, "digest")
        case _:
            return ""


def _read_input(launch: drivers.Launch, name: str) -> str:
    return (launch.directory.local / "input" / name).read_text()


def _answer(command: Mapping[str, str], running: engine.Engine, stage: Stage) -> object:
    match command:
        case {"do": "ledger"}:
            return [dataclasses.asdict(entry) for entry in list(stage.entries)]
        case {"do": "lose_node"}:
            before = stage.running()
            running.lose_node()
            return sorted(before | stage.running())
        case {"do": "return_node"}:
            running.return_node()
            return sorted(stage.running())
        case {"do": "drain_node"}:
            before = stage.running()
            running.drain_node()
            return sorted(before | stage.running())
        case {"do": "undrain_node"}:
            running.undrain_node()
            return sorted(stage.running())
        case {"do": "release"}:
            stage.release()
        case {"do": "vanish", "job": job}:
            running.vanish(job)
        case _:
            msg = f"unknown command {command}"
            raise ValueError(msg)
    return None


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--seed", required=True)
@click.option("--pace", type=float, default=1.0, help="What all tasks' times are multiplied by.")
def main(folder: Path, seed: str, pace: float) -> None:
    """Run an engine with scripted tasks until standard input ends."""
    stage = Stage(seed, pace)
    script = scripted.Script({("*", "*"): stage.perform})
    settings = config.Config(
        data_dir=folder,
        cpu_mhz=_PLENTY,
        memory_mb=_PLENTY,
        disk_mb=_PLENTY,
        # What tasks leave behind is collected early only where a scenario says so.
        kept_allocations=_PLENTY,
    )
    with engine.Engine(settings, script) as running:
        print(json.dumps({"address": running.address}), flush=True)
        for line in sys.stdin:
            print(json.dumps(_answer(json.loads(line), running, stage)), flush=True)


if __name__ == "__main__":
    main()
