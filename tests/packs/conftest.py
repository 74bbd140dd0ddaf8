"""The cases of the packs: every pack x variant x feature that a pack takes, and the job that each of them gives.

A feature is a var-file ``packs/<pack>/cases/<feature>.hcl``, complete in itself, as an operator would
write it. A test that asks for any of the fixtures below runs once for each case; nothing else has to
be said anywhere when a file, a variant or a pack is added. What each case renders is compared with
its snapshot by ``pytest packs``.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import click.testing
import pytest

from generator import registry, varfile
from generator.commands import program as cli
from generator.snapshots import cases

Job: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """One way to render one of the packs."""

    pack: str
    case: cases.Case

    @property
    def name(self) -> str:
        return f"{self.pack}.{self.case.name}"

    @property
    def feature(self) -> Path:
        (file,) = self.case.files
        return file


def all_cases() -> Iterator[Case]:
    for pack in registry.names():
        for case in cases.find(registry.PACKS / pack):
            if not case.fails:
                yield Case(pack, case)


def kind_of(task: str) -> str:
    """What a task is, whatever its number or service: that of ``test-2`` is ``test``, of ``ready-db`` ``ready-``."""
    kind, dash, _ = task.partition("-")
    return f"{kind}-" if dash and kind in ("service", "ready") else kind


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = list(all_cases())
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


def packgen_arguments(case: Case) -> tuple[str, ...]:
    """What follows the word ``packgen`` on a command line."""
    variant = ("--variant", case.case.variant) if case.case.variant else ()
    folder = registry.PACKS / case.pack
    return ("render", str(folder), *variant, "-f", str(case.feature), "--format", "json")


@functools.cache
def printed_for(case: Case) -> bytes:
    result = click.testing.CliRunner().invoke(cli.main, packgen_arguments(case))
    assert result.exit_code == 0, result.output
    return result.stdout_bytes


@pytest.fixture
def pack(case: Case) -> str:
    """The pack's name."""
    return case.pack


@pytest.fixture
def feature(case: Case) -> Path:
    """The case's var-file."""
    return case.feature


@pytest.fixture
def variant_file(case: Case) -> Path | None:
    """The variant's var-file, where the pack has variants."""
    return registry.variants(registry.find(case.pack)).get(case.case.variant or "")


@pytest.fixture
def arguments(case: Case) -> tuple[str, ...]:
    """The command line that renders the case, after the word ``packgen``."""
    return packgen_arguments(case)


@pytest.fixture
def printed(case: Case) -> bytes:
    """What ``packgen render --format json`` prints for the case."""
    return printed_for(case)


@pytest.fixture
def job(printed: bytes) -> Job:
    """The case's job, as Nomad's API takes it."""
    decoded: Job = json.loads(printed)
    return decoded


@pytest.fixture
def tasks(job: Job) -> dict[str, Job]:
    """The tasks of the job's only group, by name."""
    (group,) = job["TaskGroups"]
    return {task["Name"]: task for task in group["Tasks"]}


@pytest.fixture
def templates(tasks: dict[str, Job]) -> dict[str, dict[str, Job]]:
    """The templates of each task, by the path that they are written to."""
    return {
        name: {template["DestPath"]: template for template in task.get("Templates", ())}
        for name, task in tasks.items()
    }


@pytest.fixture
def given(feature: Path) -> dict[str, Any]:
    """What the case gives, by the variables' names."""
    return {override.name: override.value for override in varfile.read(str(feature))}


@pytest.fixture
def jobs() -> dict[str, Job]:
    """The jobs of all cases by the cases' names: for what holds across them."""
    return {case.name: json.loads(printed_for(case)) for case in all_cases()}
