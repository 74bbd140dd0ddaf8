from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import webhooks

NOW = datetime(2026, 3, 1, 12, 30, 5, 999_000, tzinfo=UTC)


def delays(delivery_id: str) -> list[float]:
    found: list[float] = []
    while (delay := webhooks.delay_after(len(found) + 1, delivery_id)) is not None:
        found.append(delay.total_seconds())
    return found


def test_a_body_is_signed_as_github_does_it() -> None:
    # The example of GitHub's page "Validating webhook deliveries".
    signature = webhooks.sign(b"It's a Secret to Everybody", b"Hello, World!")

    assert signature == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_the_headers_repeat_what_the_signed_body_says() -> None:
    body = webhooks.encode_body("build.failed", "01ABC", NOW, {"jobID": "x", "event": "forged"})

    headers = webhooks.create_headers("build.failed", "01ABC", NOW, body, b"secret")

    assert json.loads(body) == {
        "jobID": "x",
        "event": headers[webhooks.EVENT],
        "deliveryID": headers[webhooks.DELIVERY],
        "timestamp": headers[webhooks.TIMESTAMP],
    }
    assert headers == {
        "X-Webhook-Event": "build.failed",
        "X-Webhook-Delivery": "01ABC",
        "X-Webhook-Timestamp": "2026-03-01T12:30:05Z",
        "X-Webhook-Signature": webhooks.sign(b"secret", body),
    }


def test_without_a_secret_nothing_is_signed() -> None:
    assert webhooks.SIGNATURE not in webhooks.create_headers("e", "d", NOW, b"", None)


def test_the_time_is_told_in_utc_wherever_the_service_runs() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))

    assert webhooks.encode_body("e", "d", elsewhere, {}) == webhooks.encode_body("e", "d", NOW, {})


def test_ten_attempts_are_made_within_a_few_hours_from_seconds_to_an_hour_apart() -> None:
    found = delays("01ABC")

    assert len(found) == 9
    assert found[:6] == sorted(found[:6])
    assert 4 <= found[0] <= 5
    assert 48 * 60 <= found[-1] <= 3600
    assert 2.5 * 3600 < sum(found) < 4 * 3600


def test_deliveries_that_failed_together_come_back_apart_but_each_at_the_same_time_everywhere() -> (
    None
):
    lasts = {delays(f"delivery-{number}")[-1] for number in range(50)}

    assert len(lasts) == 50
    assert max(lasts) - min(lasts) > 300
    assert delays("delivery-1") == delays("delivery-1")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [(timedelta(seconds=90), 90.0), (timedelta(days=30), 3600.0)],
)
def test_a_receiver_may_ask_for_a_longer_delay_up_to_an_hour(
    asked: timedelta, expected: float
) -> None:
    delay = webhooks.delay_after(1, "01ABC", asked)

    assert delay is not None
    assert delay.total_seconds() == expected


def test_a_receiver_can_neither_hasten_an_attempt_nor_get_more_of_them() -> None:
    assert webhooks.delay_after(4, "x", timedelta(0)) == webhooks.delay_after(4, "x")
    assert webhooks.delay_after(10, "x", timedelta(hours=1)) is None


@given(st.integers(min_value=1, max_value=100), st.text())
def test_every_delay_is_between_seconds_and_an_hour(attempt: int, delivery_id: str) -> None:
    delay = webhooks.delay_after(attempt, delivery_id)

    assert (delay is None) == (attempt >= 10)
    assert delay is None or timedelta(seconds=4) <= delay <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Request-Source", "build farm"),
        ("X-Team", "Zürich"),
        ("Accept", "application/json"),
        ("X-Monkey", ""),
    ],
)
def test_a_plain_header_is_accepted(name: str, value: str) -> None:
    webhooks.check_headers({name: value})


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "proxy-authorization",
        "Cookie",
        "X-Gitlab-Token",
        "X-API-Key",
        "apikey",
        "Ocp-Apim-Subscription-Key",
        "X-Hub-Secret",
        "X-AuthToken",
        "PASSWORD",
    ],
)
def test_a_header_that_carries_a_secret_is_refused_and_the_signature_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"a request may hold none.*X-Webhook-Signature"):
        webhooks.check_headers({name: "hunter2"})


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("Host", "x", "sets by itself"),
        ("content-length", "1", "sets by itself"),
        ("Transfer-Encoding", "chunked", "sets by itself"),
        ("Connection", "close", "sets by itself"),
        ("x-webhook-signature", "sha256=0", "sets by itself"),
        ("X-Webhook-Anything", "x", "sets by itself"),
        ("", "x", "not the name of a header"),
        ("X Team", "x", "not the name of a header"),
        ("X-Team:", "x", "not the name of a header"),
        ("X-Team\n", "x", "not the name of a header"),
        ("X-Téam", "x", "not the name of a header"),
        ("X-Team", "a\r\nX-Other: b", "cannot hold"),
        ("X-Team", "tab\there", "cannot hold"),
        ("X-Team", "\x00", "cannot hold"),
        ("X-Team", "東京", "cannot hold"),
        ("X-Team", " padded", "space"),
        ("X-Team", "x" * 1019, "more than 1024"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(name: str, value: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        webhooks.check_headers({name: value})


def test_headers_are_few_and_each_is_there_once() -> None:
    webhooks.check_headers({f"X-{number}": "x" * 1000 for number in range(16)})
    with pytest.raises(ValueError, match="more than 16"):
        webhooks.check_headers({f"X-{number}": "x" for number in range(17)})
    with pytest.raises(ValueError, match="twice"):
        webhooks.check_headers({"X-Team": "a", "x-team": "b"})


@given(st.dictionaries(st.text(), st.text(), max_size=20))
def test_whatever_headers_are_given_the_answer_is_yes_or_a_sentence(
    headers: dict[str, str],
) -> None:
    try:
        webhooks.check_headers(headers)
    except ValueError as error:
        assert type(error) is ValueError
        assert str(error).isascii()
        assert str(error).isprintable()
    else:
        for name, value in headers.items():
            assert f"{name}: {value}\r\n".encode("latin-1").count(b"\n") == 1
