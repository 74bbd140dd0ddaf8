"""What is kept of what tasks leave: reports, logs, and what these say of a failure."""

from __future__ import annotations

import pytest

from server import junit
from tests import calling, samples, worlds
from tests.worlds import World

REPORT = b'<testsuite><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>'


def test_the_reports_of_all_tests_are_one_and_one_that_cannot_be_read_is_told_shortly(
    world: World,
) -> None:
    path = f"/{'long/' * 200}report.xml"
    world.let("test", "test-1", files={"alloc/data/reports/test-1-1.xml": REPORT})
    world.let("test", "test-2", files={"alloc/data/reports/test-2-1.xml": b"<html/>"})
    fields = {"testCommands": ["a", "b"], "testReports": [path]}
    with world.serve() as running:
        build = worlds.wait_for_end(running, running.submit(samples.make_request(**fields)).id)
        shown = calling.call(running, "getStatus", {"jobID": build.id}).model_dump()
        worlds.put_away(world, build.id)
    report = build.report
    assert report is not None
    assert (report.tests, report.passed, report.failed) == (2, 1, 1)
    (problem,) = report.problems
    assert "of test-2: the root is <html>" in problem
    assert len(problem) <= 400
    assert shown["tests"]["failures"][0]["message"] == "no"


def test_of_many_large_reports_only_so_much_is_read(world: World) -> None:
    padding = b" " * (junit.SIZE_LIMIT - len(REPORT))
    names = [f"test-{number}" for number in range(1, 11)]
    for name in names:
        world.let("test", name, files={f"alloc/data/reports/{name}-1.xml": REPORT + padding})
    fields = {"testCommands": ["a"] * 10, "testReports": ["/r.xml"], "testResources": {"cpu": 50}}
    with world.serve() as running:
        build = worlds.wait_for_end(running, running.submit(samples.make_request(**fields)).id)
        worlds.put_away(world, build.id)
    assert build.failure is None
    assert build.report is not None
    assert build.report.tests == 2 * 8
    assert [each.partition(":")[0] for each in build.report.problems] == [
        "/r.xml of test-9",
        "/r.xml of test-10",
    ]


def test_of_many_tests_the_one_that_failed_keeps_its_log(world: World) -> None:
    for number in range(1, 41):
        world.let("test", f"test-{number}", stdout=f"{number} says ünï\n" * 400)
    world.let("test", "test-3", stdout="this is why\n", exit_code=1)
    fields = {"testCommands": ["x" * 900] * 40, "testResources": {"cpu": 50, "memory": 32}}
    with world.serve() as running:
        build = worlds.wait_for_end(running, running.submit(samples.make_request(**fields)).id)
        shown = calling.call(running, "getStatus", {"jobID": build.id}).model_dump()
        worlds.put_away(world, build.id)
    assert shown["failure"]["task"] == "test-3"
    assert shown["failure"]["log_tail"].splitlines()[-1] == "this is why"
    assert "test-40 ---" in (build.test.log_tail or "")


LOG = """\
nomad-build: building Dockerfile
STEP 1/3: FROM debian
STEP 2/3: RUN apt-get install -y libpq
E: Unable to locate package libpq
subprocess exited with status 100
subprocess exited with status 100
Error: building at STEP "RUN apt-get install -y libpq": exit status 100
nomad-build: the build of Dockerfile failed
nomad-build: build ended with exit code 100
"""


@pytest.mark.parametrize(
    ("left", "line"), [(b"FROM debian\n\nRUN apt-get install -y libpq\n", 3), (None, None)]
)
def test_a_failed_step_is_kept_with_its_line_where_the_dockerfile_was_left(
    world: World, left: bytes | None, line: int | None
) -> None:
    files = {"alloc/data/reason": b"step_failed\nthe build of Dockerfile failed\n"}
    if left is not None:
        files["alloc/data/dockerfile"] = left
    world.let("build", "build", stdout=LOG, exit_code=100, files=files)
    with world.serve() as running:
        build = worlds.wait_for_end(running, running.submit(samples.make_request()).id)
        shown = calling.call(running, "getStatus", {"jobID": build.id}).model_dump()
        worlds.put_away(world, build.id)
    failure = shown["failure"]
    step = {"number": 2, "of": 3, "stage": 1, "instruction": "RUN apt-get install -y libpq"}
    assert failure["step"] == step | {"file": "Dockerfile", "line": line}
    assert (failure["family"], failure["evidence"]) == (
        "package_not_found",
        "E: Unable to locate package libpq",
    )
    assert failure["log_tail"].splitlines() == LOG.splitlines()[2:7]
