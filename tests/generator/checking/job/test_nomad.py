"""A real server and we agree on which jobs can be registered: recorded ones, and mutants of them."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import generator
from generator import errors, pipeline, registry
from generator.checking import job
from generator.checking.job import checks, rules
from generator.snapshots import cases
from tests.generator.checking.job import mutants
from tests.generator.checking.job.agents import Agent

pytestmark = pytest.mark.nomad

ROOT = Path(__file__).parents[4]
RECORDED = sorted((ROOT / "tests" / "conformance" / "jobspec").glob("**/*.nomad.hcl"))
# Files that this version of Nomad reads in another way than we do, and why.
OTHER = re.compile(r"newer|uuidv4|bcrypt|139-secret-block-is-newer")


def definitions(file: Path) -> str:
    values = file.with_name(file.name.replace(".nomad.hcl", ".vars.hcl"))
    return values.read_text() if values.exists() else ""


def refusals(text: str, values: str = "") -> list[str]:
    found = job.check(text, "a.hcl", definitions=values)
    return [f"{each.position}: {each.message}" for each in found if each.rule in rules.REFUSALS]


@pytest.mark.parametrize("file", RECORDED, ids=lambda path: path.name)
def test_recorded_jobs_are_refused_by_both_or_by_none(file: Path, agent: Agent) -> None:
    text = file.read_bytes().decode()
    if OTHER.search(str(file)) or OTHER.search(text):
        pytest.skip("this version of Nomad reads it in another way")

    ours = refusals(text, definitions(file))

    assert bool(ours) == bool(agent.refusal(text, definitions(file))), ours


@pytest.mark.parametrize("name", registry.names())
def test_our_own_packs_give_jobs_that_nobody_refuses(name: str, agent: Agent) -> None:
    pack = registry.find(name)
    taken = [case for case in cases.find(pack.folder) if not case.fails]
    assert taken
    for case in taken:
        rendered = pipeline.render(pack, variant=case.variant, var_files=case.files)
        for text in rendered.jobs.values():
            assert refusals(text) == []
            assert agent.refusal(text) == ""


class Corpus:
    """Jobs, too many to be shown."""

    def __init__(self, jobs: list[dict[str, Any]]) -> None:
        self.jobs = jobs

    def __repr__(self) -> str:
        return f"<{len(self.jobs)} jobs>"


@pytest.fixture(scope="session")
def corpus(agent: Agent) -> Corpus:
    """The recorded jobs that the server takes."""
    found = []
    for file in RECORDED:
        if OTHER.search(str(file)):
            continue
        try:
            parsed = generator.parse_job(file.read_bytes().decode(), "a.hcl")
        except errors.GeneratorError:
            continue
        for name in ("Namespace", "NodePool", "Multiregion"):
            parsed.pop(name, None)
        if not agent.refusal_of_job(parsed):
            found.append(parsed)
    return Corpus(found)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_mutants_are_refused_by_both_or_by_none(seed: int, corpus: Corpus, agent: Agent) -> None:
    chance = random.Random(seed)
    mutant = mutants.mutate(chance.choice(corpus.jobs), chance)

    ours = [each for each in checks.problems_of(mutant) if each.rule.name in rules.REFUSALS]
    theirs = agent.refusal_of_job(mutant)

    assert bool(ours) == bool(theirs), (ours, theirs)


CRON_FIELDS = """* ? 0 5 07 59 60 */5 1-5 5-1 1/2 1-9/3 */0 */60 l L lw 15w w mon MON#3 5l 5#6 jan
dec may 13 1,2 1,,2 , 2024 1969 x @daily @hourly - / */5/5 00 32 24 7 sunday sat-sun"""
CRONS = st.lists(st.sampled_from(CRON_FIELDS.split()), max_size=8).map(" ".join)
VERSIONS = st.text(alphabet="0123456789.,<>=!~ -+vab", max_size=12) | st.builds(
    "{}{}".format,
    st.sampled_from(("", "=", ">= ", "~>", "!=", "<", "= ", "~> ", ">>")),
    st.from_regex(r"v?[0-9]{1,3}(\.[0-9]+){0,3}(-[a-z0-9.]+)?(\+[a-z0-9.]+)?", fullmatch=True),
)
PATTERNS = st.text(alphabet="ab(|)[]{}*+?.^$\\\\d1,-:P<>i", max_size=10)


def batch_job(**fields: object) -> dict[str, Any]:
    group = {"Name": "g", "Tasks": [{"Name": "t", "Driver": "exec"}]}
    return {"ID": "a", "Name": "a", "Type": "batch", "TaskGroups": [group], **fields}


def assert_same_verdict(job_of_api: dict[str, Any], agent: Agent) -> None:
    found = checks.problems_of(job_of_api)
    ours = [each.message for each in found if each.rule.name in rules.REFUSALS]
    assert bool(ours) == bool(agent.refusal_of_job(job_of_api)), ours


@given(cron=CRONS)
@settings(max_examples=150, deadline=None)
def test_the_same_cron_expressions_can_be_read(cron: str, agent: Agent) -> None:
    assert_same_verdict(batch_job(Periodic={"Specs": [cron], "SpecType": "cron"}), agent)


@given(operator=st.sampled_from(("version", "semver")), text=VERSIONS)
@settings(max_examples=150, deadline=None)
def test_the_same_version_constraints_can_be_read(operator: str, text: str, agent: Agent) -> None:
    constraint = {"LTarget": "${attr.x}", "Operand": operator, "RTarget": text}
    assert_same_verdict(batch_job(Constraints=[constraint]), agent)


@given(text=PATTERNS)
@settings(max_examples=150, deadline=None)
def test_the_same_patterns_can_be_read(text: str, agent: Agent) -> None:
    constraint = {"LTarget": "${attr.x}", "Operand": "regexp", "RTarget": text}
    assert_same_verdict(batch_job(Constraints=[constraint]), agent)


@given(text=st.text(alphabet="./ab%:?#&=x \t", max_size=12))
@settings(max_examples=150, deadline=None)
def test_the_same_paths_of_checks_can_be_read(text: str, agent: Agent) -> None:
    check = {"Type": "http", "Path": text, "Interval": 5_000_000_000, "Timeout": 5_000_000_000}
    service = {"Name": "s", "Provider": "nomad", "PortLabel": "1", "Checks": [check]}
    made = batch_job()
    made["TaskGroups"][0]["Services"] = [service]
    assert_same_verdict(made, agent)


@given(text=st.text(alphabet="./ab", max_size=14))
@settings(max_examples=100, deadline=None)
def test_the_same_destinations_lie_outside_of_the_allocation(text: str, agent: Agent) -> None:
    made = batch_job()
    task = made["TaskGroups"][0]["Tasks"][0]
    task["Templates"] = [{"EmbeddedTmpl": "x", "DestPath": text}]
    assert_same_verdict(made, agent)


@given(text=st.text(alphabet="ab.-_\\0:$ {9", max_size=14) | st.from_regex("(a{61,65}|[.]|b){1,5}"))
@settings(max_examples=100, deadline=None)
def test_the_same_hostnames_are_domain_names(text: str, agent: Agent) -> None:
    made = batch_job()
    made["TaskGroups"][0]["Networks"] = [{"Hostname": text}]
    assert_same_verdict(made, agent)
