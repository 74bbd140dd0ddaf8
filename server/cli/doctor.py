"""``nomad-build doctor``: everything that a build needs, looked at as the service would, and what to mend."""

from __future__ import annotations

import os
from collections.abc import Iterator

import click
from click.core import ParameterSource

from server import config, errors
from server.cli import cluster_checks, exits, findings, options, registry_checks, screen
from server.cli.connection import Connection
from server.cli.findings import Finding


@click.command(cls=options.Command)
@click.option(
    "--registry",
    "registries",
    multiple=True,
    metavar="HOST[:PORT]",
    help="A registry that images will be published to. May be repeated.",
)
@click.option("--offline", is_flag=True, help="Ask Nomad and the service alone, no registry.")
@options.connected
@click.pass_context
def command(
    context: click.Context,
    service: Connection,
    shown: screen.Screen,
    registries: tuple[str, ...],
    offline: bool,
) -> None:
    """Check what builds need, and say what to mend.

    It reads the same environment as "nomad-build serve" does, so run it where, and as whom, the service runs: settings,
    Nomad and what its token may do, nodes with docker, cache volume, networks and Vault, the images of the jobs,
    registries. If a service answers at the address, that is asked how it is, too.

    Each line is ok, warn (some builds will not work, or it cannot be known from here) or fail (no build will). It ends
    with 1 when anything fails.
    """
    given = context.get_parameter_source("url") is not ParameterSource.DEFAULT
    found = []
    for finding in _examine(service, registries, given=given, offline=offline):
        found.append(finding)
        if not shown.as_json:
            _show(shown, finding)
    failed = any(each.state == "fail" for each in found)
    if shown.as_json:
        shown.show_json({"ok": not failed, "checks": [each.as_json() for each in found]})
    context.exit(exits.FAILED if failed else exits.OK)


def _show(shown: screen.Screen, finding: Finding) -> None:
    state = shown.styled(f"{finding.state:<5}", screen.STYLES[finding.state])
    rest = shown.styled(f"{finding.check:<10} {finding.message}", "")
    shown.out.print(state, rest, sep="", soft_wrap=True)
    if finding.mend:
        shown.line(f"{'':<16} {finding.mend}", "dim")


def _examine(
    service: Connection, registries: tuple[str, ...], *, given: bool, offline: bool
) -> Iterator[Finding]:
    try:
        settings = config.read_config(os.environ)
    except errors.ConfigError as error:
        yield findings.fail("settings", error.message, error.next_step or "See docs/operations.md")
        return
    yield findings.ok("settings", "the environment can be read")
    yield from cluster_checks.examine(settings)
    if not offline:
        yield from registry_checks.examine_images(settings)
        yield from registry_checks.examine_registries(settings, registries)
    yield _check_service(service, given=given)


def _check_service(service: Connection, *, given: bool) -> Finding:
    try:
        service.check_ready()
    except exits.Failure as error:
        runs = "status" in error.answer  # it says itself that it is not ready
        if given or runs:
            return findings.fail("service", error.message, error.next_step or "Look at its log")
        return findings.warn("service", error.message, "Start one with nomad-build serve")
    return findings.ok("service", f"{service.url} is ready")
