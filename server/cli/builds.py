"""The commands for builds that were submitted: ``status``, ``logs``, ``watch``, ``kill``, ``cleanup``, ``history``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from server.cli import events, exits, options, reports, watching
from server.cli.connection import Connection
from server.cli.screen import Screen

_PHASES = ("plan", "build", "test", "publish")
owner_option = click.option("--owner", help="Whose build it is, where the service wants to know.")


def _given(**arguments: Any) -> dict[str, Any]:
    """Return the arguments that were given."""
    return {
        name: value
        for name, value in arguments.items()
        if value is not None and value is not False and value != ""
    }


@click.command(cls=options.Command)
@options.job_argument
@owner_option
@options.connected
def status(service: Connection, shown: Screen, job_id: str, owner: str | None) -> None:
    """Show what is known of a build, and why it failed if it did.

    Ends with 0 whatever became of the build: "watch" tells by its exit code.
    """
    build = service.call("getStatus", _given(jobID=job_id, owner=owner))
    if shown.as_json:
        shown.show_json(build)
    else:
        reports.show_build(shown, build)


@click.command(cls=options.Command)
@options.job_argument
@click.option("-f", "--follow", is_flag=True, help="Show it as it is written, to the build's end.")
@click.option("--phase", type=click.Choice(_PHASES), help="Only this phase's.")
@click.option("--task", help="Only this task's, such as test-2 or service-db.")
@click.option(
    "-n", "--lines", type=click.IntRange(1), help="Lines from the end of each task's log."
)
@click.option("--search", metavar="REGEX", help="Only lines that match (RE2), such as (?i)error.")
@click.option("--context", type=click.IntRange(0), help="Lines around each one found.")
@owner_option
@options.connected
def logs(
    service: Connection,
    shown: Screen,
    job_id: str,
    follow: bool,
    phase: str | None,
    task: str | None,
    lines: int | None,
    search: str | None,
    context: int | None,
    owner: str | None,
) -> None:
    """Show the logs of a build.

    With --follow from its beginning to the build's end, each line once, whatever breaks on the way; then with
    --json each line is an object of its own. It ends with 0 when the build SUCCEEDED and 1 when it FAILED.
    """
    where = _given(phase=phase, task=task, owner=owner)
    if follow:
        if lines or search or context:
            msg = "--follow shows every line: it goes with --phase and --task alone"
            raise click.UsageError(msg)
        _follow(service, shown, job_id, where)
        return
    answer = service.call(
        "getLogs", where | _given(jobID=job_id, lines=lines, search=search, context=context)
    )
    if shown.as_json:
        shown.show_json(answer)
        return
    found = {name: part for name, part in (answer.get("logs") or {}).items() if part}
    for name, part in found.items():
        if len(found) > 1:
            shown.line(f"==> {name} <==", "bold")
        for line in part:
            shown.line(line)
    if not found:
        shown.note("There is no such line." if search else "There is no log yet.")
    for note in answer.get("notes") or ():
        shown.note(str(note))
    if answer.get("more"):
        shown.note("There is more: --lines says how much is shown; --follow shows all.")


def _follow(service: Connection, shown: Screen, job_id: str, where: Mapping[str, str]) -> None:
    reference = _given(jobID=job_id, owner=where.get("owner"))
    service.call("getStatus", reference)
    follower = events.Follower(
        connection=service,
        job_id=job_id,
        parameters=where,
        broken=lambda reason: shown.note(f"{reason}; trying again"),
    )
    last = ""
    for event in follower.events():
        data = event.data
        if shown.as_json:
            click.echo(json.dumps({"event": event.name, **data}, ensure_ascii=False))
        elif event.name == "line":
            place = "/".join(str(data[key]) for key in ("phase", "task") if data.get(key))
            if place != last:
                shown.line(f"==> {place} <==", "bold")
                last = place
            shown.line(str(data.get("text", "")))
        elif event.name == "gap":
            shown.note(watching.describe_gap(data))
    _end(watching.wait_for_end(service, reference))


@click.command(cls=options.Command)
@options.job_argument
@owner_option
@options.connected
def watch(service: Connection, shown: Screen, job_id: str, owner: str | None) -> None:
    """Show what a build does until it has ended.

    On a terminal: its phases, the time, the Dockerfile's step and the last lines of the log; elsewhere every line of
    the log. Then how it ended; with --json, or when it had ended before, that alone. Ends with 0 when the build
    SUCCEEDED, with 1 when it FAILED.

    Ctrl-C leaves the build to itself, and ends with 130.
    """
    watch_build(service, shown, job_id, owner)


def watch_build(
    service: Connection, shown: Screen, job_id: str, owner: str | None, *, goes_on: bool = True
) -> None:
    """Watch a build, show how it ended, and end as that; ``goes_on`` says that it does without us."""
    try:
        build = watching.watch(service, shown, job_id, _given(owner=owner))
    except KeyboardInterrupt:
        shown.note("")
        if goes_on:
            shown.note(f"The build goes on. To see it again: nomad-build watch {job_id}")
            shown.note(f"                   To stop it:      nomad-build kill {job_id}")
        else:
            shown.note("The build ends with this command.")
        click.get_current_context().exit(exits.INTERRUPTED)
    if shown.as_json:
        shown.show_json(build)
    else:
        reports.show_build(shown, build)
    _end(build)


def _end(build: Mapping[str, Any]) -> None:
    if build.get("status") != "SUCCEEDED":
        click.get_current_context().exit(exits.FAILED)


@click.command(cls=options.Command)
@options.job_argument
@click.option("--why", default="", help="Shown in the build's failure.")
@click.option("--by", default="", help="Who wants it: shown in the build's failure.")
@owner_option
@options.connected
def kill(
    service: Connection, shown: Screen, job_id: str, why: str, by: str, owner: str | None
) -> None:
    """Stop a build; it ends as FAILED with reason killed, and publishes nothing unless that had begun."""
    answer = service.call("killJob", _given(jobID=job_id, why=why, by=by, owner=owner))
    if shown.as_json:
        shown.show_json(answer)
    else:
        shown.line(f"{answer.get('status', '')}: {answer.get('message', '')}")


@click.command(cls=options.Command)
@options.optional_job_argument
@click.option("--all", "everything", is_flag=True, help="After all that no living build needs.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@owner_option
@options.connected
def cleanup(
    service: Connection,
    shown: Screen,
    job_id: str | None,
    everything: bool,
    dry_run: bool,
    owner: str | None,
) -> None:
    """Remove what an ended build has left behind in Nomad and the registry; published images stay."""
    if bool(job_id) == everything:
        msg = "give the id of a build, or --all"
        raise click.UsageError(msg)
    answer = service.call(
        "cleanup", _given(jobID=job_id, all=everything, dryRun=dry_run, owner=owner)
    )
    if shown.as_json:
        shown.show_json(answer)
    else:
        reports.show_cleanup(shown, answer)


@click.command(cls=options.Command)
@click.option("--owner", help="Only this owner's.")
@click.option("--status", help="Only those with this status, such as FAILED.")
@click.option(
    "--finished/--unfinished", default=None, help="Only those that have ended, or have not."
)
@click.option("--repository", metavar="TEXT", help="Only those with this in repository or image.")
@click.option("--limit", type=click.IntRange(1), help="How many at most.")
@click.option("--cursor", help="Go on where an earlier list ended.")
@options.connected
def history(service: Connection, shown: Screen, **filters: Any) -> None:
    """List the builds that are known, the newest first."""
    if filters["status"]:
        filters["status"] = filters["status"].upper()
    finished = filters.pop("finished")
    known = {} if finished is None else {"finished": finished}
    answer = service.call("getHistory", known | _given(**filters))
    if shown.as_json:
        shown.show_json(answer)
    else:
        reports.show_history(shown, answer)
