"""Real builds: Git, Buildah and a registry, two replicas that are killed, and servers that stand still.

There is no script here, so the ledger is drawn up afterwards from what Nomad and the registry have.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from server.embedded.config import NOMAD_VERSION
from server.lab import Lab, default_folder, process
from tests.faults import book, chaos, crowd, fleet, judgement, ledger, meddle, storm, unsteady
from tests.faults.table import Report

_FILES = {
    "hello.sh": "#!/bin/sh\necho Hello, world {number}\n",
    "Dockerfile": 'FROM {base}\nCOPY --chmod=0755 hello.sh /usr/local/bin/hello\nCMD ["hello"]\n',
}
# Several builds want the same name, so that they might overtake one another.
_IMAGES = 5
_REPLICAS = 2
_IMAGE_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def run(plan: storm.Plan, engine: str, folder: Path, say: Callable[[str], None]) -> Report:
    """Run real builds on one kind of Nomad; logs of the replicas lie in the folder."""
    begin = time.monotonic()
    default_folder().mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        scratch = tempfile.TemporaryDirectory(dir=default_folder(), prefix="faults-")
        place = Path(stack.enter_context(scratch))
        lab = stack.enter_context(Lab(engine=engine, folder=place))
        registry = stack.enter_context(
            contextlib.closing(unsteady.UnsteadyRegistry(lab, place / "registry"))
        )
        ours = book.Book(_make_builds(lab, plan.builds))
        stage = stack.enter_context(
            storm.replicas(
                lab.nomad_address,
                _REPLICAS,
                plan.seed,
                plan.rates,
                folder,
                {**lab.environment(), **storm.ENVIRONMENT},
            )
        )
        part = process.find(
            "nomad" if engine == "nomad" else "engine", place / engine_folder(engine)
        )
        assert part
        servers: dict[str, chaos.Stop] = {
            chaos.ENGINE_STOPPED: lambda: fleet.stopped(part.pid),
            unsteady.STOPPED: registry.stopped,
            unsteady.KILLED: registry.killed,
        }
        breaker = chaos.Chaos(stage.fleet, servers, plan.pace, plan.seed)
        stage.boundaries.append(breaker.boundary)
        users = crowd.Crowd(ours, stage.fleet, meddle.nothing, plan.seconds, plan.seed)
        storm.follow(plan, ours, stage, users, breaker, say)
        entries = _draw_up(lab, ours.builds)
        book.save(folder, ours.builds, entries)
        _look_into_registry(lab, ours.builds)
        verdict = judgement.judge(ours.builds, entries, outages=registry.outages)
    return Report(
        mark=f"faults:real:{engine}",
        title=f"{plan.builds} real hello-world builds on {_REPLICAS} replicas",
        seed=plan.seed,
        seconds=time.monotonic() - begin,
        nomad=_version(engine),
        verdict=verdict,
        injected=storm.count_all(stage, users, breaker),
    )


def engine_folder(engine: str) -> str:
    """Return where a lab keeps the process that runs jobs."""
    return "nomad" if engine == "nomad" else "engine"


def _version(engine: str) -> str:
    if engine != "nomad":
        return f"embedded engine (as Nomad {NOMAD_VERSION})"
    program = shutil.which("nomad") or "nomad"
    told = subprocess.run([program, "version"], check=True, capture_output=True, text=True)
    return f"{told.stdout.splitlines()[0]} (dev agent)"


def _make_builds(lab: Lab, count: int) -> list[book.Build]:
    builds = []
    for number in range(count):
        files = {
            name: text.format(base=lab.base_image, number=number) for name, text in _FILES.items()
        }
        repository = lab.git.create(f"hello-{number}", files)
        request = {
            "owner": "faults",
            "repoURL": repository.url,
            "gitRef": "main",
            "registryURL": f"{lab.registry.address}/faults",
            "imageName": f"hello-{number % _IMAGES}",
            "imageTags": ["latest", f"b{number}"],
            "testCommands": [f"hello | grep -x 'Hello, world {number}'"],
        }
        builds.append(book.Build(number=number, scenario="succeeds", request=book.ask(request)))
    return builds


@dataclass(frozen=True, slots=True)
class _Run:
    """An allocation of a phase's job, and the image that stands in its definition."""

    at: int
    entries: list[ledger.Entry]


def _draw_up(lab: Lab, builds: list[book.Build]) -> list[ledger.Entry]:
    """List what ran and what was published, in the order of time."""
    runs: list[_Run] = []
    with requests.Session() as session:
        session.trust_env = False

        def get(path: str) -> Any:
            return session.get(f"{lab.nomad_address}/v1/{path}", timeout=10).json()

        for build in builds:
            for phase in ledger.PHASES:
                prefix = f"{phase}-{build.id}"
                for job in get(f"jobs?prefix={prefix}"):
                    for found in get(f"job/{job['ID']}/allocations?all=true"):
                        runs.append(_describe(build, phase, get(f"allocation/{found['ID']}")))
    return [entry for run in sorted(runs, key=lambda run: run.at) for entry in run.entries]


def _describe(build: book.Build, phase: str, allocation: dict[str, Any]) -> _Run:
    task = next(
        each
        for each in allocation["Job"]["TaskGroups"][0]["Tasks"]
        if each["Name"] == ledger.MAIN_TASKS[phase]
    )
    digest = build.end.get("digest") or ""
    if phase == "test":
        digest = (_IMAGE_DIGEST.search(task["Config"]["image"]) or [""])[0]

    def entry(kind: ledger.Kind, name: str = "") -> ledger.Entry:
        return ledger.Entry(
            kind=kind,
            job=allocation["JobID"],
            task=task["Name"],
            allocation=allocation["ID"],
            digest=digest,
            name=name,
        )

    entries = [entry("launched")]
    if allocation["ClientStatus"] == "complete":
        if phase == "publish":
            entries += [entry("published", name) for name in book.names(build)]
        entries.append(entry("ended"))
    return _Run(allocation["ModifyTime"], entries)


def _look_into_registry(lab: Lab, builds: list[book.Build]) -> None:
    """Note which tags do not lead to the image that was tested: one's own tag, and the newest of a shared one."""
    for build in builds:
        if build.end.get("status") != "SUCCEEDED":
            continue
        shared, own = build.request["imageTags"]
        name = f"faults/{build.request['imageName']}"
        # Whoever has the shared name in the end is not older than this build.
        holders = [
            each.end.get("digest")
            for each in builds
            if each.request["imageName"] == build.request["imageName"]
            and not each.accepted < build.began
        ]
        for tag, wanted in ((own, [build.end["digest"]]), (shared, holders)):
            found = lab.registry.digest(name, tag)
            if found not in wanted:
                build.problems.append(f"{name}:{tag} is {found}")
