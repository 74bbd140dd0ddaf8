"""Write what docs/agents.md shows: transcripts, and what agents pay, ``make agents``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from tests.agents import economy, transcripts
from tests.faults.table import put_into

PAGE = Path(__file__).parents[2] / "docs" / "agents.md"


@click.command()
@click.option(
    "--economy", "measure", is_flag=True, help="Measure what agents pay, too: 20 minutes."
)
@click.option("--write/--no-write", default=True, show_default=True, help="Write docs/agents.md.")
def main(measure: bool, write: bool) -> None:
    """Play agents against the service, on the embedded engine with scripted tasks."""
    found = transcripts.record()
    met = True
    if measure:
        bills = list(economy.play_all())
        found["economy"] = economy.write(bills)
        met = all(
            bill.calls <= economy.CALLS_LIMIT
            and bill.read <= economy.BYTES_LIMIT
            and bill.cause <= economy.CAUSE_LIMIT
            for bill in bills
        )
    for mark, text in found.items():
        print(text)
        if write:
            put_into(PAGE, mark, text)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
