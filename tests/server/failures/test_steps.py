"""Which step runs, or has failed, is read from Buildah's output; what is not certain is not said."""

from __future__ import annotations

import pytest

from server import failures
from server.failures import steps

TWO_STAGES = """\
[1/2] STEP 1/2: FROM busybox AS one
[1/2] STEP 2/2: RUN make
making
[2/2] STEP 1/3: FROM busybox
[2/2] STEP 2/3: COPY --from=one /app /app
"""


def test_the_current_step_is_the_last_one_that_was_begun() -> None:
    step = failures.current_step(TWO_STAGES)
    assert step is not None
    assert (step.stage, step.stages, step.number, step.of) == (2, 2, 2, 3)
    assert step.instruction == "COPY --from=one /app /app"


@pytest.mark.parametrize(
    "log",
    [
        "",
        "nomad-build: building Dockerfile\n",
        "STEP 1/2: FROM a\nSTEP 2/2: RUN b\nCOMMIT\n--> 0123\n",
        f"{TWO_STAGES}[2/2] STEP 3/3: RUN x\n[2/2] COMMIT\n",
        "STEP one: FROM a",
        "  STEP 1/2: FROM a",
        "STEP 3/2: RUN more than there are",
    ],
)
def test_before_the_first_and_after_the_last_there_is_no_current_step(log: str) -> None:
    assert failures.current_step(log) is None


def test_what_a_step_prints_in_the_form_of_one_that_cannot_follow_is_none() -> None:
    log = "STEP 1/4: FROM a\nSTEP 2/4: RUN b\nSTEP 4/4: RUN c\n[1/2] STEP 1/2: FROM d\nSTEP 3/9: RUN e"
    step = failures.current_step(log)
    assert step is not None
    assert step.instruction == "RUN b"


def fail(log: str, dockerfile: str) -> tuple[str | None, int | None]:
    """Return the instruction that failed, and its line."""
    found = failures.analyse_build(log, dockerfile).step
    return (None, None) if found is None else (found.instruction, found.line)


def test_a_step_that_stands_twice_has_no_line_where_the_log_does_not_tell_which_one_it_is() -> None:
    dockerfile = "FROM base\nRUN a\nRUN b\nRUN a\nRUN b\n"
    # The steps before are cut off. One more than the Dockerfile has: labels at the end, or ONBUILD at the beginning.
    log = 'STEP 4/6: RUN a\nError: building at STEP "RUN a": exit status 1'
    assert fail(log, dockerfile) == ("RUN a", 4)
    log = 'STEP 3/6: RUN a\nError: building at STEP "RUN a": exit status 1'
    assert fail(log, dockerfile) == ("RUN a", 2)
    log = 'STEP 3/4: RUN a\nError: building at STEP "RUN a": exit status 1'
    assert fail(log, "FROM base\nRUN a\nRUN a\n") == ("RUN a", None)


def test_a_step_that_the_dockerfile_does_not_have_has_no_line() -> None:
    log = 'STEP 1/3: FROM base\nSTEP 2/3: RUN a\nError: building at STEP "RUN a": exit status 1'
    assert fail(log, "FROM base\nRUN b\n") == ("RUN a", None)
    assert fail(log, "") == ("RUN a", None)


TRIGGERED = """\
[1/2] STEP 1/2: FROM busybox AS tools
[1/2] STEP 2/2: RUN echo tools
tools
[2/2] STEP 1/3: FROM registry.example/base
[2/2] STEP 2/4: RUN ./prepare
prepared
[2/2] STEP 3/4: COPY . /app
[2/2] STEP 4/4: RUN make install
no
Error: building at STEP "RUN make install": exit status 2
"""
SOURCE = "FROM busybox AS tools\nRUN echo tools\n\nFROM registry.example/base\nCOPY . /app\nRUN make install\n"


def test_a_stage_grows_behind_its_first_step_by_what_its_base_image_brings() -> None:
    log = TRIGGERED.split("no\n", maxsplit=1)[0]
    step = failures.current_step(log)
    assert step is not None
    assert (step.stage, step.number, step.of) == (2, 4, 4)
    assert failures.own_output(TRIGGERED)[:2] == ["[2/2] STEP 4/4: RUN make install", "no"]
    assert fail(TRIGGERED, SOURCE) == ("RUN make install", 6)
    alone = 'STEP 1/2: FROM base\nSTEP 2/3: RUN ./prepare\nError: building at STEP "RUN ./prepare": exit status 1'
    assert fail(alone, "FROM base\nRUN make\n") == ("RUN ./prepare", None)


def test_a_stage_never_shrinks_and_grows_only_behind_its_first_step() -> None:
    for line in ("STEP 2/2: RUN b", "STEP 3/4: RUN c", "STEP 1/4: FROM a"):
        step = failures.current_step(f"STEP 1/3: FROM a\n{line}\n")
        assert step is not None
        assert (step.number, step.of) == (1, 3)
    step = failures.current_step("STEP 1/3: FROM a\nSTEP 2/3: RUN b\nSTEP 3/4: RUN c\n")
    assert step is not None
    assert step.instruction == "RUN b"


def test_a_step_whose_text_is_not_in_the_log_is_none_of_an_earlier_stage() -> None:
    log = TRIGGERED.replace("[2/2] STEP 4/4: RUN make install\n", "").replace(
        "[2/2] STEP 2/4: RUN ./prepare\n", ""
    )
    failed = steps.find_failed(log.rstrip().split("\n"))
    assert (failed.step, failed.instruction) == (None, "RUN make install")
    assert fail(log, SOURCE) == ("RUN make install", 6)


def test_more_stages_than_the_dockerfile_has_are_those_of_another() -> None:
    log = '[2/3] STEP 2/2: RUN a\nError: building at STEP "RUN a": exit status 1'
    assert fail(log, "FROM x\nFROM y\nRUN a\n") == ("RUN a", None)


def test_a_step_whose_own_line_is_cut_off_is_known_by_the_last_words() -> None:
    log = (
        'much\nError: building at STEP "RUN make all": exit status 2\nnomad-build: the build failed'
    )
    assert fail(log, "FROM x\nRUN make\nRUN make all\n") == ("RUN make all", 3)
    assert fail(log, "FROM x\nRUN make all\nFROM y\nRUN make all\n") == ("RUN make all", None)


def test_newer_versions_say_of_what_the_exit_code_is() -> None:
    log = 'STEP 1/2: FROM a\nSTEP 2/2: RUN x y\nError: building at STEP "RUN x y": while running runtime: exit status 7'
    failed = steps.find_failed(log.split("\n"))
    assert (failed.instruction, failed.exit_code) == ("RUN x y", 7)
    cut = steps.find_failed(log.split("\n")[2:])
    assert (cut.instruction, cut.exit_code) == ("RUN x y", 7)


def test_a_failure_before_the_first_step_has_none() -> None:
    assert fail("Error: no FROM statement found", "RUN x\n") == (None, None)


def test_a_failed_steps_own_output_begins_with_it_and_ends_with_buildahs_last_words() -> None:
    end = 'Error: building at STEP "RUN make": exit status 2'
    log = f"STEP 1/2: FROM a\nSTEP 2/2: RUN make\nmake: no\n{end}\nnomad-build: the build failed\n"
    assert steps.own_output(log) == ["STEP 2/2: RUN make", "make: no", end]
