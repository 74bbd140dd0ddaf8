"""What is kept of the files that tests leave."""

from __future__ import annotations

from server import junit, tools
from tests import samples, worlds
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
        shown = tools.TOOLS["getStatus"].call(running, {"jobID": build.id}).model_dump()
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
        shown = tools.TOOLS["getStatus"].call(running, {"jobID": build.id}).model_dump()
        worlds.put_away(world, build.id)
    assert shown["failure"]["task"] == "test-3"
    assert shown["failure"]["log_tail"].splitlines()[-1] == "this is why"
    assert "test-40 ---" in (build.test.log_tail or "")
