"""``nomad-build submit``: a build from options, from a file, or from the Git working copy one stands in."""

from __future__ import annotations

import contextlib
import getpass
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from server.cli import builds, fields, options, screen
from server.cli.connection import Connection

_FILE_LIMIT = 1024 * 1024
# The options that are fields of the request as they stand.
_FIELDS = {
    "repo": "repoURL",
    "ref": "gitRef",
    "dockerfile": "dockerfilePath",
    "context": "contextPath",
    "build_file": "buildFile",
    "registry": "registryURL",
    "name": "imageName",
    "tags": "imageTags",
    "tests": "testCommands",
    "target": "target",
    "platform": "platform",
    "no_cache": "noCache",
    "owner": "owner",
    "request_id": "requestID",
}


@click.command(cls=options.Command)
@click.option(
    "-f",
    "--file",
    type=click.File("rb"),
    help="JSON or YAML with fields of the request; - for standard input.",
)
@click.option("--repo", help="Git repository; of the working copy here when left out.")
@click.option(
    "--ref", help="Branch, tag or commit; the commit that is checked out here when left out."
)
@click.option(
    "--branch", is_flag=True, help="The branch that is checked out here, instead of its commit."
)
@click.option("--dockerfile", metavar="PATH", help="Path of the Dockerfile in the repository.")
@click.option("--context", metavar="PATH", help="Folder of the repository that COPY sees.")
@click.option("--build-file", metavar="PATH", help="File of the repository with more fields.")
@click.option(
    "--registry", help="Registry and path to publish below, as registry.example.com/team."
)
@click.option("--name", help="Name of the image; the repository's when left out.")
@click.option("--tag", "tags", multiple=True, help="Tag to publish. May be repeated.")
@click.option(
    "--test",
    "tests",
    multiple=True,
    metavar="COMMAND",
    help="Command to run in the image. May be repeated.",
)
@click.option("--target", help="Stage of the Dockerfile to stop at.")
@click.option(
    "--build-arg",
    "build_args",
    multiple=True,
    metavar="NAME=VALUE",
    help="Value of an ARG, never a secret. May be repeated.",
)
@click.option("--platform", help="As linux/arm64; the node's own when left out.")
@click.option("--no-cache", is_flag=True, help="Use no layer of earlier builds.")
@click.option("--owner", help="Who asks; your login name when left out and no token says it.")
@click.option("--request-id", help="Text of yours: submitting it again gives the same build.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="FIELD=JSON",
    help="Any other field, or a part: buildResources.memory=2048. May be repeated.",
)
@click.option(
    "--watch", is_flag=True, help="Show what it does until it has ended, and end as it did."
)
@click.option("--dry-run", is_flag=True, help="Show the request, and send nothing.")
@click.option(
    "--local",
    "on_this_machine",
    is_flag=True,
    help="Build on this machine, with docker, by a service that lives as long as this command.",
)
@options.url_option
@options.token_option
@options.json_option
def command(
    url: str,
    token_file: str | None,
    as_json: bool,
    watch: bool,
    dry_run: bool,
    on_this_machine: bool,
    **given: Any,
) -> None:
    """Submit a build, and write its id.

    What is given here wins over the file. Without a repository it is that of the Git working copy here: the address of
    its remote origin, and the commit that is checked out. The service builds what the remote has.

    \b
    Examples:
      nomad-build submit --registry registry.example.com/team --tag latest --watch
      nomad-build submit --repo https://github.com/org/app --ref main --test "app --version" \\
        --registry registry.example.com/team
      nomad-build submit -f request.yaml --set gpuCount=1 --set cache=off
      id=$(nomad-build submit -f request.json) && nomad-build watch "$id"
    """  # noqa: D301
    shown = screen.open_screen(as_json=as_json)
    service = options.connect(url, token_file, shown)
    try:
        request = _assemble(given, shown, owned=service.has_token and not on_this_machine)
    except fields.FieldsError as error:
        raise click.UsageError(str(error)) from error
    if dry_run:
        shown.show_json(request)
        return
    if on_this_machine:
        with _local(shown) as service:
            _submit(service, shown, request, "local")
    else:
        _submit(service, shown, request, "remote" if watch else "")


