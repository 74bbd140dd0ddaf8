"""What a webhook's delivery looks like, and when it is tried again. Pure: nothing is sent here.

A delivery is a POST of JSON. As GitHub does it, ``X-Webhook-Signature`` is the HMAC-SHA256 of the raw body and
of nothing else, so that a receiver needs no more than the body and the secret. The time of the attempt is
therefore a field of the body, where the signature covers it; the header of that name only repeats it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from server import destinations

SIGNATURE = "X-Webhook-Signature"
DELIVERY = "X-Webhook-Delivery"
EVENT = "X-Webhook-Event"
TIMESTAMP = "X-Webhook-Timestamp"

# Seconds between attempts: three times as long each time, from 5 s to an hour; ten attempts in 3.5 hours.
_DELAYS = (5, 15, 45, 135, 405, 1215, 3600, 3600, 3600)
_LONGEST_DELAY = timedelta(hours=1)
# Deliveries that failed together, as when their receiver was away, do not all come back together.
_JITTER = 0.2

_HEADERS_LIMIT = 16
_HEADER_LIMIT = 1024  # characters of name and value, each one byte on the wire

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET_HEADER = re.compile(
    r".*(?:authorization|cookie|token|secret|password|credentials?)"
    r"|(?:.*[-_.])?(?:access|api)?key",
    re.IGNORECASE,
)
_OWN_HEADER = re.compile(
    r"connection|content-(?:encoding|length|type)|expect|host|keep-alive|proxy-connection|te|trailer"
    r"|transfer-encoding|upgrade|x-webhook-.*",
    re.IGNORECASE,
)


def sign(secret: bytes, body: bytes) -> str:
    """Return the value of ``X-Webhook-Signature`` for a body."""
    return f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}"


def encode_body(
    event: str, delivery_id: str, sent_at: datetime, content: Mapping[str, Any]
) -> bytes:
    """Return the body of one attempt: the content, with what the attempt's headers say beside it."""
    about = {"event": event, "deliveryID": delivery_id, "timestamp": _timestamp(sent_at)}
    return json.dumps({**content, **about}, separators=(",", ":")).encode()


def create_headers(
    event: str, delivery_id: str, sent_at: datetime, body: bytes, secret: bytes | None
) -> dict[str, str]:
    """Return the headers of one attempt; without a secret there is no signature."""
    headers = {EVENT: event, DELIVERY: delivery_id, TIMESTAMP: _timestamp(sent_at)}
    return headers if secret is None else {**headers, SIGNATURE: sign(secret, body)}


def _timestamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def delay_after(
    attempt: int, delivery_id: str = "", asked: timedelta | None = None
) -> timedelta | None:
    """Return how long to wait after the given attempt, counted from 1, has failed; None to give up.

    The same for all replicas: up to a fifth is taken off by a hash of the delivery's id, not by chance.
    ``asked`` is what the receiver wants (``Retry-After``); it can make a delay longer, up to an hour.
    """
    if attempt > len(_DELAYS):
        return None
    digest = hashlib.sha256(f"{delivery_id}:{attempt}".encode("utf-8", "backslashreplace")).digest()
    fraction = int.from_bytes(digest[:4], "big") / 2**32
    delay = timedelta(seconds=_DELAYS[max(attempt, 1) - 1] * (1 - _JITTER * fraction))
    return min(max(delay, asked or delay), _LONGEST_DELAY)


def check_headers(headers: Mapping[str, str]) -> None:
    """Check the headers that a caller wants on the deliveries.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    if len(headers) > _HEADERS_LIMIT:
        msg = f"has more than {_HEADERS_LIMIT} headers"
        raise ValueError(msg)
    if len({name.lower() for name in headers}) < len(headers):
        msg = "has a header twice: upper and lower case are the same in their names"
        raise ValueError(msg)
    for name, value in headers.items():
        if (problem := _header_problem(name, value)) is not None:
            msg = f"has {destinations.shorten(name)}, {problem}"
            raise ValueError(msg)


def _header_problem(name: str, value: str) -> str | None:
    if not _TOKEN.fullmatch(name):
        return "which is not the name of a header"
    if _SECRET_HEADER.fullmatch(name):
        return (
            "which carries a secret, and a request may hold none; let the receiver verify the signature"
            f" in {SIGNATURE} instead"
        )
    if _OWN_HEADER.fullmatch(name):
        return "which the service sets by itself"
    if len(name) + len(value) > _HEADER_LIMIT:
        return f"which has more than {_HEADER_LIMIT} characters with its value"
    if not value.isprintable() or any(ord(character) > 0xFF for character in value):
        return "whose value has characters that a header cannot hold: printable Latin-1 alone"
    if value != value.strip():
        return "whose value begins or ends with a space"
    return None
