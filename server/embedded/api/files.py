"""/v1/client/fs: tasks' logs and allocations' files."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Literal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from server.embedded import faults, filesystem, logs, records
from server.embedded.api import answers


async def stream_logs(request: Request) -> Response:
    """GET /v1/client/fs/logs/<alloc>: plain bytes, or JSON frames with heartbeats."""
    query = request.query_params
    task = query.get("task", "")
    if not task:
        raise faults.RequestFault(400, "must provide task name")
    follow = answers.parse_flag(request, "follow")
    kind = query.get("type", "")
    if kind not in ("stdout", "stderr"):
        raise faults.RequestFault(400, "must provide log type (stdout/stderr)")
    offset = _parse_offset(query.get("offset", "0") or "0")
    origin = _parse_origin(query.get("origin", "start") or "start")
    plain = answers.parse_flag(request, "plain")
    allocation = _find_allocation(request)
    _require_client(request)
    states = allocation.task_states or {}
    if task not in states:
        raise faults.RequestFault(400, f'unknown task name "{task}"')
    directory = _find_directory(request)
    parts = answers.parts(request)
    if (
        states[task].started_at is None
        and not logs.existing(directory.logs, f"{task}.{kind}")
        and not follow
    ):
        text = f'task "{task}" not started yet. No logs available'
        raise faults.RequestFault(404, text)
    frames = logs.read(
        directory.logs,
        f"{task}.{kind}",
        offset=offset,
        origin=origin,
        follow=follow,
        closed=lambda: parts.store.changed.closed or not parts.link.connected,
    )
    media_type = "text/plain" if plain else "application/json"
    encoded = _encode_plain(frames) if plain else _encode_framed(frames)
    # Starlette would add a charset to text; Nomad's answer has none.
    return StreamingResponse(encoded, headers={"Content-Type": media_type})


async def read_file(request: Request) -> Response:
    """GET /v1/client/fs/cat/<alloc>: a file's content.

    Nomad answers errors of this route with status 200 and their text, because it has begun the answer
    by then (fs_endpoint.go, wrapUntrustedContent); so a client that needs to know asks ``stat`` first.
    """
    return _read_range(request, offset=0, limit=None)


async def read_range(request: Request) -> Response:
    """GET /v1/client/fs/readat/<alloc>: a part of a file."""
    try:
        offset = _parse_offset(request.query_params.get("offset", ""))
        limit = _parse_offset(request.query_params.get("limit", ""), "limit")
    except faults.RequestFault as fault:
        return PlainTextResponse(fault.text)
    return _read_range(request, offset=offset, limit=limit)


async def list_files(request: Request) -> Response:
    """GET /v1/client/fs/ls/<alloc>."""
    path = request.query_params.get("path", "") or "/"
    return answers.plain(request, _find_directory(request).entries(path))


async def stat_file(request: Request) -> Response:
    """GET /v1/client/fs/stat/<alloc>."""
    path = request.query_params.get("path", "")
    if not path:
        raise faults.RequestFault(400, "must provide a file name")
    return answers.plain(request, _find_directory(request).describe(path))


def _read_range(request: Request, offset: int, limit: int | None) -> Response:
    path = request.query_params.get("path", "")
    try:
        if not path:
            raise faults.RequestFault(400, "must provide a file name")
        target = _find_directory(request).open_file(path)
    except faults.RequestFault as fault:
        return PlainTextResponse(fault.text)
    with target.open("rb") as file:
        file.seek(offset)
        data = file.read(-1 if limit is None else limit)
    return PlainTextResponse(
        data,
        headers={
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "X-XSS-Protection": "1; mode=block",
        },
    )


def _find_allocation(request: Request) -> records.Allocation:
    allocation_id = request.path_params["allocation_id"]
    answers.require_uuid(allocation_id, "alloc lookup failed: ")
    record = answers.parts(request).store.allocations.get(allocation_id)
    if record is None:
        raise faults.RequestFault(404, f'Unknown allocation "{allocation_id}"')
    return record


def _find_directory(request: Request) -> filesystem.AllocationDirectory:
    allocation = _find_allocation(request)
    _require_client(request)
    directory = answers.parts(request).client.directory(allocation.id)
    if directory is None:
        raise faults.RequestFault(404, f'Unknown allocation "{allocation.id}"')
    return directory


def _require_client(request: Request) -> None:
    """Refuse what only the node's client knows while it is not heard of."""
    if not answers.parts(request).link.connected:
        raise faults.RequestFault(404, "No path to node")


def _parse_offset(text: str, name: str = "offset") -> int:
    try:
        return int(text)
    except ValueError as error:
        problem = f'error parsing {name}: strconv.ParseInt: parsing "{text}": invalid syntax'
        raise faults.RequestFault(400, problem) from error


def _parse_origin(text: str) -> Literal["start", "end"]:
    match text:
        case "start" | "end":
            return text
        case _:
            raise faults.RequestFault(400, "origin must be start or end")


async def _encode_plain(frames: AsyncIterator[logs.Frame | None]) -> AsyncIterator[bytes]:
    async for frame in frames:
        if frame is not None:
            yield frame.data


async def _encode_framed(frames: AsyncIterator[logs.Frame | None]) -> AsyncIterator[bytes]:
    async for frame in frames:
        if frame is None:
            yield b"{}"
            continue
        data = base64.b64encode(frame.data).decode()
        yield answers.encode({"Data": data, "File": frame.file, "Offset": frame.offset})


_FS = "/v1/client/fs"
ROUTES = [
    Route(f"{_FS}/logs/{{allocation_id}}", stream_logs, methods=["GET"]),
    Route(f"{_FS}/cat/{{allocation_id}}", read_file, methods=["GET"]),
    Route(f"{_FS}/readat/{{allocation_id}}", read_range, methods=["GET"]),
    Route(f"{_FS}/ls/{{allocation_id}}", list_files, methods=["GET"]),
    Route(f"{_FS}/stat/{{allocation_id}}", stat_file, methods=["GET"]),
]
