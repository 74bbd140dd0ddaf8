"""Records that only a newer version can read, as in the middle of an update: they are in nobody's way."""

from __future__ import annotations

import json

import pytest

from server import nomad, record, steps, store
from server.errors import RecordUnreadable
from tests import samples
from tests.worlds import World, put_away, submit, wait_for_end


def make_newer(client: nomad.Nomad, build_id: str) -> None:
    """Have a build's record say what only a newer version understands."""
    path = f"{store.BUILDS}{build_id}"
    found = client.read_variable(path)
    assert found is not None
    content = json.loads(found.items["record"]) | {"schema_version": record.SCHEMA_VERSION + 1}
    client.write_variable(path, {"record": json.dumps(content)}, found.modify_index)


@pytest.fixture
def newer(world: World) -> list[str]:
    """Two live builds of one repository, of a newer replica."""
    with world.observe() as seen, world.connect() as client:
        ids = [submit(seen), submit(seen, imageTags=["other"])]
        for build_id in ids:
            make_newer(client, build_id)
    return ids


def test_other_builds_go_on_and_nobody_spins(
    world: World, newer: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.run() as running:
        asked: list[str] = []
        list_jobs = running.nomad.list_jobs

        def count(prefix: str, **options: bool) -> object:
            asked.append(prefix)
            return list_jobs(prefix, **options)

        monkeypatch.setattr(running.nomad, "list_jobs", count)
        build_id = submit(running.builds, registryURL="registry.cluster:5000/elsewhere")
        assert wait_for_end(running.builds, build_id).status == "SUCCEEDED"
        # A survey lists the jobs of each phase once; there is one as the replica begins, and for each change.
        assert len(asked) < 100
        with pytest.raises(RecordUnreadable):
            running.builds.read(newer[0])


def test_a_cleanup_leaves_it_to_those_who_can_read_it(world: World) -> None:
    with world.serve() as running, world.connect() as client:
        build_id = submit(running)
        wait_for_end(running, build_id)
        put_away(world, build_id)
        make_newer(client, build_id)
        running.clean_up_all()
        assert client.read_variable(f"{store.BUILDS}{build_id}") is not None


def test_a_build_that_is_announced_alone_keeps_none_from_taking_a_place(world: World) -> None:
    world.hold("build")
    with world.rest() as dying:
        # A replica that died before it wrote the record.
        store.Store(dying.nomad).announce(samples.make_record(id="01kb9x3m4v0000000000000000"))
    with world.serve() as running:
        older = submit(running)
        submit(running, onConflict="supersede")
        # Before the announcement is given up, which would let it go on as well.
        build = wait_for_end(running, older, steps.ANNOUNCEMENT_SECONDS / 2)
        assert build.failure is not None
        assert build.failure.reason == "superseded"
