"""What is read from logs stays small, can be shown, and is said only where the log shows it."""

from __future__ import annotations

import json

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from server import descriptions, diagnosis, failures, record
from server.failures import signs
from tests import samples

MARKS = (
    "STEP 1/3: FROM a",
    "STEP 2/3: RUN x",
    "[2/2] STEP 2/2: COPY a b",
    'Error: building at STEP "RUN x": exit status 1',
    'Error: building at STEP "COPY a b": copier: stat: "/a": no such file or directory',
    "Error: creating build container: x: manifest unknown",
    "E: Unable to locate package \x1b[31mx\x1b[0m",
    "curl: (6) \u202eCould not resolve host: x",
    "nomad-build: the build of Dockerfile failed",
    "--- task build ---",
    "COMMIT",
    "Killed",
)
LINES = st.lists(st.sampled_from(MARKS) | st.text(), max_size=20)
REASONS = st.sampled_from(
    [
        "step_failed",
        "out_of_memory",
        "disk_full",
        "timeout",
        "git_auth",
        "test_failed",
        "push_denied",
    ]
)
PLACES = st.sampled_from(
    [("build", "build"), ("build", "source"), ("test", "test-1"), ("publish", "")]
)


@given(LINES, st.none() | LINES, REASONS, PLACES)
def test_of_any_log_little_is_said_and_all_of_it_can_be_shown(
    log: list[str],
    dockerfile: list[str] | None,
    reason: record.Reason,
    place: tuple[record.Phase, str],
) -> None:
    phase, task = place
    failure = diagnosis.explain(phase, reason, "it failed", task=task)
    source = None if dockerfile is None else "\n".join(dockerfile)
    found = failures.examine(failure, "\n".join(log), source, "Dockerfile")
    assert len(found.evidence.encode()) <= 300
    assert found.evidence.isprintable()
    assert found.hint
    assert bool(found.family) == bool(found.evidence)
    if found.step is not None:
        assert len(found.step.instruction.encode()) <= 200
        assert found.step.instruction.isprintable()
        assert found.step.line is None or source is not None
    shown = failures.excerpt(failures.own_output("\n".join(log)), 1200)
    assert len(json.dumps(shown, ensure_ascii=False)) <= 1202


def test_every_sign_can_be_read_by_re2_and_every_word_is_there_once() -> None:
    words = [family.word for family in failures.FAMILIES]
    assert len(set(words)) == len(words)
    for family in failures.FAMILIES:
        assert set(family.over) <= set(words)
        assert not family.hint.endswith(".")
        assert not family.in_test.endswith(".")
        for sign in (*family.program, *family.buildah, *family.git):
            re2.compile(sign if isinstance(sign, str) else sign.pattern)


def test_a_sign_counts_only_with_an_exit_code_that_its_program_has() -> None:
    lines = ["E: Unable to locate package x"]
    found = signs.find(lines, "program", 100)
    assert found is not None
    assert found[0].word == "package_not_found"
    assert signs.find(lines, "program", 3) is None
    assert signs.find(lines, "program", None) is not None


@pytest.mark.parametrize(
    ("reason", "family"), [("out_of_memory", "out_of_memory"), ("disk_full", "no_space")]
)
def test_what_nomad_or_a_script_knows_is_the_family_whatever_the_log_shows(
    reason: record.Reason, family: str
) -> None:
    log = 'STEP 1/2: FROM a\nSTEP 2/2: RUN x\nx: not found\nError: building at STEP "RUN x": exit status 1'
    failure = diagnosis.explain("build", reason, "task build used up all", task="build")
    found = failures.examine(failure, log, "FROM a\nRUN x\n", "Dockerfile")
    assert (found.family, found.evidence) == (family, "task build used up all")
    assert found.step is not None
    assert found.step.line == 2


def test_a_push_that_failed_is_not_explained_by_what_a_step_said() -> None:
    log = (
        "STEP 1/1: RUN x\nError: reading manifest: x509: certificate is old\nCOMMIT\n"
        "nomad-build: staging the image as r/x:staged\n{}\n"
    )
    failure = diagnosis.explain("build", "registry_unreachable", "no push", task="build")
    quiet = failures.examine(failure, log.format("Error: something"), None, "Dockerfile")
    assert (quiet.family, quiet.hint) == ("", failure.hint)
    refused = failures.examine(
        failure, log.format("Error: pinging r: dial tcp: connection refused"), None, "Dockerfile"
    )
    assert refused.family == "network"