@contextlib.contextmanager
def _local(shown: screen.Screen) -> Iterator[Connection]:
    from server.cli import local

    with local.serve(shown) as service:
        yield service


def _submit(
    service: Connection, shown: screen.Screen, request: dict[str, Any], watching: str
) -> None:
    answer = service.call("submitJob", request)
    job_id = str(fields.find(answer, "jobID"))
    if watching:
        shown.note(f"Build {job_id}, to become {', '.join(answer.get('images') or ('an image',))}")
        builds.watch_build(
            service, shown, job_id, fields.find(request, "owner"), goes_on=watching == "remote"
        )
    elif shown.as_json:
        shown.show_json(answer)
    else:
        shown.line(job_id)
        shown.note(f"To see what it does: nomad-build watch {job_id}")


def _assemble(given: dict[str, Any], shown: screen.Screen, *, owned: bool) -> dict[str, Any]:
    """Put the request together: the file, what is given over it, and what the working copy says.

    Raises:
        FieldsError: something of it cannot be read.
    """
    request = _read_file(given["file"]) if given["file"] else {}
    request = fields.override(
        request, {field: given[name] for name, field in _FIELDS.items() if given[name]}
    )
    arguments = fields.read_pairs(given["build_args"], "--build-arg")
    for name, value in arguments.items():
        request = fields.set_part(request, ["buildArgs", name], value)
    for text in given["settings"]:
        request = fields.set_part(request, *fields.read_setting(text))
    # Empty ones come of variables that were not set: they would be sent in place of what is found here.
    request = fields.omit_empty(request, ("repoURL", "owner", "requestID"))
    if fields.find(request, "repoURL") is None:
        request = fields.override(request, _read_checkout(shown, request, branch=given["branch"]))
    elif given["branch"]:
        msg = (
            "--branch is that of the working copy here: with a repository given, name it with --ref"
        )
        raise click.UsageError(msg)
    if fields.find(request, "owner") is None and not owned:
        request["owner"] = _login_name()
    if fields.find(request, "requestID") is None:
        # With it the call may be repeated when its answer is lost on the way.
        request["requestID"] = str(uuid.uuid4())
    return request


def _read_file(file: BinaryIO) -> dict[str, Any]:
    name = getattr(file, "name", "standard input")
    content = file.read(_FILE_LIMIT + 1)
    if len(content) > _FILE_LIMIT:
        msg = f"{name} has more than {_FILE_LIMIT} bytes: no request has"
        raise fields.FieldsError(msg)
    try:
        return fields.read_file(content.decode())
    except UnicodeDecodeError as error:
        msg = f"{name} is not UTF-8: {error.reason} at byte {error.start}"
        raise fields.FieldsError(msg) from error


def _login_name() -> str:
    """Return who is logged in; in a container that may be a number without a name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        msg = "who asks is not known: you have no login name here. Give --owner"
        raise click.UsageError(msg) from error


def _read_checkout(
    shown: screen.Screen, request: dict[str, Any], *, branch: bool
) -> dict[str, Any]:
    """Return repository and ref of the working copy here, and warn where it differs from what will be built."""
    from server.cli import checkout

    try:
        found = checkout.read(Path.cwd())
    except checkout.NoCheckout as error:
        msg = f"there is nothing to build: {error}. Give --repo, or a file with repoURL"
        raise click.UsageError(msg) from error
    if fields.find(request, "gitRef"):
        return {"repoURL": found.repo_url}
    if branch and not found.branch:
        msg = "--branch: no branch is checked out here, only a commit"
        raise click.UsageError(msg)
    for warning in found.warnings:
        shown.warn(warning)
    ref = found.branch if branch else found.commit
    shown.note(f"Building {found.repo_url} at {ref}")
    return {"repoURL": found.repo_url, "gitRef": ref}
