"""/v1/jobs and /v1/job: register, read, list, stop."""

from __future__ import annotations

import re

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
    living = _parse_filter(request.query_params.get("filter", ""))

    def read() -> tuple[int, list[records.Json]]:
        found = [
            wire.job_stub(record, store.summaries[record.id], with_meta)
            for _, record in sorted(store.jobs.items())
            if record.id.startswith(prefix)
            and (record.status != "dead" or not living)
            and answers.in_namespace(request)
        ]
        return store.index_of("jobs", "job_summary"), found

    names = ("jobs", ""), ("job_summary", "")
    return answers.indexed(request, *await answers.blocking(request, read, *names))


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

    job_id = request.path_params["job_id"]
    index, record = await answers.blocking(request, read, ("jobs", job_id))
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
    job_id = request.path_params["job_id"]
    every = answers.parse_flag(request, "all")

    def read() -> tuple[int, list[records.Json]]:
        current = _find(request)
        found = [
            wire.allocation_stub(each, with_states=True, with_resources=False)
            for each in store.allocations.of(job_id)
            if every or current is None or each.job.create_index == current.create_index
        ]
        return store.index_of("allocs"), found if answers.in_namespace(request) else []

    return answers.indexed(request, *await answers.blocking(request, read, ("allocs", job_id)))


async def list_evaluations(request: Request) -> Response:
    """GET /v1/job/<id>/evaluations.

    Nomad finds them by a prefix of the job's id, so that those of ``one-more`` show up under ``one``.
    """
    store = answers.parts(request).store
    job_id = request.path_params["job_id"]

    def read() -> tuple[int, list[records.Json]]:
        jobs = [each for each in store.evaluations.jobs() if each.startswith(job_id)]
        found = [each for name in jobs for each in store.evaluations.of(name)]
        encoded = [wire.evaluation(each) for each in sorted(found, key=lambda each: each.id)]
        return store.index_of("evals"), encoded if answers.in_namespace(request) else []

    return answers.indexed(request, *await answers.blocking(request, read, ("evals", "")))


async def read_summary(request: Request) -> Response:
    """GET /v1/job/<id>/summary."""
    store = answers.parts(request).store

    job_id = request.path_params["job_id"]

    def read() -> tuple[int, records.Summary | None]:
        found = store.summaries.get(job_id) if answers.in_namespace(request) else None
        return found.modify_index if found else store.index_of("job_summary"), found

    index, summary = await answers.blocking(request, read, ("job_summary", job_id))
    if summary is None:
        return answers.missing("job not found", index)
    return answers.indexed(request, index, wire.job_summary(summary, job_id))


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


def _parse_filter(expression: str) -> bool:
    """Tell whether only jobs that live are wanted; of Nomad's expressions there is this one."""
    if not expression:
        return False
    if _LIVING.fullmatch(expression.strip()) is None:
        text = f"filter: the embedded engine supports 'Status != \"dead\"' only, not '{expression}'"
        raise faults.RequestFault(501, text)
    return True


def _find(request: Request) -> records.Job | None:
    if not answers.in_namespace(request):
        return None
    return answers.parts(request).store.jobs.get(request.path_params["job_id"])


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


_LIVING = re.compile(r'Status\s*!=\s*"dead"')
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
