"""The tools, in one table: what each takes, does and answers. MCP and plain HTTP are two doors to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydantic

from server import answers, descriptions, request, validation
from server.builds import Builds
from server.record import ALL_PHASES, PHASES

INSTRUCTIONS = (
    "Builds a container image from a Git repository, runs test commands in it, and publishes it only if "
    "they pass. Start with submitJob; it answers at once with a jobID. Call getStatus with it until status "
    "is SUCCEEDED or FAILED. When it is FAILED, failure says phase, reason, exit code and the end of the log."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool; ``call`` takes the arguments as they came and answers a model, or raises ``ServiceError``."""

    name: str
    title: str
    description: str
    arguments: type[pydantic.BaseModel]
    answer: type[pydantic.BaseModel]
    call: Callable[[Builds, Any], pydantic.BaseModel]
    read_only: bool = False
    destructive: bool = False
    idempotent: bool = False


def _submit(builds: Builds, arguments: Any) -> pydantic.BaseModel:
    build = builds.submit(request.parse_request(arguments))
    return descriptions.describe_submitted(build, builds.find_place(build))


def _get_status(builds: Builds, arguments: Any) -> pydantic.BaseModel:
    given = validation.validate(answers.JobReference, arguments)
    build = builds.read(given.job_id, given.owner)
    return descriptions.describe_build(build, builds.find_place(build))


def _get_logs(builds: Builds, arguments: Any) -> pydantic.BaseModel:
    given = validation.validate(answers.LogsArguments, arguments)
    build = builds.read(given.job_id, given.owner)
    all_phases = ALL_PHASES if "plan" in build.phases else PHASES
    phases = (given.phase,) if given.phase else all_phases
    found = builds.read_logs(given.job_id, phases, given.lines, given.task, given.owner)
    return answers.LogsAnswer(
        job_id=given.job_id,
        status=build.status,
        logs={phase: text.splitlines() for phase, text in found.items()},
    )


def _kill(builds: Builds, arguments: Any) -> pydantic.BaseModel:
    given = validation.validate(answers.KillArguments, arguments)
    build = builds.kill(given.job_id, given.by, given.why, given.owner)
    message = (
        "it had ended before"
        if build.ended
        else "it is being stopped; getStatus shows when it has ended"
    )
    return answers.KillAnswer(
        job_id=build.id, success=not build.ended, status=build.status, message=message
    )


def _clean_up(builds: Builds, arguments: Any) -> pydantic.BaseModel:
    given = validation.validate(answers.CleanupArguments, arguments)
    if given.job_id:
        removals = builds.clean_up(given.job_id, dry_run=given.dry_run, owner=given.owner)
    else:
        removals = builds.clean_up_all(dry_run=given.dry_run)
    return descriptions.describe_cleanup(removals, dry_run=given.dry_run)


TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            name="submitJob",
            title="Build, test and publish an image",
            description="Submit a build and return its jobID at once. Git repository and ref are built with "
            "their Dockerfile; testCommands run in the built image; imageTags are published only if all "
            "commands end with 0. With a requestID of your own you may repeat the call after a lost answer: it "
            "returns the same build. Follow with getStatus.",
            arguments=request.BuildRequest,
            answer=answers.Submitted,
            call=_submit,
        ),
        Tool(
            name="getStatus",
            title="Status of a build",
            description="Status of a build: PENDING, BUILDING, TESTING, PUBLISHING, SUCCEEDED or FAILED. When "
            "FAILED, failure says phase, task, exit code, reason, a hint and the last lines of the log: "
            "one call is enough to know what to mend.",
            arguments=answers.JobReference,
            answer=answers.BuildAnswer,
            call=_get_status,
            read_only=True,
            idempotent=True,
        ),
        Tool(
            name="getLogs",
            title="Logs of a build",
            description="The last lines of each task's log, also while it runs. Name a phase (plan, build, test, "
            "publish), a task (test-2, service-db) and lines to get less or more.",
            arguments=answers.LogsArguments,
            answer=answers.LogsAnswer,
            call=_get_logs,
            read_only=True,
            idempotent=True,
        ),
        Tool(
            name="killJob",
            title="Stop a build",
            description="Stop a running build; it ends as FAILED with reason killed. Nothing is published, unless "
            "publishing had begun.",
            arguments=answers.KillArguments,
            answer=answers.KillAnswer,
            call=_kill,
            destructive=True,
            idempotent=True,
        ),
        Tool(
            name="cleanup",
            title="Clean up after ended builds",
            description="Remove the Nomad jobs and staged image of an ended build (jobID), or all that no living "
            "build needs (all): jobs, staged images, old records, what killed builds left in layer caches. With "
            "dryRun it only lists them. Published images stay.",
            arguments=answers.CleanupArguments,
            answer=answers.CleanupAnswer,
            call=_clean_up,
            destructive=True,
            idempotent=True,
        ),
    )
}
