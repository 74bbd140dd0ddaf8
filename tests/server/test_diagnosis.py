from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import diagnosis, record
from tests import samples

PACKS = Path(__file__).parents[2] / "packs"
PULL = 'Failed to pull `r:5000/x`: Error response from daemon: Get "http://r:5000/v2/": dial tcp: refused'
SHIM = (
    "Failed to start container 54ac4ee181c2: Error response from daemon: failed to create shim task: "
    "OCI runtime create failed: runc create failed: unable to start container process: exec: "
)
NO_SHELL = f'{SHIM}"/bin/sh": stat /bin/sh: no such file or directory: unknown'
NO_TIMEOUT = f'{SHIM}"timeout": executable file not found in $PATH: unknown'
NO_RUNTIME = (
    "failed to create container: Error response from daemon: Unknown runtime specified nvidia"
)
BAD_CONFIG = "2 errors occurred:\n\t* failed to parse config: \n\t* Invalid label"
NO_PARSE = 'Template failed: (dynamic): parse: template: :1: function "nope" not defined'
NO_SECRET = "Template failed: vault.read(secret/data/git): vault.read(secret/data/git): 403 permission denied"


def template_failed(message: str) -> dict[str, Any]:
    killing = samples.event("Killing", message, {"fails_task": "true"})
    return samples.task(samples.RECEIVED, samples.SETUP, killing, failed=True, started="")


CASES: list[tuple[record.Phase, str, dict[str, Any], str, record.Reason, str, int | None]] = [
    ("build", "failed", {"source": samples.failed(128)}, "git_auth\nno", "git_auth", "source", 128),
    (
        "build",
        "failed",
        {"source": samples.failed(128), "build": samples.skipped("source")},
        "git_ref_not_found\nthe repository has no branch, tag or commit x",
        "git_ref_not_found",
        "source",
        128,
    ),
    (
        "build",
        "failed",
        {"build": samples.failed(3), "source": samples.succeeded()},
        "step_failed",
        "step_failed",
        "build",
        3,
    ),
    (
        "build",
        "failed",
        {"build": samples.failed(1)},
        "dockerfile_missing",
        "dockerfile_missing",
        "build",
        1,
    ),
    ("build", "failed", {"build": samples.failed(1)}, "push_denied", "push_denied", "build", 1),
    (
        "build",
        "failed",
        {"build": samples.failed(125)},
        "registry_unreachable",
        "registry_unreachable",
        "build",
        125,
    ),
    ("build", "failed", {"build": samples.failed(1)}, "internal", "internal", "build", 1),
    ("build", "failed", {"build": samples.failed(7)}, "", "step_failed", "build", 7),
    ("build", "failed", {"build": samples.failed(7)}, "killed", "step_failed", "build", 7),
    ("build", "failed", {"build": samples.failed(7)}, "no such reason", "step_failed", "build", 7),
    ("build", "failed", {"build": samples.failed(124)}, "", "timeout", "build", 124),
    (
        "build",
        "failed",
        {"build": samples.failed(137, out_of_memory=True)},
        "step_failed",
        "out_of_memory",
        "build",
        137,
    ),
    (
        "build",
        "failed",
        {"source": samples.not_started("Driver Failure", PULL)},
        "",
        "image_pull",
        "source",
        None,
    ),
    (
        "build",
        "failed",
        {"build": samples.not_started("Driver Failure", NO_SHELL)},
        "",
        "start_failed",
        "build",
        None,
    ),
    (
        "build",
        "failed",
        {"build": samples.not_started("Driver Failure", NO_RUNTIME)},
        "",
        "start_failed",
        "build",
        None,
    ),
    (
        "build",
        "failed",
        {"build": samples.not_started("Failed Validation", BAD_CONFIG)},
        "",
        "start_failed",
        "build",
        None,
    ),
    (
        "build",
        "failed",
        {"build": template_failed(NO_PARSE)},
        "",
        "internal",
        "build",
        None,
    ),
    (
        "build",
        "failed",
        {"source": template_failed(NO_SECRET)},
        "",
        "secret_unavailable",
        "source",
        None,
    ),
    (
        "build",
        "failed",
        {"build": template_failed("Vault: failed to derive vault token: role not found")},
        "",
        "secret_unavailable",
        "build",
        None,
    ),
    ("build", "failed", {}, "", "internal", "", None),
    ("test", "failed", {"test": samples.failed(1)}, "test_failed", "test_failed", "test", 1),
    ("test", "failed", {"test": samples.failed(124)}, "timeout", "timeout", "test", 124),
    ("test", "failed", {"test": samples.failed(124)}, "", "test_failed", "test", 124),
    # The image under test can write there too: it may not blame anybody else.
    ("test", "failed", {"test": samples.failed(1)}, "push_denied", "test_failed", "test", 1),
    ("test", "failed", {"test": samples.failed(1)}, "internal", "test_failed", "test", 1),
    (
        "test",
        "failed",
        {"test": samples.not_started("Driver Failure", NO_SHELL)},
        "",
        "test_failed",
        "test",
        None,
    ),
    (
        "test",
        "failed",
        {"test": samples.not_started("Driver Failure", NO_TIMEOUT)},
        "",
        "test_failed",
        "test",
        None,
    ),
    (
        "test",
        "failed",
        {"test": samples.not_started("Driver Failure", PULL)},
        "",
        "image_pull",
        "test",
        None,
    ),
    (
        "publish",
        "failed",
        {"publish": samples.failed(1)},
        "push_denied",
        "push_denied",
        "publish",
        1,
    ),
    (
        "publish",
        "failed",
        {"publish": samples.failed(1)},
        "registry_unreachable",
        "registry_unreachable",
        "publish",
        1,
    ),
    ("publish", "failed", {"publish": samples.failed(9)}, "", "internal", "publish", 9),
    ("publish", "failed", {"publish": samples.failed(124)}, "", "timeout", "publish", 124),
]


