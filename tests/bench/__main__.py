"""Measure the service on a real Nomad and write ``docs/performance.md``: ``make bench``.

Each figure stands beside what it is measured against, taken in the same run on the same machine: a ratio
says something on any machine, a number of milliseconds only on one.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from server.lab import Lab, default_folder, service
from tests.bench import (
    building,
    calls,
    curve,
    handover,
    hello,
    known,
    packgen,
    rendering,
    report,
    tracking,
    watching,
)
from tests.e2e.ground import HELLO, Ground
from tests.faults import table

_RELIABILITY = Path(__file__).parents[2] / "docs" / "reliability.md"
_PAGE = Path(__file__).parents[2] / "docs" / "performance.md"


@click.command()
@click.option("--rounds", default=10, show_default=True, help="Builds to measure.")
@click.option(
    "--write/--no-write",
    default=True,
    show_default=True,
    help="Write docs/performance.md, and what concerns many builds into docs/reliability.md.",
)
@click.option("--generator-only", is_flag=True, help="Measure no builds; nothing is written.")
@click.option("--many-only", is_flag=True, help="Measure many builds alone.")
@click.option(
    "--builds-only", is_flag=True, help="Measure long real builds alone; nothing is written."
)
@click.option(
    "--watching-only",
    is_flag=True,
    help="Measure clients that follow and wait for many builds alone; nothing is written.",
)
def main(
    rounds: int,
    write: bool,
    generator_only: bool,
    many_only: bool,
    builds_only: bool,
    watching_only: bool,
) -> None:
    """Measure hand-over, whole builds, many builds, and rendering."""
    engine = "nomad" if shutil.which("nomad") else "embedded"
    if engine == "embedded":
        print("no nomad on PATH: measuring on the embedded engine")
    rows: list[report.Row] = []
    parts: list[report.Chart | report.Table] = []
    if builds_only:
        rows += _measure_service(engine, building.measure)
    elif watching_only:
        rows += _measure_watching()
    elif not generator_only:
        if not many_only:
            rows += _measure_service(
                engine,
                lambda ground: [
                    *handover.measure(ground, rounds),
                    *hello.measure(ground, rounds),
                    *building.measure(ground),
                ],
            )
        many, parts = _measure_many()
        rows += [*many, *_measure_watching()]
        if write:
            table.put_into(_RELIABILITY, "bench", report.write_part(many, parts))
    if not (many_only or builds_only or watching_only):
        grown, chart = curve.measure()
        rows += [*rendering.measure(), *packgen.measure(), *grown]
        parts.append(chart)
    page = report.write_page(rows, parts, engine)
    print(page)
    if write and not (generator_only or many_only or builds_only or watching_only):
        _PAGE.write_text(page)
    sys.exit(0 if all(row.met for row in rows) else 1)


def _measure_service(
    engine: str, measure: Callable[[Ground], list[report.Row]]
) -> list[report.Row]:
    """Measure something on a lab of its own, with a service."""
    default_folder().mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=default_folder(), prefix="bench-") as scratch,
        Lab(engine=engine, folder=Path(scratch)) as lab,
    ):
        repository = lab.git.create(
            "hello-world", {name: text.format(base=lab.base_image) for name, text in HELLO.items()}
        )
        folder = Path(scratch, "service")
        ground = Ground(lab, folder, repository, service.start(folder, lab.environment()))
        try:
            return measure(ground)
        finally:
            ground.service.stop()


def _measure_watching() -> list[report.Row]:
    """Measure what it costs to follow and wait for many builds; on the embedded engine as well."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        return watching.measure(Path(scratch) / "watching")


def _measure_many() -> tuple[list[report.Row], list[report.Chart | report.Table]]:
    """Measure what many builds cost; on the embedded engine, for here tasks only have to take their time."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        folder = Path(scratch)
        tracked, quiet = tracking.measure(folder / "tracking")
        shared, table = calls.measure(folder / "calls", quiet)
        flat, chart = known.measure(folder / "known")
    return [*tracked, *shared, *flat], [table, chart]


if __name__ == "__main__":
    main()
