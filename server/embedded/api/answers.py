"""Requests' parameters in, answers with Nomad's headers out; the same for all routes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.embedded import (
    client,
    config,
    control,
    durations,
    faults,
    link,
    locks,
    notices,
    records,
    state,
)

DEFAULT_WAIT_SECONDS = 300.0
MAX_WAIT_SECONDS = 600.0
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work on."""

    store: state.State
    control: control.Control
    client: client.Client
    link: link.Link
    locks: locks.Locks
    config: config.Config


def parts(request: Request) -> Parts:
    """Return what the application was made with."""
    found: Parts = request.app.state.parts
    return found


def encode(body: records.Json, *, pretty: bool = False) -> bytes:
    """Encode JSON as Nomad does: keys in order, no spaces unless asked for."""
    if pretty:
        return json.dumps(body, sort_keys=True, ensure_ascii=False, indent=4).encode()
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def plain(
    request: Request, body: records.Json, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer JSON without an index."""
    pretty = "pretty" in request.query_params
    return Response(
        encode(body, pretty=pretty), media_type="application/json", headers=dict(headers or {})
    )


def indexed(request: Request, index: int, body: records.Json) -> Response:
    """Answer a query: JSON with the index that the next blocking query waits beyond."""
    return plain(request, body, query_headers(index))


def written(request: Request, index: int, body: records.Json) -> Response:
    """Answer a write: JSON with the index of the change."""
    return plain(request, body, {"X-Nomad-Index": str(index)})


def missing(text: str, index: int) -> Response:
    """Answer that something is not there; clients can wait for it by the index."""
    return PlainTextResponse(text, status_code=404, headers=query_headers(index))


def query_headers(index: int) -> dict[str, str]:
    """Return the headers of every query."""
    return {
        "X-Nomad-Index": str(index),
        "X-Nomad-KnownLeader": "true",
        "X-Nomad-LastContact": "0",
    }


async def blocking(
    request: Request, read: Callable[[], tuple[int, Value]], *names: notices.Name
) -> tuple[int, Value]:
    """Read at once, or, with ``index``, when something beyond it happened or ``wait`` is over.

    ``names`` are the tables, or records of them, that the answer is made of.
    """
    minimum = parse_uint(request, "index", "Invalid index")
    wait = request.query_params.get("wait")
    seconds = DEFAULT_WAIT_SECONDS
    if wait is not None:
        try:
            seconds = durations.parse_go(wait) / durations.NANOSECONDS["s"]
        except ValueError as error:
            raise faults.RequestFault(400, "Invalid wait time") from error
    if not minimum:
        return read()
    return await parts(request).store.wait_beyond(
        minimum, min(seconds or DEFAULT_WAIT_SECONDS, MAX_WAIT_SECONDS), names, read
    )


def parse_uint(request: Request, name: str, text: str) -> int:
    """Read a number of the query; 0 when it is absent."""
    value = request.query_params.get(name, "")
    if value and not value.isdigit():
        raise faults.RequestFault(400, text)
    return int(value or "0")


def parse_flag(request: Request, name: str) -> bool:
    """Read a boolean of the query as strconv.ParseBool does."""
    value = request.query_params.get(name, "")
    if value in ("", "0", "f", "F", "false", "FALSE", "False"):
        return False
    if value in ("1", "t", "T", "true", "TRUE", "True"):
        return True
    text = (
        f"failed to parse {name} field to boolean: "
        f'strconv.ParseBool: parsing "{value}": invalid syntax'
    )
    raise faults.RequestFault(400, text)


async def parse_body(request: Request, target: str) -> records.Json:
    """Read a request's JSON object; ``target`` is the Go type that errors name."""
    data = await request.body()
    if not data:
        raise faults.RequestFault(400, "Request body is empty")
    try:
        body = json.loads(data)
    except ValueError as error:
        raise faults.RequestFault(400, _describe_syntax(data, error)) from error
    if not isinstance(body, dict):
        kinds = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}
        kind = kinds.get(type(body), "object")
        text = f"json: cannot unmarshal {kind} into Go value of type {target}"
        raise faults.RequestFault(400, text)
    return body


def _describe_syntax(data: bytes, error: ValueError) -> str:
    """Word a syntax error much as encoding/json."""
    if isinstance(error, json.JSONDecodeError) and error.pos < len(error.doc):
        character = error.doc[error.pos]
        for literal in ("null", "true", "false"):
            rest = error.doc[error.pos : error.pos + len(literal)]
            for place, (found, wanted) in enumerate(zip(rest, literal, strict=False)):
                if found != wanted and place:
                    return (
                        f"invalid character '{found}' in literal {literal} (expecting '{wanted}')"
                    )
                if found != wanted:
                    break
        return f"invalid character '{character}' looking for beginning of value"
    del data
    return "unexpected EOF"


def in_namespace(request: Request) -> bool:
    """Tell whether the request looks at the one namespace that there is."""
    return request.query_params.get("namespace", records.NAMESPACE) in (records.NAMESPACE, "*")


def require_uuid(value: str, text: str) -> None:
    """Refuse an id that cannot be one, as Nomad's index does."""
    if len(value) != 36:
        raise faults.RequestFault(500, f"{text}index error: UUID must be 36 characters")


def matches_prefix(value: str, prefix: str, text: str) -> bool:
    """Compare a UUID with the beginning of one, which must have an even number of digits."""
    digits = prefix.replace("-", "")
    if len(digits) % 2:
        problem = "Input (without hyphens) must be even length"
        raise faults.RequestFault(500, f"{text}index error: {problem}")
    return value.startswith(prefix)
