"""/v1/vars and /v1/var: Nomad Variables."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.embedded import faults, locks, records, variables, wire
from server.embedded.api import answers


async def list_variables(request: Request) -> Response:
    """GET /v1/vars, in pages when ``per_page`` is given."""
    store = answers.parts(request).store
    prefix = request.query_params.get("prefix", "")
    per_page = answers.parse_uint(request, "per_page", "Invalid per_page")
    start = request.query_params.get("next_token", "").removeprefix(f"{records.NAMESPACE}.")

    def read() -> tuple[int, list[records.Variable]]:
        found = variables.matching(store, prefix) if answers.in_namespace(request) else []
        return store.index_of("variables"), [each for each in found if each.path >= start]

    index, found = await answers.blocking(request, read, ("variables", ""))
    page = found[:per_page] if per_page else found
    body = [wire.variable(each, with_items=False) for each in page]
    response = answers.indexed(request, index, body)
    if len(page) < len(found):
        response.headers["X-Nomad-NextToken"] = f"{records.NAMESPACE}.{found[len(page)].path}"
    return response


async def read_variable(request: Request) -> Response:
    """GET /v1/var/<path>."""
    store = answers.parts(request).store
    path = _path(request)

    def read() -> tuple[int, records.Variable | None]:
        record = store.variables.get(path) if answers.in_namespace(request) else None
        return (record.modify_index if record else store.index_of("variables")), record

    index, record = await answers.blocking(request, read, ("variables", path))
    if record is None:
        return answers.missing("variable not found", index)
    return answers.indexed(request, index, wire.variable(record))


async def write_variable(request: Request) -> Response:
    """PUT /v1/var/<path>, with ``cas`` only if the variable stands at that index; or a lock's operation."""
    path = _path(request)
    operation = _parse_lock_operation(request)
    if operation and request.query_params.get("cas"):
        raise faults.RequestFault(400, "CAS can't be used with lock operations")
    body = await answers.parse_body(request, "structs.VariableDecrypted")
    draft = variables.parse(body)
    _require_namespace(request)
    parts = answers.parts(request)
    try:
        if operation:
            return _operate(request, parts.locks, operation, path, draft)
        record = variables.put(parts.store, path, draft, _parse_cas(request))
    except variables.Conflict as conflict:
        return _conflict(conflict)
    return answers.written(request, record.modify_index, wire.variable(record))


def _operate(
    request: Request, held: locks.Locks, operation: str, path: str, draft: variables.Draft
) -> Response:
    """Do what a request wants of a lock; only the answer to an acquired one shows items."""
    match operation:
        case "lock-acquire":
            record = held.acquire(path, draft)
            return answers.written(request, record.modify_index, wire.variable(record))
        case "lock-renew":
            record = held.renew(path, draft)
            return answers.plain(request, wire.variable(record, with_items=False))
        case _:
            record = held.release(path, draft)
            body = wire.variable(record, with_items=False)
            return answers.written(request, record.modify_index, body)


async def delete_variable(request: Request) -> Response:
    """DELETE /v1/var/<path>, with ``cas`` only if the variable stands at that index."""
    path = _path(request)
    _require_namespace(request)
    expected = _parse_cas(request)
    try:
        index = variables.delete(answers.parts(request).store, path, expected)
    except variables.Conflict as conflict:
        return _conflict(conflict)
    return Response(status_code=204, headers={"X-Nomad-Index": str(index)})


def _path(request: Request) -> str:
    path: str = request.path_params["path"]
    if not path:
        raise faults.RequestFault(400, "missing variable path")
    return path


def _require_namespace(request: Request) -> None:
    namespace = request.query_params.get("namespace", records.NAMESPACE)
    if namespace != records.NAMESPACE:
        text = f'the embedded engine has the namespace "default" only, not "{namespace}"'
        raise faults.RequestFault(400, text)


def _parse_lock_operation(request: Request) -> str:
    """Return what the request wants of the variable's lock, or nothing."""
    names = ("lock-acquire", "lock-renew", "lock-release")
    found = [name for name in names if name in request.query_params]
    if len(found) > 1:
        raise faults.RequestFault(400, "multiple lock operations")
    return found[0] if found else ""


def _parse_cas(request: Request) -> int | None:
    text = request.query_params.get("cas")
    if not text:
        return None
    if not text.isdigit():
        problem = f'can not parse cas: strconv.ParseUint: parsing "{text}": invalid syntax'
        raise faults.RequestFault(400, problem)
    return int(text)


def _conflict(conflict: variables.Conflict) -> Response:
    """Answer what stands where the write was refused, as Nomad does: JSON, but named plain text."""
    current = conflict.current
    body = wire.variable(current, with_items=bool(current.items))
    return Response(
        answers.encode(body),
        status_code=409,
        headers={
            "X-Nomad-Index": str(current.modify_index),
            "Content-Type": "text/plain; charset=utf-8",
        },
    )


ROUTES = [
    Route("/v1/vars", list_variables, methods=["GET"]),
    Route("/v1/var/{path:path}", read_variable, methods=["GET"]),
    Route("/v1/var/{path:path}", write_variable, methods=["PUT", "POST"]),
    Route("/v1/var/{path:path}", delete_variable, methods=["DELETE"]),
]