@pytest.mark.parametrize(
    ("phase", "status", "tasks", "claim", "reason", "task", "exit_code"),
    CASES,
    ids=[f"{case[0]}-{case[4]}-{number}" for number, case in enumerate(CASES)],
)
def test_a_failed_allocation_tells_reason_task_and_exit_code(
    phase: record.Phase,
    status: str,
    tasks: dict[str, Any],
    claim: str,
    reason: record.Reason,
    task: str,
    exit_code: int | None,
) -> None:
    failure = diagnosis.diagnose(phase, samples.make_allocation(status, **tasks), claim)
    assert (failure.phase, failure.reason) == (phase, reason)
    assert (failure.task, failure.exit_code) == (task, exit_code)
    assert failure.message
    assert failure.hint


def test_the_scripts_own_sentence_is_the_message() -> None:
    allocation = samples.make_allocation("failed", build=samples.failed(1))
    failure = diagnosis.diagnose(
        "build", allocation, "dockerfile_missing\nthe commit has no file Dockerfile"
    )
    assert failure.message == "the commit has no file Dockerfile"


def test_a_sentence_from_the_image_under_test_is_cut_and_printable() -> None:
    allocation = samples.make_allocation("failed", test=samples.failed(1))
    failure = diagnosis.diagnose("test", allocation, "test_failed\n\x1b[2J" + "x\n" * 10_000)
    assert failure.message.isprintable()
    assert len(failure.message) <= 500


def test_the_task_that_failed_first_is_named_not_those_stopped_in_its_wake() -> None:
    allocation = samples.make_allocation(
        "failed",
        build=samples.task(
            samples.STARTED, samples.sibling_failed("source"), samples.terminated(143), failed=True
        ),
        source=samples.failed(128),
    )
    assert diagnosis.diagnose("build", allocation).task == "source"


def test_a_lost_node_is_named() -> None:
    failure = diagnosis.explain_lost("build", samples.make_allocation("lost"))
    assert (failure.phase, failure.reason) == ("build", "node_lost")
    assert "worker-1" in failure.message
    assert failure.hint


@pytest.mark.parametrize("reason", get_args(record.Reason))
def test_every_reason_has_a_hint(reason: record.Reason) -> None:
    assert diagnosis.explain("build", reason, "x").hint


@pytest.mark.parametrize("phase", record.PHASES)
def test_every_reason_that_a_script_leaves_is_understood(phase: record.Phase) -> None:
    jobs = sorted((PACKS / phase / "snapshots").glob("*/*.json"))
    text = "\n".join(job.read_text(encoding="utf-8") for job in jobs)
    words = set(re.findall(r"\bfail ([a-z_]+) [\\$0-9]", text))
    assert words
    for word in words:
        # Of the test phase only what waits for a service has a script of ours alone.
        task = "ready" if (phase, word) == ("test", "internal") else "task"
        tasks: dict[str, Any] = {task: samples.failed(1)}
        allocation = samples.make_allocation("failed", **tasks)
        assert diagnosis.diagnose(phase, allocation, word).reason == word


def test_only_a_pending_task_whose_last_news_is_a_missing_secret_waits_for_one() -> None:
    missing = samples.event("Template", "Missing: nomad.var.block(nomad/jobs/x@default.global)")
    rendered = samples.event("Template", "Template rendered")
    waiting = samples.make_allocation("pending", source=samples.pending(missing))
    found = diagnosis.find_missing_secret(waiting)
    assert found is not None
    assert found.name == "source"
    for state in (
        samples.pending(missing, samples.STARTED),
        samples.pending(rendered),
        samples.running(missing),
        samples.pending(),
    ):
        assert diagnosis.find_missing_secret(samples.make_allocation("running", x=state)) is None


@given(st.sampled_from(record.PHASES), st.text(), st.integers(0, 255), st.booleans())
def test_whatever_a_script_leaves_gives_a_reason_of_the_list(
    phase: record.Phase, claim: str, exit_code: int, oom: bool
) -> None:
    state = samples.failed(exit_code, out_of_memory=oom)
    failure = diagnosis.diagnose(phase, samples.make_allocation("failed", task=state), claim)
    assert failure.reason in get_args(record.Reason)
    assert failure.message.isprintable()


@pytest.mark.parametrize(
    ("task", "text", "reason", "message"),
    [
        ("test-1", NO_SHELL, "test_failed", "the image has no /bin/sh"),
        ("test-2", NO_TIMEOUT, "test_failed", "the image has no program that test-2 names"),
        ("entry-point", NO_TIMEOUT, "test_failed", "no program that entry-point names"),
        ("service-db", NO_TIMEOUT, "service_failed", "task service-db could not be started"),
    ],
)
def test_a_program_that_is_not_in_its_image_is_told_of_the_task_that_names_it(
    task: str, text: str, reason: str, message: str
) -> None:
    failed: dict[str, Any] = {task: samples.not_started("Driver Failure", text)}
    failure = diagnosis.diagnose("test", samples.make_allocation("failed", **failed))
    assert (failure.reason, failure.task) == (reason, task)
    assert message in failure.message
