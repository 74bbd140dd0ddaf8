"""From a request's body to a tool's arguments: JSON, and nothing that could be read in two ways."""

from __future__ import annotations

import collections
import json
import math
from typing import Any

from starlette.requests import ClientDisconnect, Request

from server import errors, validation
from server.http.refusals import Refused

# The largest request that can be kept is far smaller; this only has to be small enough to be read.
LIMIT = 1024 * 1024
JSON = "application/json"


async def read_arguments(request: Request) -> Any:
    """Read the body; none at all is an empty object.

    Raises:
        Refused: the body is too large, or not announced as JSON.
        InvalidRequest: it is not JSON.
    """
    # A browser names the page in each POST: without a body, too, that must not be one of anybody's.
    if _has_no_body(request) and "origin" not in request.headers:
        return {}
    _require_json(request)
    return parse(await _read(request))


def _has_no_body(request: Request) -> bool:
    headers = request.headers
    return (
        "content-type" not in headers
        and "transfer-encoding" not in headers
        and headers.get("content-length", "0").strip() == "0"
    )


def _require_json(request: Request) -> None:
    """Refuse other types: they need no permission of a browser's user, and a page anywhere could submit builds."""
    content_type = request.headers.get("content-type", "").split(";")[0]
    if content_type.strip().lower() != JSON:
        raise Refused(415, "the body must be JSON", f"Send the header Content-Type: {JSON}")
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Refused(415, "the body must not be compressed", "Send it without Content-Encoding")


async def _read(request: Request) -> bytes:
    """Read the body, but no further than allowed."""
    body = b""
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LIMIT:
                message = f"the body has more than {LIMIT} bytes"
                raise Refused(413, message, "Send a smaller request")
    except ClientDisconnect as error:
        raise Refused(400, "the body ended early", "Send all of it") from error
    return body


def parse(body: bytes) -> Any:
    """Return what JSON says.

    Raises:
        InvalidRequest: it is not JSON, or says something twice, or has a number that is none.
    """
    try:
        return json.loads(
            str(body, "utf-8-sig") or "{}",
            object_pairs_hook=_object,
            parse_constant=_number,
            parse_float=_number,
        )
    except UnicodeDecodeError as error:
        problem = f"the body is not JSON: byte {error.start} is not UTF-8"
        raise InvalidBody(problem) from error
    except (ValueError, RecursionError) as error:
        problem = f"the body is not JSON: {error}"
        raise InvalidBody(problem) from error


class InvalidBody(errors.InvalidRequest):
    """The body is not JSON."""

    next_step = "Send one JSON object"

    def __init__(self, problem: str) -> None:
        super().__init__((problem,))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; of two values for a name no reader could tell which is meant."""
    made = dict(pairs)
    if len(made) < len(pairs):
        # In one pass: a body has room for a hundred thousand names, and all other calls wait meanwhile.
        times = collections.Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        problem = f"{validation.printable(twice)} is there twice: give it once"
        raise errors.InvalidRequest((problem,))
    return made


def _number(text: str) -> float | int:
    """Take a number with a fraction or exponent; neither NaN nor what is too large to be kept."""
    number = float(text)
    if not math.isfinite(number):
        problem = f"{text[:40]} is a number that JSON does not have, or too large"
        raise errors.InvalidRequest((problem,))
    return validation.read_number(number)
