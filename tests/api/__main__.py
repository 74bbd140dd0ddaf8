"""``python -m tests.api``: send the service whatever may come, and say what it answered."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from tests.api import exchange, schemathesis
from tests.api.stand import serve


@click.command()
@click.option(
    "--requests", "count", default=10_000, show_default=True, help="How many random requests."
)
@click.option("--seed", default=1, show_default=True, help="What they are made from.")
@click.option(
    "--examples",
    default=100,
    show_default=True,
    help="Of schemathesis, an operation; 0 for none.",
)
def main(count: int, seed: int, examples: int) -> None:
    """Send random requests, then those that schemathesis makes of the description."""
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as stand:
        tally = exchange.play(stand, count, seed)
        for code, times in sorted(tally.codes.items()):
            print(f"{code}: {times}")
        print(f"cut off or closed early, without an answer: {tally.unanswered}")
        faults = tally.faults
        if examples:
            ran = schemathesis.run(stand.address, "--max-examples", str(examples))
            print(ran.stdout)
            faults += [f"schemathesis ended with {ran.returncode}"] if ran.returncode else []
            faults += stand.faults()
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(bool(faults))


main()
