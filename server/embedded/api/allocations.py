"""/v1/allocations, /v1/evaluations and what is below them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.embedded import faults, records, wire
from server.embedded.api import answers

_ALLOC_LOOKUP = "alloc lookup failed: "


async def list_allocations(request: Request) -> Response:
    """GET /v1/allocations."""
    store = answers.parts(request).store
    prefix = request.query_params.get("prefix", "")
    with_states = request.query_params.get("task_states", "true") != "false"
    with_resources = answers.parse_flag(request, "resources")

    def read() -> tuple[int, list[records.Json]]:
        found = [
            wire.allocation_stub(each, with_states=with_states, with_resources=with_resources)
            for each in sorted(store.allocations.values(), key=lambda each: each.id)
            if answers.matches_prefix(each.id, prefix, _ALLOC_LOOKUP)
        ]
        return store.index_of("allocs"), found if answers.in_namespace(request) else []

    answers.matches_prefix("", prefix, _ALLOC_LOOKUP)
    return answers.indexed(request, *await answers.blocking(request, read, ("allocs", "")))


async def read_allocation(request: Request) -> Response:
    """GET /v1/allocation/<id>."""
    store = answers.parts(request).store
    allocation_id = request.path_params["allocation_id"]
    answers.require_uuid(allocation_id, _ALLOC_LOOKUP)

    def read() -> tuple[int, records.Allocation | None]:
        record = store.allocations.get(allocation_id)
        return (record.modify_index if record else store.index_of("allocs")), record

    index, record = await answers.blocking(request, read, ("allocs", allocation_id))
    if record is None:
        return answers.missing("alloc not found", index)
    return answers.indexed(request, index, wire.allocation(record, with_job=True))


async def stop_allocation(request: Request) -> Response:
    """PUT /v1/allocation/<id>/stop."""
    allocation_id = request.path_params["allocation_id"]
    answers.require_uuid(allocation_id, _ALLOC_LOOKUP)
    at_once = answers.parse_flag(request, "no_shutdown_delay")
    done = answers.parts(request).control.stop_allocation(allocation_id, at_once)
    if done is None:
        raise faults.RequestFault(404, "allocation not found")
    return answers.written(request, done.index, {"EvalID": done.evaluation_id, "Index": done.index})


async def list_services(request: Request) -> Response:
    """GET /v1/allocation/<id>/services: the engine registers none."""
    return answers.indexed(request, 1, [])


async def list_evaluations(request: Request) -> Response:
    """GET /v1/evaluations."""
    store = answers.parts(request).store
    query = request.query_params
    prefix = query.get("prefix", "")

    def read() -> tuple[int, list[records.Json]]:
        found = [
            wire.evaluation(each)
            for each in sorted(store.evaluations.values(), key=lambda each: each.id)
            if each.id.startswith(prefix)
            and query.get("job", each.job_id) == each.job_id
            and query.get("status", each.status) == each.status
        ]
        return store.index_of("evals"), found if answers.in_namespace(request) else []

    return answers.indexed(request, *await answers.blocking(request, read, ("evals", "")))


async def read_evaluation(request: Request) -> Response:
    """GET /v1/evaluation/<id>."""
    store = answers.parts(request).store
    evaluation_id = request.path_params["evaluation_id"]
    answers.require_uuid(evaluation_id, "failed to lookup eval: eval lookup failed: ")

    def read() -> tuple[int, records.Evaluation | None]:
        record = store.evaluations.get(evaluation_id)
        return (record.modify_index if record else store.index_of("evals")), record

    index, record = await answers.blocking(request, read, ("evals", evaluation_id))
    if record is None:
        return answers.missing("eval not found", index)
    return answers.indexed(request, index, wire.evaluation(record))


async def list_evaluation_allocations(request: Request) -> Response:
    """GET /v1/evaluation/<id>/allocations."""
    store = answers.parts(request).store
    evaluation_id = request.path_params["evaluation_id"]

    def read() -> tuple[int, list[records.Json]]:
        found = [
            wire.allocation_stub(each, with_states=True, with_resources=False)
            for each in store.allocations.values()
            if each.eval_id == evaluation_id
        ]
        return store.index_of("allocs"), found

    return answers.indexed(request, *await answers.blocking(request, read, ("allocs", "")))


ROUTES = [
    Route("/v1/allocations", list_allocations, methods=["GET"]),
    Route("/v1/allocation/{allocation_id}", read_allocation, methods=["GET"]),
    Route("/v1/allocation/{allocation_id}/services", list_services, methods=["GET"]),
    Route("/v1/allocation/{allocation_id}/stop", stop_allocation, methods=["PUT", "POST"]),
    Route("/v1/evaluations", list_evaluations, methods=["GET"]),
    Route("/v1/evaluation/{evaluation_id}", read_evaluation, methods=["GET"]),
    Route(
        "/v1/evaluation/{evaluation_id}/allocations", list_evaluation_allocations, methods=["GET"]
    ),
]
