"""``nomad-build demo``: a whole build for real on this machine, from a Git repository to a running image.

Everything around the service comes from the lab; the service is a process of its own, spoken to as any agent
would: by an MCP client over HTTP.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from typing import Any

import anyio
import click
from mcp import Client

from server.lab import Lab, LabError, default_folder, service

_POLL_INTERVAL = 0.5  # seconds between two looks at the build
# How the first line of what getLogs answers ends.
_CURSOR = re.compile(r"; cursor ([A-Za-z0-9_-]+)\]$")
_DEADLINE = 600  # seconds for the whole build

_DOCKERFILE = """\
FROM {base_image}
COPY hello.sh /usr/local/bin/hello
RUN chmod 0755 /usr/local/bin/hello
CMD ["/usr/local/bin/hello"]
"""
_HELLO = """\
#!/bin/sh
echo "Hello, world! I was built by Buildah, tested and published by Nomad."
"""


@click.command()
@click.option(
    "--nomad-addr",
    envvar="NOMAD_ADDR",
    help="Run on this Nomad, whose client has to be on this machine; the embedded engine without.",
)
@click.option(
    "--hub/--no-hub",
    default=True,
    help="Take quay.io/buildah/stable where it can be reached, or make a builder image from Debian packages.",
)
@click.option(
    "--keep",
    is_flag=True,
    help="Leave registry, engine and container engine running for the next time.",
)
def demo(nomad_addr: str | None, hub: bool, keep: bool) -> None:
    """Build, test, publish and run a hello-world image on this machine, showing each step.

    Needs root the first time on a machine without a container engine (see .ci/install).
    """
    logging.basicConfig(level="INFO", format="         %(message)s", stream=sys.stdout)
    logging.getLogger("httpx2").setLevel("WARNING")
    try:
        with Lab(engine=nomad_addr or "embedded", hub=hub, keep=keep) as lab:
            _say("lab", f"registry {lab.registry.address}, Nomad API {lab.nomad_address}")
            repository = lab.git.create(
                "hello-world",
                {"Dockerfile": _DOCKERFILE.format(base_image=lab.base_image), "hello.sh": _HELLO},
            )
            _say("lab", f"repository {repository.url} at {repository.commit[:12]}")
            running = service.start(default_folder() / "service", lab.environment())
            _say("service", f"MCP at {running.mcp_address}, log in {running.process.log}")
            try:
                request = {
                    "owner": "demo",
                    "repoURL": repository.url,
                    "gitRef": "main",
                    "registryURL": f"{lab.registry.address}/demo",
                    "imageTags": ["latest"],
                    "testCommands": ["hello | grep 'Hello, world'"],
                }
                build = _run(running.mcp_address, request)
            finally:
                running.stop()
            _run_image(build)
    except LabError as error:
        raise click.ClickException(str(error)) from error


def _run(address: str, request: dict[str, Any]) -> dict[str, Any]:
    """Build, and let a failure out as what it is: the client's task group wraps each in groups of its own."""
    try:
        return anyio.run(_build, address, request)
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None


async def _build(address: str, request: dict[str, Any]) -> dict[str, Any]:
    """Submit a build and show it until it has ended; return what getStatus says then."""
    with anyio.fail_after(_DEADLINE):
        async with Client(address) as client:
            listed = await client.list_tools()
            _say("mcp", "tools " + " ".join(tool.name for tool in listed.tools))
            submitted = await _call(client, "submitJob", request)
            job_id = submitted["jobID"]
            _say("submitJob", json.dumps(request))
            _say("submitJob", f"jobID {job_id}, variant {submitted['variant']}")
            status, cursor = "", "start"
            while True:
                build = await _call(client, "getStatus", {"jobID": job_id})
                cursor = await _show_log(client, job_id, cursor)
                if build["status"] != status:
                    status = build["status"]
                    _say("getStatus", status)
                if status in ("SUCCEEDED", "FAILED"):
                    break
                await anyio.sleep(_POLL_INTERVAL)
    if build["status"] == "FAILED":
        raise click.ClickException(json.dumps(build["failure"], indent=2))
    for phase, times in build["phases"].items():
        _say("timing", f"{phase} ran {times.get('seconds')} s on {times.get('node')}")
    return build


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        msg = f"{tool}: {getattr(result.content[0], 'text', result)}"
        raise click.ClickException(msg)
    return dict(result.structured_content)


async def _show_log(client: Client, job_id: str, cursor: str) -> str:
    """Show what the log has beyond a cursor; return the cursor behind it, which stands in the first line."""
    result = await client.call_tool("getLogs", {"jobID": job_id, "cursor": cursor})
    head, *lines = getattr(result.content[0], "text", "").split("\n")
    found = _CURSOR.search(head)
    if result.is_error or found is None:
        msg = f"getLogs: {head}"
        raise click.ClickException(msg)
    for line in lines:
        _say("log", line)
    return found[1]


def _run_image(build: dict[str, Any]) -> None:
    """Pull the published image by its first name and run it."""
    image = build["images"][0]
    _say("published", f"{image} {build['digest']}")
    for command in (["docker", "pull", "--quiet", image], ["docker", "run", "--rm", image]):
        click.echo(f"$ {' '.join(command)}")
        ended = subprocess.run(command, check=False)
        if ended.returncode:
            msg = f"docker {command[1]} ended with exit code {ended.returncode}"
            raise click.ClickException(msg)


def _say(subject: str, text: str) -> None:
    click.echo(f"{click.style(subject.rjust(9), bold=True)}  {text}")
