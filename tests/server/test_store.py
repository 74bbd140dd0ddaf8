from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server import nomad, record, store
from server.errors import BuildNotFound, InvalidRequest, ServiceError
from tests import samples, worlds

OTHER = "01kb9x3m4v0000000000000001"


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


def test_an_id_is_taken_once_and_who_comes_second_is_given_what_is_there(
    records: store.Store,
) -> None:
    first = records.create(samples.make_record())
    assert records.create(samples.make_record(variant="gpu")) == first
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


def enter(records: store.Store, **changes: Any) -> record.Record:
    build = samples.make_record(**changes)
    records.announce(build)
    return records.create(build).record


def live(records: store.Store) -> list[str]:
    return [entry.build_id for entry in records.list_live()]


def test_builds_are_live_from_their_announcement_until_they_are_put_away(
    records: store.Store,
) -> None:
    enter(records)
    records.announce(samples.make_record(id=OTHER))
    assert live(records) == [samples.BUILD_ID, OTHER]
    records.put_away(samples.BUILD_ID)
    records.put_away(samples.BUILD_ID)
    assert live(records) == [OTHER]
    assert (records.is_live(samples.BUILD_ID), records.is_live(OTHER)) == (False, True)
    assert [store.build_of(stub) for stub in records.list_records()] == [samples.BUILD_ID]


def test_the_place_in_the_queue_is_that_of_the_announcement_and_stays(records: store.Store) -> None:
    # The ids say the opposite: no clock decides.
    first = enter(records, id=OTHER)
    enter(records)
    records.announce(first)
    records.touch(first)
    records.mark_killed(OTHER, record.Kill(at=samples.NOW))
    assert live(records) == [OTHER, samples.BUILD_ID]


def test_whoever_has_the_same_owner_or_repository_has_the_same_key(records: store.Store) -> None:
    enter(records, request=samples.make_request(owner="me", imageName="a"))
    enter(records, id=OTHER, request=samples.make_request(owner="you", imageName="a"))
    one, two = records.list_live()
    assert one.repositories == two.repositories
    assert one.owner != two.owner
    assert "me" not in (one.owner, *one.repositories)


def test_a_marker_of_version_1_is_a_live_build(records: store.Store, client: nomad.Nomad) -> None:
    client.write_variable(f"nomad-build/unfinished/{OTHER}", {"id": OTHER}, 0)
    (entry,) = records.list_live()
    assert (entry.build_id, entry.owner, entry.repositories) == (OTHER, "", ())
    records.put_away(OTHER)
    assert live(records) == []


def test_an_announcement_is_taken_back_unless_it_was_repeated(records: store.Store) -> None:
    build = samples.make_record()
    index = records.announce(build)
    assert index is not None
    assert records.announce(build) is None
    records.withdraw(build, index)
    assert live(records) == [build.id]
    (entry,) = records.list_live()
    records.withdraw(build, entry.modify_index)
    assert live(records) == []


def test_an_announcement_that_was_given_up_is_no_build(records: store.Store) -> None:
    records.announce(samples.make_record())
    (entry,) = records.list_live()
    records.abandon(entry)
    assert live(records) == []
    with pytest.raises(BuildNotFound):
        records.read(samples.BUILD_ID)
    assert records.claims(samples.BUILD_ID) is None


def test_who_comes_after_the_announcement_was_given_up_announces_it_again(
    records: store.Store,
) -> None:
    records.announce(samples.make_record())
    (entry,) = records.list_live()
    records.abandon(entry)
    created = records.create(samples.make_record())
    assert live(records) == [samples.BUILD_ID]
    # Whoever was about to give it up finds another marker than the one it had seen.
    records.abandon(entry)
    assert live(records) == [samples.BUILD_ID]
    assert records.read(samples.BUILD_ID) == created


def test_a_build_that_was_stored_is_not_given_up(records: store.Store) -> None:
    build = enter(records)
    (entry,) = records.list_live()
    records.abandon(entry)
    assert live(records) == [build.id]
    assert records.read(build.id).record == build


