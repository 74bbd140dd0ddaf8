"""Break the service on purpose and count what becomes of its builds: ``make faults``."""

from __future__ import annotations

import logging
import random
import shutil
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click

from tests.faults import chaos, storm, table
from tests.faults import real as real_builds
from tests.faults import sweep as sweeping


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--replicas", default=3, show_default=True, help="Replicas of the service.")
@click.option("--builds", type=int, help="Builds to submit: 200, or 20 real ones, when left out.")
@click.option(
    "--seconds", default=90.0, show_default=True, help="Time in which they are submitted."
)
@click.option("--seed", default="", help="Repeat the faults of an earlier run.")
@click.option("--short", is_flag=True, help="A small run of about a minute.")
@click.option("--sweep", is_flag=True, help="Kill a replica at each boundary of each step in turn.")
@click.option("--real", is_flag=True, help="Real builds, with Git, Buildah and a registry.")
@click.option(
    "--engine",
    default="embedded",
    show_default=True,
    type=click.Choice(["embedded", "nomad"]),
    help="Who runs the jobs of real builds; scripted tasks are for the embedded engine.",
)
@click.option(
    "--write",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Put the table between its markers in this page.",
)
@click.option("--keep", is_flag=True, help="Keep the logs also when all went well.")
def main(
    replicas: int,
    builds: int | None,
    seconds: float,
    seed: str,
    short: bool,
    sweep: bool,
    real: bool,
    engine: str,
    write: Path | None,
    keep: bool,
) -> None:
    """Run the service's own processes, break things on purpose, and count how builds end.

    Ends with status 1 when one ended wrong, was lost, had a phase twice, or published what was not tested.
    """
    if engine == "nomad" and not real:
        msg = "tasks are scripted on the embedded engine only: give --real, too"
        raise click.UsageError(msg)
    seed = seed or f"{random.SystemRandom().randrange(16**6):06x}"
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    print(f"seed {seed}, logs in {folder}", flush=True)
    logging.Formatter.converter = time.gmtime  # as the replicas' logs
    logging.basicConfig(
        filename=folder / "chaos.log", level="INFO", format="%(asctime)s %(levelname)s %(message)s"
    )
    plan = storm.Plan(seed=seed, replicas=replicas, builds=builds or 200, seconds=seconds)
    if sweep:
        report = sweeping.run(seed, folder, _say)
    elif real:
        report = real_builds.run(_real(plan, builds or 20), engine, folder, _say)
    else:
        report = storm.run(storm.shorten(plan) if short else plan, folder, _say)
    good = _show(report, write)
    if good and not keep:
        shutil.rmtree(folder)
    elif not good:
        print(f"seed {seed}, logs in {folder}")
    sys.exit(0 if good else 1)


def _real(plan: storm.Plan, builds: int) -> storm.Plan:
    """Real builds take longer than scripted ones, and the proxies are not what this is about."""
    pace = chaos.Pace(kill=6, kill_at_boundary=6, stop_replica=20, stop_server=15)
    return replace(
        plan, builds=builds, patience=300.0, calm=120.0, rates=plan.rates.scaled(0.5), pace=pace
    )


def _say(line: str) -> None:
    print(line, flush=True)


def _show(report: table.Report, page: Path | None) -> bool:
    text = table.write(report)
    print(text)
    verdict = report.verdict
    for line in [*verdict.faults, *verdict.overtaken, *verdict.doubled]:
        print(line)
    if page is not None:
        table.put_into(page, report.mark, text)
    return verdict.good


if __name__ == "__main__":
    main()
