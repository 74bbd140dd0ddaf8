"""Whatever is sent to the service, it answers, and never by a fault of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api import exchange, schemathesis
from tests.api.stand import Stand, serve


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with serve(tmp_path_factory.mktemp("stand")) as made:
        yield made


def test_no_random_request_is_the_services_fault(stand: Stand) -> None:
    tally = exchange.play(stand, 1500, seed=7)
    assert tally.faults == []
    # They reach what there is, and are not all sent away at the door.
    assert {200, 204, 400, 404, 405, 406, 415} <= set(tally.codes)


# The coverage phase tries all fields of a body, alone and in pairs: of a build's fifty that takes longer than all else
# together, so that ``python -m tests.api`` does it alone; and that for the tools by their names, which take the same.
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "options",
    [
        ("--phases", "coverage", "--exclude-operation-id", "createBuild", "--exclude-tag", "tools"),
        ("--phases", "examples,fuzzing,stateful", "--max-examples", "20"),
    ],
)
def test_schemathesis_finds_nothing(stand: Stand, options: tuple[str, ...]) -> None:
    ran = schemathesis.run(stand.address, *options)
    assert ran.returncode == 0, ran.stdout
    assert "No issues found" in ran.stdout or "passed" in ran.stdout
    assert stand.faults() == []
