"""The agent, the event stream, search: what surrounds the jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from server.embedded import config, events, faults, garbage, records
from server.embedded.api import answers


async def read_leader(request: Request) -> Response:
    """GET /v1/status/leader."""
    return answers.plain(request, answers.parts(request).store.current_node().http_address)


async def list_peers(request: Request) -> Response:
    """GET /v1/status/peers."""
    return answers.plain(request, [answers.parts(request).store.current_node().http_address])


async def list_regions(request: Request) -> Response:
    """GET /v1/regions."""
    return answers.plain(request, [answers.parts(request).config.region])


async def list_namespaces(request: Request) -> Response:
    """GET /v1/namespaces."""
    return answers.indexed(request, 1, [_NAMESPACE])


async def read_namespace(request: Request) -> Response:
    """GET /v1/namespace/<name>."""
    if request.path_params["name"] != records.NAMESPACE:
        return answers.missing("Namespace not found", 1)
    return answers.indexed(request, 1, _NAMESPACE)


async def read_agent(request: Request) -> Response:
    """GET /v1/agent/self: what clients read of it, not an agent's whole configuration."""
    parts = answers.parts(request)
    node = parts.store.current_node()
    member = _member(parts.config.region, node)
    body = {
        "config": {
            "ACL": {"Enabled": False},
            "Client": {"Enabled": True},
            "Server": {"Enabled": True},
            "Datacenter": parts.config.datacenter,
            "DevMode": True,
            "NodeName": node.name,
            "Region": parts.config.region,
            "Version": {
                "Version": config.NOMAD_VERSION,
                "VersionMetadata": "embedded",
                "VersionPrerelease": "",
                "Revision": "",
                "BuildDate": "0001-01-01T00:00:00Z",
            },
        },
        "member": member,
        "stats": {
            "client": {"node_id": node.id},
            "nomad": {"leader": "true", "leader_addr": node.http_address, "server": "true"},
        },
    }
    return answers.plain(request, body)


async def read_health(request: Request) -> Response:
    """GET /v1/agent/health."""
    kind = request.query_params.get("type")
    healthy = {"message": "ok", "ok": True}
    kinds = ("client", "server") if kind is None else (kind,)
    return answers.plain(request, {each: healthy for each in kinds if each in ("client", "server")})


async def list_members(request: Request) -> Response:
    """GET /v1/agent/members."""
    parts = answers.parts(request)
    node = parts.store.current_node()
    body = {
        "Members": [_member(parts.config.region, node)],
        "ServerName": node.name,
        "ServerRegion": parts.config.region,
        "ServerDC": parts.config.datacenter,
    }
    return answers.plain(request, body)


async def stream_events(request: Request) -> Response:
    """GET /v1/event/stream."""
    text = request.query_params.get("index", "0") or "0"
    try:
        index = int(text)
    except ValueError as error:
        problem = f'Unable to parse index: strconv.Atoi: parsing "{text}": invalid syntax'
        raise faults.RequestFault(400, problem) from error
    subscription = events.parse_topics(request.query_params.getlist("topic"))
    broker = answers.parts(request).store.broker

    async def encode() -> AsyncIterator[bytes]:
        async for batch in broker.follow(subscription, index):
            yield answers.encode(events.frame(batch)) + b"\n"

    return StreamingResponse(
        encode(), media_type="application/json", headers={"Cache-Control": "no-cache"}
    )


async def search(request: Request) -> Response:
    """PUT /v1/search: ids by their beginning, as the CLI's completion and ``nomad status`` use it."""
    body = await answers.parse_body(request, "structs.SearchRequest")
    prefix, context = body.get("Prefix", ""), body.get("Context", "all")
    store = answers.parts(request).store
    tables: dict[str, list[str]] = {
        "jobs": list(store.jobs),
        "allocs": list(store.allocations),
        "evals": list(store.evaluations),
        "nodes": [store.current_node().id],
        "vars": list(store.variables),
    }
    wanted = tables if context in ("", "all") else {context: tables.get(context, [])}
    matches = {
        name: sorted(key for key in table if key.startswith(prefix))
        for name, table in wanted.items()
    }
    answer = {
        "Matches": {name: found for name, found in matches.items() if found or context == name},
        "Truncations": {name: False for name, found in matches.items() if found or context == name},
        "Index": store.index,
        "KnownLeader": True,
        "LastContact": 0,
        "NextToken": "",
    }
    return answers.indexed(request, store.index, answer)


async def collect_garbage(request: Request) -> Response:
    """PUT /v1/system/gc."""
    parts = answers.parts(request)
    garbage.collect(parts.store, parts.link)
    return Response()


async def refuse(request: Request) -> Response:
    """Answer what Nomad serves and the engine does not."""
    text = f"the embedded engine does not serve {request.method} {request.url.path}"
    raise faults.RequestFault(501, text)


def _member(region: str, node: records.Node) -> dict[str, records.Json]:
    host, _, port = node.http_address.rpartition(":")
    return {
        "Name": f"{node.name}.{region}",
        "Addr": host,
        "Port": int(port),
        "Status": "alive",
        "Tags": {
            "build": config.NOMAD_VERSION,
            "dc": node.datacenter,
            "region": region,
            "role": "nomad",
            "rpc_addr": host,
            "port": port,
        },
        "ProtocolMin": 1,
        "ProtocolMax": 5,
        "ProtocolCur": 2,
        "DelegateMin": 2,
        "DelegateMax": 5,
        "DelegateCur": 4,
    }


_NAMESPACE = {
    "Capabilities": None,
    "ConsulConfiguration": None,
    "CreateIndex": 1,
    "Description": "Default shared namespace",
    "Hash": "C7UbjDwBK0dK8wQq7Izg7SJIzaV+lIo2X7wRtzY3pSw=",
    "Meta": None,
    "ModifyIndex": 1,
    "Name": records.NAMESPACE,
    "NodePoolConfiguration": None,
    "Quota": "",
    "VaultConfiguration": None,
}
ROUTES = [
    Route("/v1/status/leader", read_leader, methods=["GET"]),
    Route("/v1/status/peers", list_peers, methods=["GET"]),
    Route("/v1/regions", list_regions, methods=["GET"]),
    Route("/v1/namespaces", list_namespaces, methods=["GET"]),
    Route("/v1/namespace/{name}", read_namespace, methods=["GET"]),
    Route("/v1/agent/self", read_agent, methods=["GET"]),
    Route("/v1/agent/health", read_health, methods=["GET"]),
    Route("/v1/agent/members", list_members, methods=["GET"]),
    Route("/v1/event/stream", stream_events, methods=["GET"]),
    Route("/v1/search", search, methods=["PUT", "POST"]),
    Route("/v1/system/gc", collect_garbage, methods=["PUT"]),
    *(
        Route(f"/v1/{path}", refuse, methods=["GET", "PUT", "POST", "DELETE"])
        for path in (
            "acl/{rest:path}",
            "agent/monitor",
            "agent/pprof/{rest:path}",
            "client/{rest:path}",
            "deployment/{rest:path}",
            "deployments",
            "metrics",
            "node/{rest:path}",
            "node/pools",
            "operator/{rest:path}",
            "plugins",
            "quotas",
            "recommendations",
            "scaling/{rest:path}",
            "search/fuzzy",
            "sentinel/{rest:path}",
            "services",
            "system/reconcile/summaries",
            "validate/job",
            "volume/{rest:path}",
            "volumes",
        )
    ),
]
