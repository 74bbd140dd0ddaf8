"""Services whose parts a test can reach, or replace, and whose clock it can put forward."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from server import app, clock, nomad, steps
from server.config import Config


class LateClock(clock.Clock):
    """A clock that a test puts forward, whatever Nomad says the time is."""

    ahead = timedelta()

    def now(self) -> datetime:
        """Return the time in UTC, so much later."""
        return super().now() + self.ahead

    def put_forward(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self.ahead += timedelta(seconds=seconds)


class Running:
    """A service whose parts a test can reach."""

    def __init__(self, service: app.Service, late: LateClock, warnings: list[str]) -> None:
        self._warnings = warnings
        self.clock = late
        self.nomad = service.nomad
        self.reconciler = service.reconciler
        self.notifier = service.notifier
        self.builds = service.builds

    @property
    def warned(self) -> bool:
        """Whether the reconciler had anything to complain of."""
        return bool(self._warnings)


@contextlib.contextmanager
def run(
    settings: Config,
    kind: type[nomad.Nomad] = nomad.Nomad,
    driver: type[steps.Driver] = steps.Driver,
) -> Iterator[Running]:
    """Run a service, perhaps with a client of Nomad or a driver that is not quite right."""
    warnings: list[str] = []

    class Listener(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            warnings.append(entry.getMessage())

    listener = Listener(logging.WARNING)
    logging.getLogger("server.reconciler").addHandler(listener)
    assembled = app.assemble(settings, nomad=kind, driver=driver)
    late = LateClock()
    assembled.nomad.clock = late
    try:
        with app.run(assembled) as service:
            yield Running(service, late, warnings)
    finally:
        logging.getLogger("server.reconciler").removeHandler(listener)
