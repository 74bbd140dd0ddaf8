"""Webhooks of real builds, to a real receiver on loopback: at least once, and always the same delivery."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from server import builds, record, store, webhooks
from server.outbound import Sender
from tests import samples
from tests.receivers import Receiver, serving
from tests.services import Running, run
from tests.waiting import wait_for
from tests.worlds import World, put_away, submit, wait_for_end

LOOPBACK = {"WEBHOOK_HOSTS": "127.0.0.1"}
SECRET_PATH = "nomad-build/webhooks/team"
SECRET = "gehëim"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    with serving(made.server):
        yield made


def wait_for_delivery(seen: builds.Builds, build_id: str, *, attempts: int = 1) -> record.Delivery:
    """Wait until so many attempts were made, and what became of the last one is known."""

    def told() -> record.Delivery | None:
        delivery = seen.read(build_id).delivery
        if delivery is None or delivery.attempts < attempts:
            return None
        return delivery if delivery.delivered_at or delivery.last_error else None

    return wait_for(told, "the delivery")


def wait_for_close(world: World) -> None:
    with world.connect() as client:
        records = store.Store(client)
        wait_for(lambda: not records.list_deliveries(), "the delivery to be closed")


def read(receiver: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, _, _, body in receiver.asked]


def pass_time(running: Running, seconds: float) -> None:
    running.clock.put_forward(seconds)
    running.notifier.notify()


def test_the_result_of_a_build_is_told_once_with_a_signature(
    world: World, receiver: Receiver
) -> None:
    with world.serve(**LOOPBACK) as running, world.connect() as client:
        client.write_variable(SECRET_PATH, {"secret": SECRET}, 0)
        build_id = submit(
            running,
            webhookURL=f"{receiver.url}/hook",
            webhookHeaders={"X-Team": "ci"},
            webhookSecretPath=SECRET_PATH,
        )
        build = wait_for_end(running, build_id)
        delivery = wait_for_delivery(running, build_id)
        wait_for_close(world)
    ((method, path, headers, body),) = receiver.asked
    assert (method, path, headers["X-Team"]) == ("POST", "/hook", "ci")
    assert headers[webhooks.SIGNATURE] == webhooks.sign(SECRET.encode(), body)
    assert headers[webhooks.DELIVERY] == delivery.id
    assert headers[webhooks.EVENT] == "build.succeeded"
    content = json.loads(body)
    assert (content["jobID"], content["status"]) == (build_id, "SUCCEEDED")
    assert content["images"] == list(build.images)
    assert content["deliveryID"] == delivery.id
    assert delivery.delivered_at is not None
    assert delivery.attempts == 1
    assert SECRET not in running_record(world, build_id)


def running_record(world: World, build_id: str) -> str:
    with world.connect() as client:
        variable = client.read_variable(f"nomad-build/builds/{build_id}")
        assert variable is not None
        return variable.items["record"]


def test_a_failure_is_told_with_its_reason(world: World, receiver: Receiver) -> None:
    world.fail("test", "test_failed", exit_code=7)
    with world.serve(**LOOPBACK) as running:
        build_id = submit(running, webhookURL=receiver.url)
        wait_for_delivery(running, build_id)
    (content,) = read(receiver)
    assert content["event"] == "build.failed"
    assert content["failure"]["reason"] == "test_failed"
    assert webhooks.SIGNATURE not in receiver.asked[0][2]


@pytest.mark.parametrize(
    ("field", "fails"), [("webhookOnSuccess", False), ("webhookOnFailure", True)]
)
def test_what_nobody_wants_to_hear_is_not_told(
    world: World, receiver: Receiver, field: str, fails: bool
) -> None:
    if fails:
        world.fail("test", "test_failed")
    with world.serve(**LOOPBACK) as running:
        silent = submit(running, webhookURL=f"{receiver.url}/silent", **{field: False})
        assert wait_for_end(running, silent).delivery is None
        put_away(world, silent)
        told = submit(running, webhookURL=f"{receiver.url}/told")
        wait_for_delivery(running, told)
    assert [path for _, path, _, _ in receiver.asked] == ["/told"]


def test_a_receiver_that_is_away_is_tried_again_until_it_is_there(
    world: World, receiver: Receiver
) -> None:
    def fails_with(code: int) -> bool:
        delivery = running.builds.read(build_id).delivery
        return delivery is not None and str(code) in delivery.last_error

    # Each attempt fails in a way of its own, so that it shows which one the record tells of.
    receiver.answers["/x"] = (503, {}, b"")
    with run(world.configure(**LOOPBACK)) as running:
        build_id = submit(running.builds, webhookURL=f"{receiver.url}/x")
        wait_for(functools.partial(fails_with, 503), "the first attempt")
        for code in (502, 500):
            receiver.answers["/x"] = (code, {}, b"")
            pass_time(running, 15)
            wait_for(functools.partial(fails_with, code), "another attempt")
        receiver.answers.clear()
        pass_time(running, 45)
        wait_for_close(world)
        delivery = running.builds.read(build_id).delivery
    assert delivery is not None
    assert delivery.delivered_at is not None
    assert (delivery.attempts, delivery.last_error) == (4, "")
    assert [content["deliveryID"] for content in read(receiver)] == [delivery.id] * 4


def test_a_receiver_that_refuses_is_not_asked_again(world: World, receiver: Receiver) -> None:
    receiver.answers["/x"] = (410, {}, b"")
    with world.serve(**LOOPBACK) as running:
        build_id = submit(running, webhookURL=f"{receiver.url}/x")
        wait_for_close(world)
        delivery = wait_for_delivery(running, build_id)
    assert not delivery.open
    assert "410" in delivery.last_error
    assert len(receiver.asked) == 1


def test_a_secret_that_is_not_there_yet_is_waited_for(world: World, receiver: Receiver) -> None:
    with run(world.configure(**LOOPBACK)) as running, world.connect() as client:
        build_id = submit(running.builds, webhookURL=receiver.url, webhookSecretPath=SECRET_PATH)
        delivery = wait_for_delivery(running.builds, build_id)
        assert SECRET_PATH in delivery.last_error
        client.write_variable(SECRET_PATH, {"secret": SECRET}, 0)
        pass_time(running, 15)
        wait_for_close(world)
    ((_, _, headers, body),) = receiver.asked
    assert headers[webhooks.SIGNATURE] == webhooks.sign(SECRET.encode(), body)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_replica_that_dies_in_an_attempt_leaves_the_next_one_to_another(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*given: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        # The attempt is noted before it is made: its thread ends where a kill would have ended it.
        patch.setattr(Sender, "send", die)
        with world.serve(**LOOPBACK) as dying:
            build_id = submit(dying, webhookURL=receiver.url)
            wait_for(lambda: (dying.read(build_id).delivery or NONE).attempts, "the attempt")
            put_away(world, build_id)
            noted = dying.read(build_id).delivery
    assert noted is not None
    assert noted.open
    with run(world.configure(**LOOPBACK)) as running:
        running.notifier.notify()
        assert receiver.asked == []
        pass_time(running, 10)
        wait_for_close(world)
        delivery = running.builds.read(build_id).delivery
    assert delivery is not None
    assert (delivery.id, delivery.attempts) == (noted.id, 2)
    assert [content["deliveryID"] for content in read(receiver)] == [noted.id]


NONE = record.Delivery(id="", event="build.failed")


def test_several_replicas_make_one_attempt(world: World, receiver: Receiver) -> None:
    with (
        world.serve(**LOOPBACK) as one,
        world.serve(**LOOPBACK),
        world.serve(**LOOPBACK),
    ):
        ids = [submit(one, webhookURL=receiver.url, imageTags=[str(number)]) for number in range(4)]
        for build_id in ids:
            wait_for_delivery(one, build_id)
        wait_for_close(world)
    assert sorted(content["jobID"] for content in read(receiver)) == sorted(ids)


def test_a_note_of_a_delivery_that_never_was_is_removed(world: World) -> None:
    with world.serve() as running:
        wait_for_end(running, build_id := submit(running))
    with world.connect() as client:
        records = store.Store(client)
        for each in (build_id, samples.BUILD_ID):
            records.open_delivery(each)
    with world.serve():
        wait_for_close(world)
