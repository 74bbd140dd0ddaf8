"""/v1/jobs and /v1/job: register, read, list, stop."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.embedded import control, faults, job, records, wire
from server.embedded.api import answers


async def list_jobs(request: Request) -> Response:
    """GET /v1/jobs."""
    store = answers.parts(request).store
    prefix = request.query_params.get("prefix", "")
    with_meta = answers.parse_flag(request, "meta")

    def read() -> tuple[int, list[records.Json]]:
        found = [
            _stub(request, record, with_meta)
            for _, record in sorted(store.jobs.items())
            if record.id.startswith(prefix) and answers.in_namespace(request)
        ]
        return store.index_of("jobs", "allocs"), found

    return answers.indexed(request, *await answers.blocking(request, read))


async def register_job(request: Request) -> Response:
    """PUT /v1/jobs and PUT /v1/job/<id>."""
    body = await answers.parse_body(request, "api.JobRegisterRequest")
    if body.get("Job") is None:
        raise faults.RequestFault(400, "Job must be specified")
    definition = job.canonicalize(body["Job"], request.path_params.get("job_id"))
    if definition["Region"] != answers.parts(request).config.region:
        raise faults.RequestFault(500, "No path to region")
    enforced = body.get("JobModifyIndex", 0) if body.get("EnforceIndex") else None
    done = answers.parts(request).control.register(definition, enforced)
    return answers.written(request, done.index, _registered(done) | {"Warnings": ""})


async def read_job(request: Request) -> Response:
    """GET /v1/job/<id>."""
    store = answers.parts(request).store

    def read() -> tuple[int, records.Job | None]:
        record = _find(request)
        return (record.modify_index if record else store.index_of("jobs")), record

    index, record = await answers.blocking(request, read)
    if record is None:
        return answers.missing("job not found", index)
    return answers.indexed(request, index, wire.job(record))


async def delete_job(request: Request) -> Response:
    """DELETE /v1/job/<id>."""
    purge = answers.parse_flag(request, "purge")
    if not answers.in_namespace(request):
        return answers.written(request, 0, _deregistered(control.Registered("", 0, 0)))
    done = answers.parts(request).control.deregister(request.path_params["job_id"], purge)
    return answers.written(request, done.index, _deregistered(done))


async def list_allocations(request: Request) -> Response:
    """GET /v1/job/<id>/allocations."""
    store = answers.parts(request).store
    every = answers.parse_flag(request, "all")

    def read() -> tuple[int, list[records.Json]]:
        current = _find(request)
        found = [
            wire.allocation_stub(each, with_states=True, with_resources=False)
            for each in store.allocations_of(request.path_params["job_id"])
            if every or current is None or each.job.create_index == current.create_index
        ]
        return store.index_of("allocs"), found if answers.in_namespace(request) else []

    return answers.indexed(request, *await answers.blocking(request, read))


async def list_evaluations(request: Request) -> Response:
    """GET /v1/job/<id>/evaluations.

    Nomad finds them by a prefix of the job's id, so that those of ``one-more`` show up under ``one``.
    """
    store = answers.parts(request).store
    job_id = request.path_params["job_id"]

    def read() -> tuple[int, list[records.Json]]:
        found = [
            wire.evaluation(each)
            for each in sorted(store.evaluations.values(), key=lambda each: each.id)
            if each.job_id.startswith(job_id) and answers.in_namespace(request)
        ]
        return store.index_of("evals"), found

    return answers.indexed(request, *await answers.blocking(request, read))


async def read_summary(request: Request) -> Response:
    """GET /v1/job/<id>/summary."""
    store = answers.parts(request).store

    def read() -> tuple[int, records.Job | None]:
        return store.index_of("jobs", "allocs"), _find(request)

    index, record = await answers.blocking(request, read)
    if record is None:
        return answers.missing("job not found", index)
    return answers.indexed(request, index, _summary(request, record))


async def list_versions(request: Request) -> Response:
    """GET /v1/job/<id>/versions."""
    store = answers.parts(request).store
    record = _find(request)
    if record is None:
        return answers.missing("job versions not found", store.index_of("jobs"))
    versions = store.versions[record.id]
    body = {
        "Diffs": None,
        "Versions": [wire.job(versions[number]) for number in sorted(versions, reverse=True)],
        "Index": record.modify_index,
        "KnownLeader": True,
        "LastContact": 0,
        "NextToken": "",
    }
    return answers.indexed(request, record.modify_index, body)


async def read_deployment(request: Request) -> Response:
    """GET /v1/job/<id>/deployment: batch jobs have none."""
    return answers.indexed(request, 0, None)


async def list_deployments(request: Request) -> Response:
    """GET /v1/job/<id>/deployments: batch jobs have none."""
    return answers.indexed(request, 0, [])


async def parse_job(request: Request) -> Response:
    """POST /v1/jobs/parse."""
    text = (
        "the embedded engine does not parse HCL: render the job to JSON first, for example with "
        "'packgen parse FILE.nomad.hcl'"
    )
    raise faults.RequestFault(501, text)


async def refuse(request: Request) -> Response:
    """Answer what Nomad does with jobs and the engine does not."""
    text = f"the embedded engine does not serve {request.method} {request.url.path}"
    raise faults.RequestFault(501, text)


def _find(request: Request) -> records.Job | None:
    if not answers.in_namespace(request):
        return None
    return answers.parts(request).store.jobs.get(request.path_params["job_id"])


def _summary(request: Request, record: records.Job) -> dict[str, records.Json]:
    store = answers.parts(request).store
    allocations = [
        each
        for each in store.allocations_of(record.id)
        if each.job.create_index == record.create_index
    ]
    queued = any(each.status == "blocked" for each in store.evaluations_of(record.id))
    return wire.job_summary(record, allocations, queued)


def _stub(request: Request, record: records.Job, with_meta: bool) -> dict[str, records.Json]:
    return wire.job_stub(record, _summary(request, record), with_meta)


def _registered(done: control.Registered) -> dict[str, records.Json]:
    return {
        "EvalID": done.evaluation_id,
        "EvalCreateIndex": done.index,
        "JobModifyIndex": done.job_modify_index,
        "Index": done.index,
        "KnownLeader": False,
        "LastContact": 0,
        "NextToken": "",
    }


def _deregistered(done: control.Registered) -> dict[str, records.Json]:
    return _registered(done) | {"VolumeEvalID": "", "VolumeEvalIndex": 0}


_JOB = "/v1/job/{job_id:path}"
ROUTES = [
    Route("/v1/jobs/parse", parse_job, methods=["PUT", "POST"]),
    Route("/v1/jobs", list_jobs, methods=["GET"]),
    Route("/v1/jobs", register_job, methods=["PUT", "POST"]),
    Route(f"{_JOB}/allocations", list_allocations, methods=["GET"]),
    Route(f"{_JOB}/evaluations", list_evaluations, methods=["GET"]),
    Route(f"{_JOB}/summary", read_summary, methods=["GET"]),
    Route(f"{_JOB}/versions", list_versions, methods=["GET"]),
    Route(f"{_JOB}/deployments", list_deployments, methods=["GET"]),
    Route(f"{_JOB}/deployment", read_deployment, methods=["GET"]),
    *(
        Route(f"{_JOB}/{action}", refuse, methods=["GET", "PUT", "POST"])
        for action in (
            "dispatch",
            "evaluate",
            "periodic/force",
            "plan",
            "revert",
            "scale",
            "services",
            "stable",
            "submission",
        )
    ),
    Route(_JOB, read_job, methods=["GET"]),
    Route(_JOB, register_job, methods=["PUT", "POST"]),
    Route(_JOB, delete_job, methods=["DELETE"]),
]
