"""What the tools do with their arguments, for a caller."""

from __future__ import annotations

from typing import Any

import pydantic

from server import answers, descriptions, glances, logs, request, validation
from server.builds import Builds
from server.callers import Caller
from server.history import Wanted
from server.tools import logpages, waiting
from server.tools.tool import Work


def submit(builds: Builds, arguments: Any, caller: Caller) -> pydantic.BaseModel:
    """Submit a build; a caller that acts for one owner need not name it."""
    asked = request.parse_request(arguments, owner=caller.owner)
    caller.confine(asked.owner)
    repeated = builds.knows(asked)
    build = builds.submit(asked)
    return descriptions.describe_submitted(build, builds.find_place(build), repeated=repeated)


def get_status(builds: Builds, arguments: Any, caller: Caller) -> pydantic.BaseModel:
    """Say what is known of a build."""
    given = validation.validate(answers.JobReference, arguments)
    build = builds.read(given.job_id, caller.confine(given.owner))
    step = "" if build.ended else builds.find_step(build)
    return descriptions.describe_build(build, builds.find_place(build), builds.now(), step)


def wait(builds: Builds, arguments: Any, caller: Caller) -> Work:
    """Wait for news of a build."""
    given = validation.validate(glances.WaitArguments, arguments)
    return waiting.wait(builds, given, caller.confine(given.owner))


def get_history(builds: Builds, arguments: Any, caller: Caller) -> pydantic.BaseModel:
    """List builds."""
    given = validation.validate(glances.HistoryArguments, arguments)
    wanted = Wanted(
        owner=caller.confine(given.owner),
        status=given.status,
        ended=given.finished,
        name=given.repository,
    )
    page = builds.list_builds(wanted, given.limit, given.cursor)
    return descriptions.describe_history(page, builds.now())


def get_logs(builds: Builds, arguments: Any, caller: Caller) -> Work:
    """Return a page of the logs."""
    given = validation.validate(answers.LogsArguments, arguments)
    wanted = logs.Wanted(
        phase=given.phase,
        task=given.task,
        # Without a word of the caller's a page that goes on has as many as fit.
        lines=given.lines if "lines" in given.model_fields_set else None,
        cursor=given.cursor,
        search=given.search,
        context=given.context,
    )
    pages = builds.read_logs(given.job_id, wanted, caller.confine(given.owner))
    return logpages.describe_all(pages, given.phase)


def kill(builds: Builds, arguments: Any, caller: Caller) -> pydantic.BaseModel:
    """Stop a build."""
    given = validation.validate(answers.KillArguments, arguments)
    build = builds.kill(given.job_id, given.by, given.why, caller.confine(given.owner))
    message = (
        "it had ended before"
        if build.ended
        else "it is being stopped; waitJob returns when it has ended"
    )
    return answers.KillAnswer(
        job_id=build.id, success=not build.ended, status=build.status, message=message
    )


def clean_up(builds: Builds, arguments: Any, caller: Caller) -> pydantic.BaseModel:
    """Clean up after one build, or after all."""
    given = validation.validate(answers.CleanupArguments, arguments)
    if given.job_id:
        owner = caller.confine(given.owner)
        removals = builds.clean_up(given.job_id, dry_run=given.dry_run, owner=owner)
    else:
        caller.require("admin", "cleanup with all")
        removals = builds.clean_up_all(dry_run=given.dry_run)
    return descriptions.describe_cleanup(removals, dry_run=given.dry_run)
