"""Build the corpus of failing builds for real: ``python -m tests.failures``; ``--write`` keeps what they say."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from server.lab import default_folder
from tests.failures import kept, reading, served, site, trimming
from tests.failures.cases import CASES
from tests.failures.collection import Case
from tests.failures.kept import Log
from tests.failures.workshop import Workshop

_WORKERS = 2


@click.command()
@click.option("--only", multiple=True, help="Only cases whose name holds this.")
@click.option(
    "--missing",
    is_flag=True,
    help="Only cases of which no log is kept, or one of another Dockerfile.",
)
@click.option("--write", is_flag=True, help="Keep the logs.")
def main(only: Sequence[str], missing: bool, write: bool) -> None:
    """Build the cases; the exit code says whether each log is read as the case has it."""
    cases = [each for each in CASES if not only or any(part in each.name for part in only)]
    if missing:
        cases = [each for each in cases if not kept.is_current(each)]
    workshop = Workshop(default_folder().parent / "failures")
    workshop.prepare()
    with contextlib.ExitStack() as running:
        place = running.enter_context(site.run(workshop.folder / "site"))
        ground = None
        if any(each.request is not None for each in cases):
            scratch = running.enter_context(tempfile.TemporaryDirectory(dir=workshop.folder))
            ground = running.enter_context(served.run(Path(scratch), place))

        def play(case: Case) -> bool:
            began = time.monotonic()
            if case.request is None or ground is None:
                log = workshop.build(case, place)
            else:
                log = served.build(case, ground, place)
            return _judge(case, log, place, time.monotonic() - began, write=write)

        with ThreadPoolExecutor(_WORKERS) as pool:
            wrong = list(pool.map(play, cases))
    sys.exit(1 if any(wrong) else 0)


def _judge(case: Case, log: Log, place: site.Site, seconds: float, *, write: bool) -> bool:
    log = dataclasses.replace(log, text=trimming.trim(log.text, place))
    log = dataclasses.replace(log, message=trimming.trim(log.message, place))
    if write:
        kept.write(case, log)
    problems = reading.differences(case, log)
    print(f"{case.name} ({seconds:.1f} s): {'; '.join(problems) or 'as expected'}")
    return bool(problems)


if __name__ == "__main__":
    main()
