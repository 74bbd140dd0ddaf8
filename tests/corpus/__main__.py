"""Build the corpus on each kind of Nomad and show what came of it: ``python -m tests.corpus``."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from server.lab import Lab, default_folder, service
from tests.corpus import report, site
from tests.corpus.cases import CASES
from tests.corpus.collection import WORKERS, Case, Row, start
from tests.e2e.ground import HELLO, Ground


@click.command()
@click.option("--engine", "engines", multiple=True, help="embedded or nomad; both by default.")
@click.option("--only", multiple=True, help="Only cases whose name holds this.")
@click.option("--write", type=click.Path(path_type=Path), help="The page to write.")
def main(engines: Sequence[str], only: Sequence[str], write: Path | None) -> None:
    """Build the corpus; the exit code says whether all came as expected."""
    known = ("embedded", "nomad") if shutil.which("nomad") else ("embedded",)
    cases = [each for each in CASES if not only or any(part in each.name for part in only)]
    results = {engine: _run(engine, cases) for engine in engines or known}
    if write is not None:
        write.write_text(report.write(results, _versions(results)))
    sys.exit(1 if any(row.problem for rows in results.values() for row in rows) else 0)


def _run(engine: str, cases: Sequence[Case]) -> list[Row]:
    default_folder().mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(dir=default_folder(), prefix="corpus-") as scratch,
        Lab(engine=engine, folder=Path(scratch, "lab")) as lab,
    ):
        folder = Path(scratch, "service")
        hello = lab.git.create("hello", {"Dockerfile": HELLO["Dockerfile"]})
        ground = Ground(lab, folder, hello, service.start(folder, lab.environment()))
        try:
            with (
                site.run(ground, Path(scratch, "site")) as ready,
                ThreadPoolExecutor(WORKERS) as pool,
            ):
                rows = [each.result() for each in start(ready, cases, pool).values()]
        finally:
            ground.service.stop()
    for row in rows:
        mark = "as expected" if row.problem is None else f"differs: {_locate(row.problem)}"
        print(f"{engine} {row.case.name} ({row.seconds:.1f} s): {row.seen}, {mark}")
    print(f"{engine}: {time.monotonic() - began:.0f} s in all")
    return rows


def _locate(problem: BaseException) -> str:
    """Return what was found to be wrong, and the line of the corpus that found it."""
    frames = traceback.extract_tb(problem.__traceback__)
    frame = next(each for each in reversed(frames) if "/corpus/" in each.filename)
    return f"{problem}\n  {Path(frame.filename).name}:{frame.lineno}: {frame.line}"


def _versions(engines: Sequence[str] | dict[str, list[Row]]) -> list[str]:
    if "nomad" not in engines:
        return []
    told = subprocess.run(["nomad", "version"], check=True, capture_output=True, text=True)
    return [f"{told.stdout.splitlines()[0]} (dev agent)"]


if __name__ == "__main__":
    main()
