"""Builds whose fields stand in a file of the repository: read once, before anything else."""

from __future__ import annotations

from typing import Any

import pytest

from server import record, request
from server.nomad import Nomad
from server.record import Record
from server.store import Store
from tests import logtexts, samples
from tests.waiting import wait_for
from tests.worlds import World, put_away, wait_for_end, wait_for_status

FILE = b"registryURL: registry.cluster:5000/bdtemp\nimageTags: [test]\ntestCommands: [echo test]\n"


def leave(content: bytes) -> dict[str, bytes]:
    """Return what a plan phase that has found a build file leaves on its node."""
    return {
        "alloc/data/commit": samples.COMMIT.encode() + b"\n",
        "alloc/data/build_file": content,
    }


def ask(**fields: Any) -> request.BuildRequest:
    given = {"owner": "me", "repoURL": samples.FIELDS["repoURL"], "buildFile": "ci/build.yaml"}
    return request.parse_request(given | fields)


@pytest.mark.parametrize("named", ["", "ci/build.yaml"])
def test_a_build_is_made_as_its_file_says_and_of_the_commit_that_has_the_file(
    world: World, named: str
) -> None:
    world.let("plan", "source", files=leave(FILE))
    with world.serve() as running:
        build = wait_for_end(running, running.submit(ask(buildFile=named)).id)
        assert (build.failure, build.status) == (None, "SUCCEEDED")
        assert build.request.git_ref == samples.COMMIT
        assert build.images == ("registry.cluster:5000/bdtemp/bd:test",)
        assert world.count_launches(build.id) == {
            "source": 2,
            "build": 1,
            "test-1": 1,
            "publish": 1,
        }
        assert "source says ünï" in logtexts.read_tail(running, build.id, "plan", 9)
        put_away(world, build.id)


def test_a_repeated_request_meets_the_build_that_its_file_has_changed(world: World) -> None:
    world.let("plan", "source", files=leave(FILE))
    with world.serve() as running:
        build = wait_for_end(running, running.submit(ask(requestID="one")).id)
        assert running.submit(ask(requestID="one")).id == build.id
        put_away(world, build.id)


@pytest.mark.parametrize(
    ("content", "fields", "message"),
    [
        (b"imageTags: [a b]\n", {}, "ci/build.yaml: 1:12: imageTags"),
        (b"imageName: x\n", {}, "neither the request nor the file has it"),
        (
            FILE + b"testEnv:\n" + b"".join(b"  A%d: '%s'\n" % (n, b"x" * 8000) for n in range(4)),
            {"testCommands": ["y" * 8000]},
            "the request and the build file together has 4",
        ),
        (
            FILE.replace(b"[echo test]", b"[" + b"a," * 63 + b"a]")
            + b"testEnv:\n"
            + b"".join(b"  A%d: '%s'\n" % (n, b"x" * 8000) for n in range(4)),
            {},
            "the job of the test phase",
        ),
    ],
)
def test_a_file_that_cannot_be_used_ends_the_build_and_says_why(
    world: World, content: bytes, fields: dict[str, Any], message: str
) -> None:
    world.let("plan", "source", files=leave(content))
    with world.serve() as running:
        build = wait_for_end(running, running.submit(ask(**fields)).id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("plan", "build_file_invalid")
        assert message in build.failure.message
        put_away(world, build.id)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"buildSecrets: {token: 'nomad:teams/bob/npm#token'}\n", "owner me may not use here"),
        (b"webhookSecretPath: nomad-build/webhooks/bob\n", "webhookSecretPath: is for whoever"),
    ],
)
def test_a_file_that_is_trusted_reaches_for_no_other_owners_secrets(
    world: World, line: bytes, message: str
) -> None:
    world.let("plan", "source", files=leave(FILE + line))
    with world.serve(SECRET_PATHS="nomad:teams/{owner}/*") as running:
        build = wait_for_end(running, running.submit(ask(trustBuildFile=True)).id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("plan", "build_file_invalid")
        assert message in build.failure.message
        put_away(world, build.id)


def test_a_build_that_is_killed_while_its_file_is_read_ends_there(world: World) -> None:
    world.hold("plan", "source", files=leave(FILE))
    with world.serve() as running:
        build_id = running.submit(ask()).id
        wait_for(
            lambda: running.read(build_id).plan.registered_at is not None, "the file to be read"
        )
        running.kill(build_id, by="somebody")
        build = wait_for_end(running, build_id)
        assert build.failure is not None
        assert (build.failure.phase, build.failure.reason) == ("plan", "killed")
        put_away(world, build_id)
        assert set(world.count_launches(build_id)) <= {"source"}


@pytest.mark.parametrize("wish", ["reject", "supersede", "queue"])
def test_what_is_to_become_of_a_conflict_counts_also_when_only_the_file_shows_it(
    world: World, wish: str
) -> None:
    world.let("plan", "source", files=leave(FILE))
    gate = world.hold("build")
    with world.serve() as running:
        older = running.submit(samples.make_request()).id
        wait_for_status(running, older, "BUILDING")
        newer = running.submit(ask(onConflict=wish, owner=samples.FIELDS["owner"])).id
        if wish == "reject":
            build = wait_for_end(running, newer)
            assert build.failure is not None
            assert build.failure.reason == "conflict"
            assert older in build.failure.message
        elif wish == "supersede":
            build = wait_for_end(running, older)
            assert build.failure is not None
            assert build.failure.reason == "superseded"
        else:
            wait_for(lambda: running.find_place(running.read(newer)), "the newer to wait")
        gate.open()
        for build_id in (older, newer):
            wait_for_end(running, build_id)
            put_away(world, build_id)


def test_a_replica_that_died_before_the_marker_was_moved_leaves_the_move_to_the_next(
    world: World,
) -> None:
    asked = ask()
    file = samples.make_request(gitRef=samples.COMMIT)
    awaiting = samples.make_record(request=asked)
    with world.connect() as client:
        _leave_planned(client, awaiting, file)
    with world.serve() as running:
        build = wait_for_end(running, samples.BUILD_ID)
        assert (build.failure, build.status) == (None, "SUCCEEDED")
        put_away(world, build.id)


def _leave_planned(client: Nomad, awaiting: Record, planned: request.BuildRequest) -> None:
    records = Store(client)
    records.announce(awaiting)
    stored = records.create(awaiting)
    ended = record.PhaseRecord(
        registered_at=samples.NOW, started_at=samples.NOW, ended_at=samples.NOW
    )
    changes = {"asked": awaiting.request, "request": planned, "plan": ended}
    assert records.update(stored, awaiting.model_copy(update=changes))
