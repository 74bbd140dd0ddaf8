"""/v1/nodes and /v1/node: the node, who drains it, what runs on it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.embedded import faults, records, resources, wire, wire_node
from server.embedded.api import answers


async def list_nodes(request: Request) -> Response:
    """GET /v1/nodes."""
    store = answers.parts(request).store
    prefix = request.query_params.get("prefix", "")
    with_resources = answers.parse_flag(request, "resources")
    with_os = answers.parse_flag(request, "os")

    def read() -> tuple[int, list[records.Json]]:
        node = store.current_node()
        stub = wire_node.stub(node)
        if with_resources:
            stub["NodeResources"] = resources.node_total(node)
            stub["ReservedResources"] = wire_node.full(node)["ReservedResources"]
        if with_os:
            stub["Attributes"] = {"os.name": node.attributes["os.name"]}
        found = answers.matches_prefix(node.id, prefix, "node lookup failed: ")
        return store.index_of("nodes"), [stub] if found else []

    return answers.indexed(request, *await answers.blocking(request, read, ("nodes", "")))


async def read_node(request: Request) -> Response:
    """GET /v1/node/<id>."""
    store = answers.parts(request).store
    node_id = request.path_params["node_id"]
    answers.require_uuid(node_id, "node lookup failed: ")

    def read() -> tuple[int, records.Node]:
        node = store.current_node()
        return (node.modify_index if node.id == node_id else store.index_of("nodes")), node

    index, node = await answers.blocking(request, read, ("nodes", ""))
    if node.id != node_id:
        return answers.missing("node not found", index)
    return answers.indexed(request, index, wire_node.full(node))


async def list_node_allocations(request: Request) -> Response:
    """GET /v1/node/<id>/allocations."""
    store = answers.parts(request).store

    def read() -> tuple[int, list[records.Json]]:
        found = [wire.allocation(each, with_job=True) for each in store.allocations.values()]
        known = store.current_node().id == request.path_params["node_id"]
        return store.index_of("allocs"), found if known else []

    return answers.indexed(request, *await answers.blocking(request, read, ("allocs", "")))


async def drain_node(request: Request) -> Response:
    """PUT /v1/node/<id>/drain: with a deadline that is over (``-force``), or the end of it."""
    body = await answers.parse_body(request, "api.NodeUpdateDrainRequest")
    _require_node(request)
    control = answers.parts(request).control
    spec = body.get("DrainSpec")
    if spec is None:
        eligible = bool(body.get("MarkEligible"))
        index, evaluations_index, evaluation_ids = (
            control.set_eligible(True) if eligible else (0, 0, [])
        )
    elif spec.get("Deadline", 0) >= 0:
        text = "DrainSpec.Deadline: the embedded engine drains at once only, with a deadline of -1"
        raise faults.RequestFault(400, text)
    else:
        index, evaluations_index, evaluation_ids = control.drain_node(), 0, []
    body = _changed(index, evaluations_index, evaluation_ids) | {"NodeModifyIndex": index}
    return answers.written(request, index, body)


async def set_eligibility(request: Request) -> Response:
    """PUT /v1/node/<id>/eligibility."""
    body = await answers.parse_body(request, "structs.NodeUpdateEligibilityRequest")
    eligibility = body.get("Eligibility", "")
    if eligibility not in ("eligible", "ineligible"):
        raise faults.RequestFault(500, f'invalid scheduling eligibility "{eligibility}"')
    _require_node(request)
    changed = answers.parts(request).control.set_eligible(eligibility == "eligible")
    return answers.written(request, changed[0], _changed(*changed))


def _require_node(request: Request) -> None:
    if request.path_params["node_id"] != answers.parts(request).store.current_node().id:
        raise faults.RequestFault(500, "node not found")


def _changed(
    index: int, evaluations_index: int, evaluation_ids: list[str]
) -> dict[str, records.Json]:
    return {
        "EvalCreateIndex": evaluations_index,
        "EvalIDs": evaluation_ids or None,
        "Index": index,
        "NodeModifyIndex": 0,
    }


ROUTES = [
    Route("/v1/nodes", list_nodes, methods=["GET"]),
    Route("/v1/node/{node_id}", read_node, methods=["GET"]),
    Route("/v1/node/{node_id}/allocations", list_node_allocations, methods=["GET"]),
    Route("/v1/node/{node_id}/drain", drain_node, methods=["PUT", "POST"]),
    Route("/v1/node/{node_id}/eligibility", set_eligibility, methods=["PUT", "POST"]),
]