@pytest.mark.parametrize(
    ("line", "exit_code", "family"),
    [
        ("/bin/sh: 1: jest: not found", 127, "command_not_found"),
        ("/bin/sh: 1: /app/run: Permission denied", 126, "permission_denied"),
        ("Killed", 137, "out_of_memory"),
        ("/bin/sh: 1: /app/run: Exec format error", 126, "wrong_platform"),
        ("1 failed, 3 passed in 0.12s", 1, "tests_failed"),
        ("all is well", 1, ""),
    ],
)
def test_a_failed_test_is_read_too(line: str, exit_code: int, family: str) -> None:
    failure = diagnosis.explain(
        "test", "test_failed", "it failed", task="test-1", exit_code=exit_code
    )
    log = f"--- task test-1 ---\n{line}\nnomad-build: test-1 ended with exit code {exit_code}"
    assert failures.examine(failure, log, None, "").family == family


@pytest.mark.parametrize(
    ("line", "reason", "family"),
    [
        ("fatal: couldn't find remote ref nope", "git_ref_not_found", "ref_not_found"),
        (
            "fatal: Authentication failed for 'https://git.example.org/x/'",
            "git_auth",
            "access_denied",
        ),
        (
            "fatal: unable to access 'https://x/': Could not resolve host: x",
            "git_unreachable",
            "network",
        ),
    ],
)
def test_a_fetch_that_failed_is_read_too_and_keeps_its_own_hint(
    line: str, reason: record.Reason, family: str
) -> None:
    failure = diagnosis.explain("build", reason, "it failed", task="source", exit_code=128)
    found = failures.examine(failure, f"{line}\nnomad-build: error: x", None, "Dockerfile")
    assert (found.family, found.evidence, found.hint) == (family, line, failure.hint)


@given(st.text(), st.integers(min_value=8, max_value=40))
def test_what_is_too_long_keeps_whole_characters_of_its_beginning_and_end(
    text: str, limit: int
) -> None:
    line = failures.shorten(text, 10_000)
    short = failures.shorten(text, limit)
    assert len(json.dumps(short, ensure_ascii=False).encode()) - 2 <= limit
    begin, _, end = short.partition("…")
    assert short == line or (line.startswith(begin) and line.endswith(end))


@pytest.mark.parametrize("letter", ["y", "ü", "語", "🙂", '"'])
def test_the_answer_of_a_build_that_failed_is_below_three_kilobytes_however_much_it_said(
    letter: str,
) -> None:
    said = "\n".join(f'{number} says "ünï" with tabs\t and more' for number in range(2000))
    log = (
        f"--- task source ---\n{said}\n--- task build ---\nSTEP 1/3: FROM {'x' * 150}\n"
        f"STEP 2/3: RUN {letter * 3000}\n{said}\nE: Unable to locate package {letter * 2000}\n"
        f'Error: building at STEP "RUN {letter * 3000}": exit status 100\n'
        "nomad-build: the build of Dockerfile failed\nnomad-build: build ended with exit code 100"
    )
    message = "the build of Dockerfile failed; the lines above say at which step"
    failure = diagnosis.explain("build", "step_failed", message, task="build", exit_code=100)
    found = failures.examine(failure, log, f"FROM {'x' * 150}\nRUN {letter * 3000}\n", "Dockerfile")
    assert found.family == "package_not_found"
    assert found.step is not None
    assert found.step.line == 2
    task = record.TaskRecord(started_at=samples.NOW, ended_at=samples.NOW, exit_code=100)
    build = samples.make_running("build", failure=found, commit=samples.COMMIT)
    build = build.model_copy(update={"status": "FAILED", "ended_at": samples.NOW}).with_phase(
        "build", log_tail=log, node="worker-1", tasks={"source": task, "build": task}
    )
    answer = descriptions.describe_build(build).model_dump_json(by_alias=True, exclude_none=True)
    assert len(answer.encode()) < 3 * 1024
    assert "E: Unable to locate package" in answer


def test_what_buildah_has_lost_is_said_to_be_lost_and_not_that_nothing_was_said() -> None:
    end = 'Error: building at STEP "RUN x": exit status 9'
    once, twice = "subprocess exited with status 9", "subprocess exited with status 9\n" * 2
    begin = "STEP 1/2: FROM a\nSTEP 2/2: RUN x\n"
    families = [
        failures.analyse_build(f"{begin}{said}\n{end}", None).family
        for said in (once, f"fine\n{once}", f"{twice}", f"process exited with error: x\n{once}")
    ]
    assert families == ["output_lost", "output_lost", "", ""]
