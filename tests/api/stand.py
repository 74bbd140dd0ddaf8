"""A service on an engine with scripted tasks, listening on loopback, for whoever sends it all kinds of requests."""

from __future__ import annotations

import contextlib
import json
import logging
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from server import app, builds, logbook
from tests import samples
from tests.serving import serving
from tests.worlds import World, submit, wait_for_end

# So many may wait that nobody who submits what comes to mind is sent away for that.
_SETTINGS = {"MAX_QUEUED": "100000", "MAX_QUEUED_PER_OWNER": "100000"}


@dataclass(frozen=True, slots=True)
class Stand:
    """A service: where it listens, a build that has ended there, and the file that it logs into."""

    port: int
    build_id: str
    builds: builds.Builds
    log: Path

    @property
    def address(self) -> str:
        """The address to call."""
        return f"http://127.0.0.1:{self.port}"

    def faults(self) -> list[str]:
        """What the service has logged of its own faults."""
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [
            f"{each['logger']}: {each['event']}\n{each.get('exception', '')}"
            for each in entries
            if "exception" in each or each["level"] in ("error", "critical")
        ]


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[Stand]:
    """Serve until the context ends."""
    world = World(folder / "engine")
    with (
        _log_into(folder / "service.log") as log,
        world.engine,
        world.run(**_SETTINGS) as running,
        serving(
            app.create_app(running, world.configure(**_SETTINGS)),
            backlog=512,
            log_level=None,
            access_log=False,
        ) as address,
    ):
        build_id = submit(running.builds, **samples.FIELDS)
        wait_for_end(running.builds, build_id)
        yield Stand(urllib.parse.urlsplit(address).port or 0, build_id, running.builds, log)


@contextlib.contextmanager
def _log_into(path: Path) -> Iterator[Path]:
    """Log as the service does."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with path.open("w", encoding="utf-8") as stream:
        logbook.configure("info", "json", stream)
        try:
            yield path
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