def test_a_kill_is_noted_once_and_moves_the_marker(records: store.Store) -> None:
    enter(records)
    (before,) = records.list_live()
    first = record.Kill(at=samples.NOW, by="me")
    assert records.mark_killed(samples.BUILD_ID, first).kill == first
    (after,) = records.list_live()
    assert after.modify_index > before.modify_index
    again = records.mark_killed(samples.BUILD_ID, record.Kill(at=samples.NOW, by="you"))
    assert again.kill == first


def test_what_a_build_wants_to_publish_is_known_once_it_has_a_record(
    records: store.Store, client: nomad.Nomad
) -> None:
    assert records.claims(samples.BUILD_ID) is None
    build = enter(records)
    assert records.claims(build.id) == frozenset(build.images)
    # Another replica reads it, once.
    other = store.Store(client)
    assert other.claims(build.id) == frozenset(build.images)
    client.delete_variable(f"nomad-build/builds/{build.id}")
    assert other.claims(build.id) == frozenset(build.images)


def test_a_record_is_removed_only_as_it_was_seen(records: store.Store) -> None:
    first = records.create(samples.make_record())
    second = records.update(first, samples.make_running("build"))
    assert second is not None
    records.delete(samples.BUILD_ID, first.index)
    assert records.read(samples.BUILD_ID) == second
    records.delete(samples.BUILD_ID, second.index)
    with pytest.raises(BuildNotFound):
        records.read(samples.BUILD_ID)


def test_deliveries_are_open_until_they_are_closed(records: store.Store) -> None:
    for _ in range(2):
        records.open_delivery(samples.BUILD_ID)
    assert records.list_deliveries() == (samples.BUILD_ID,)
    for _ in range(2):
        records.close_delivery(samples.BUILD_ID)
    assert records.list_deliveries() == ()


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
        records.announce(build)
    assert "script" in caught.value.next_step
    assert live(records) == []


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


def test_the_largest_record_still_fits(records: store.Store, client: nomad.Nomad) -> None:
    commands = ["x" * 600] * 64
    build = samples.make_record(request=samples.make_request(testCommands=commands))
    failed = record.FailedTest(suite="\U0001f600" * 200, name="ü" * 200, message="ü" * 300)
    names = [*(f"test-{number}" for number in range(64)), *(f"service-{'s' * 30}{n}" for n in "ab")]
    task = record.TaskRecord(started_at=samples.NOW, ended_at=samples.NOW, exit_code=0)
    build = build.model_copy(
        update={
            "report": record.TestReport(
                tests=1, passed=0, failed=1, errors=0, skipped=0, seconds=1, failures=(failed,) * 20
            ),
            "failure": record.Failure(
                phase="test", reason="secret_unavailable", message="vault " * 5000
            ),
        }
    ).with_phase(
        "test", tasks=dict.fromkeys(names, task), log_tail="y" * 50_000, waiting="v" * 9000
    )
    records.announce(build)
    records.create(build)
    read = records.read(build.id).record
    assert read.failure is not None
    assert read.failure.message.startswith("vault vault")
    assert (read.test.tasks, read.request) == (build.test.tasks, build.request)


def test_a_request_that_is_repeated_while_its_marker_moves_hides_nothing(
    records: store.Store,
) -> None:
    asked = samples.make_request(buildFile="ci.yaml")
    awaiting = enter(records, request=asked)
    planned = awaiting.model_copy(update={"asked": asked})
    records.move(planned)
    # Another replica, which has found no record before, announces the build once more.
    records.announce(awaiting)
    (entry,) = records.list_live()
    assert len(entry.repositories) == 1
    records.move(planned)
    records.put_away(planned.id)
    assert live(records) == []


def test_of_a_build_with_a_build_file_two_requests_have_to_fit(records: store.Store) -> None:
    fields = {"testCommands": ["x" * 8000] * 3}
    records.announce(samples.make_record(request=samples.make_request(**fields)))
    build = samples.make_record(request=samples.make_request(**fields, buildFile="ci.yaml"))
    with pytest.raises(InvalidRequest, match="at most 20480 can be kept"):
        records.announce(build)
