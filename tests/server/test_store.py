from __future__ import annotations

from collections.abc import Iterator

import pytest

from server import nomad, record, store
from server.errors import BuildNotFound, InvalidRequest, NomadConflict, ServiceError
from tests import samples, worlds


@pytest.fixture
def client(world: worlds.World) -> Iterator[nomad.Nomad]:
    with world.connect() as connected:
        yield connected


@pytest.fixture
def records(client: nomad.Nomad) -> store.Store:
    return store.Store(client)


def test_a_record_is_read_as_it_was_stored(records: store.Store) -> None:
    created = records.create(samples.make_record())
    assert records.read(samples.BUILD_ID) == created
    assert created.record == samples.make_record()


def test_an_id_is_taken_once(records: store.Store) -> None:
    records.create(samples.make_record())
    with pytest.raises(NomadConflict):
        records.create(samples.make_record(variant="gpu"))
    assert records.read(samples.BUILD_ID).record.variant == "cpu"


def test_of_two_writers_the_second_has_to_read_again(records: store.Store) -> None:
    first = records.create(samples.make_record())
    second = records.read(samples.BUILD_ID)
    assert records.update(first, samples.make_running("build")) is not None
    assert records.update(second, samples.make_record(status="FAILED")) is None
    again = records.read(samples.BUILD_ID)
    assert again.record == samples.make_running("build")
    assert records.update(again, samples.make_record(status="FAILED")) is not None


def test_a_build_that_is_not_there_is_told(records: store.Store) -> None:
    with pytest.raises(BuildNotFound, match="nope"):
        records.read("nope")


def test_builds_are_unfinished_until_they_are_put_away(records: store.Store) -> None:
    other = "01kb9x3m4v0000000000000001"
    records.create(samples.make_record())
    records.create(samples.make_record(id=other))
    assert records.list_unfinished() == (samples.BUILD_ID, other)
    records.put_away(samples.BUILD_ID)
    records.put_away(samples.BUILD_ID)
    assert records.list_unfinished() == (other,)
    assert (records.is_unfinished(samples.BUILD_ID), records.is_unfinished(other)) == (False, True)
    assert records.list_builds() == (samples.BUILD_ID, other)


@pytest.mark.parametrize("letter", ["x", "ü", "\x1b", "\U0001f600", '"'])
def test_logs_are_shortened_from_their_beginning_until_the_record_fits(
    records: store.Store, client: nomad.Nomad, letter: str
) -> None:
    created = records.create(samples.make_record())
    build = created.record
    for phase in record.PHASES:
        build = build.with_phase(phase, log_tail=letter * 50_000 + f" end of {phase}")
    updated = records.update(created, build)
    assert updated is not None
    stored = client.read_variable(f"nomad-build/builds/{samples.BUILD_ID}")
    assert stored is not None
    assert len(stored.items["record"].encode()) <= 63 * 1024
    read = records.read(samples.BUILD_ID).record
    assert read == updated.record
    for phase in record.PHASES:
        tail = read.of(phase).log_tail or ""
        assert tail.endswith(f"{letter} end of {phase}")


def test_the_largest_request_still_leaves_room_for_logs(records: store.Store) -> None:
    build = samples.make_record(request=samples.make_request(testCommands=["x" * 8000] * 5))
    created = records.create(build)
    full = build.with_phase("build", log_tail="y" * 100_000)
    updated = records.update(created, full)
    assert updated is not None
    assert len(updated.record.build.log_tail or "") > 8 * 1024


def test_a_request_that_cannot_be_kept_is_refused_with_a_way_out(records: store.Store) -> None:
    build = samples.make_record(request=samples.make_request(testCommands=["x" * 8000] * 6))
    with pytest.raises(InvalidRequest, match="bytes") as caught:
        records.create(build)
    assert "script" in caught.value.next_step
    assert records.list_unfinished() == ()


@pytest.mark.parametrize(
    "items",
    [{}, {"record": ""}, {"record": "{}"}, {"record": "[1]"}, {"other": "x"}],
)
def test_a_record_that_is_none_is_told_apart_from_a_missing_one(
    records: store.Store, client: nomad.Nomad, items: dict[str, str]
) -> None:
    client.write_variable(f"nomad-build/builds/{samples.BUILD_ID}", items or {"x": ""}, 0)
    with pytest.raises(ServiceError, match="cannot be read") as caught:
        records.read(samples.BUILD_ID)
    assert not isinstance(caught.value, BuildNotFound)
    assert len(str(caught.value)) < 1000


def test_a_record_of_a_newer_schema_is_left_to_newer_replicas(
    records: store.Store, client: nomad.Nomad
) -> None:
    newer = samples.make_record(schema_version=record.SCHEMA_VERSION + 1)
    client.write_variable(
        f"nomad-build/builds/{samples.BUILD_ID}", {"record": newer.model_dump_json()}, 0
    )
    with pytest.raises(ServiceError, match="newer version") as caught:
        records.read(samples.BUILD_ID)
    assert caught.value.next_step
