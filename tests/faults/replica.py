"""One replica of the service as a process of its own, as ``nomad-build serve`` runs it, but with a wrong clock."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
import uvicorn

from server import app, config, logbook


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--skew", type=float, default=0.0, help="Seconds by which the clock is ahead.")
def main(port: int, skew: float) -> None:
    """Serve until killed."""
    logbook.configure("info", "text", sys.stderr)
    settings = config.read_config(os.environ)
    with app.run(app.assemble(settings, machine_clock=skewed(skew))) as service:
        web = app.create_app(service, settings)
        uvicorn.run(
            web, host="127.0.0.1", port=port, log_config=None, access_log=False, log_level="warning"
        )


def skewed(seconds: float) -> Callable[[], datetime]:
    """Return a clock that is ahead by some seconds."""
    shift = timedelta(seconds=seconds)
    return lambda: datetime.now(UTC) + shift


if __name__ == "__main__":
    main()
