"""What does not end by itself is ended, and the build says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.ground import Ground

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

# As busybox had it before 1.34.
OLD_TIMEOUT = """\
#!/bin/sh
[ "$1" != -k ] || exit 1
exec busybox timeout "$@"
"""
IMAGES = {
    "busybox": "FROM {base}\n",
    "old busybox": "FROM {base}\nRUN rm /bin/timeout\nCOPY --chmod=0755 timeout /bin/\n",
}


def assert_timed_out(build: dict[str, Any], phase: str, task: str) -> None:
    assert build["status"] == "FAILED", build
    failure = build["failure"]
    assert (failure["phase"], failure["task"], failure["reason"]) == (phase, task, "timeout")
    assert failure["exitCode"] not in (None, 0)


@pytest.mark.parametrize("image", IMAGES)
def test_a_test_that_does_not_end_is_ended_whatever_the_images_timeout(
    ground: Ground, image: str
) -> None:
    files = {"Dockerfile": IMAGES[image].format(base=ground.lab.base_image), "timeout": OLD_TIMEOUT}
    repository = ground.lab.git.create(f"deadline-{image.replace(' ', '-')}", files)
    with ground.configured(TEST_TIMEOUT="2"):
        build = ground.build(
            repoURL=repository.url,
            imageTags=["never"],
            testCommands=["echo quick; sleep 60", "true"],
        )
    assert_timed_out(build, "test", "test-1")
    assert build["failure"]["message"] == "the command did not end within 2 seconds"
    assert "\nquick\n" in build["failure"]["logTail"]


def test_a_step_that_does_not_end_is_ended(ground: Ground) -> None:
    dockerfile = f"FROM {ground.lab.base_image}\nRUN echo begun; sleep 60\n"
    repository = ground.lab.git.create("deadline-step", {"Dockerfile": dockerfile})
    with ground.configured(BUILD_TIMEOUT="3"):
        build = ground.build(repoURL=repository.url)
    assert_timed_out(build, "build", "build")
    assert "begun" in build["failure"]["logTail"]
