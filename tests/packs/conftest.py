"""The cases of the packs: every pack x variant x feature, and the job that each of them gives.

A feature is a var-file ``cases/<pack>/<feature>.hcl``, complete in itself, as an operator would write
it. A test that asks for any of the fixtures below runs once for each case; nothing else has to be
said anywhere when a file, a variant or a pack is added.
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

from generator import __main__ as cli
from generator import registry, varfile

Job: TypeAlias = dict[str, Any]

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to render a pack; the variant is empty where the pack has none."""

    pack: str
    variant: str
    feature: Path

    @property
    def name(self) -> str:
        return ".".join(part for part in (self.pack, self.variant, self.feature.stem) if part)


def all_cases() -> Iterator[Case]:
    for pack in registry.names():
        for feature in sorted((CASES / pack).glob("*.hcl")):
            for variant in registry.variants(registry.find(pack)) or [""]:
                yield Case(pack=pack, variant=variant, feature=feature)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = list(all_cases())
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


def packgen_arguments(case: Case) -> tuple[str, ...]:
    """What follows the word ``packgen`` on a command line."""
    variant = ("--variant", case.variant) if case.variant else ()
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
    return registry.variants(registry.find(case.pack)).get(case.variant)


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
        name: {template["DestPath"]: template for template in task["Templates"]}
        for name, task in tasks.items()
    }


@pytest.fixture
def given(feature: Path) -> dict[str, Any]:
    """What the case gives, by the variables' names."""
    return {override.name: override.value for override in varfile.read(str(feature))}


@pytest.fixture
def case_names() -> list[str]:
    """The names of all cases, as ``build.cpu.minimal``."""
    return [case.name for case in all_cases()]


@pytest.fixture
def jobs() -> dict[str, Job]:
    """The jobs of all cases by the cases' names: for what holds across them."""
    return {case.name: json.loads(printed_for(case)) for case in all_cases()}
