"""Watching a build to its end: what happens now on a terminal, and plain lines everywhere else."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rich.console import Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from server import terminal
from server.cli import events, exits, reports
from server.cli.connection import Connection
from server.cli.screen import Screen

# As Buildah says which instruction it is at: "[1/2] STEP 3/7: RUN make" or without the stage.
_STEP = re.compile(r"(?:\[\d+/\d+\] )?STEP \d+(?:/\d+)?: .*")
_LINES_BELOW = 10
_LOOK_SECONDS = 3.0
_WAIT_SECONDS = 45
_PHASES = ("build", "test", "publish")


class Display(Protocol):
    """What shows a build's way."""

    def show(self, event: events.Event) -> None:
        """Take in what has happened."""
        ...

    def tell(self, text: str) -> None:
        """Tell something that is no part of the log."""
        ...


def watch(
    service: Connection, shown: Screen, job_id: str, owner: Mapping[str, str]
) -> dict[str, Any]:
    """Show a build until it has ended; return what getStatus says then."""
    reference = {"jobID": job_id, **owner}
    build = service.call("getStatus", reference)
    if build.get("status") not in reports.ENDED:
        with _display(service, shown, build, reference) as display:
            follower = events.Follower(
                connection=service,
                job_id=job_id,
                parameters=owner,
                broken=lambda reason: display.tell(f"{reason}; trying again"),
            )
            for event in follower.events():
                display.show(event)
            build = wait_for_end(service, reference)
    return build


def wait_for_end(service: Connection, reference: Mapping[str, str]) -> dict[str, Any]:
    """Return what is known of a build once it has ended."""
    while True:
        build = service.call("getStatus", reference)
        if build.get("status") in reports.ENDED:
            return build
        service.call("waitJob", {**reference, "seconds": _WAIT_SECONDS})


@contextlib.contextmanager
def _display(
    service: Connection, shown: Screen, build: Mapping[str, Any], reference: Mapping[str, str]
) -> Iterator[Display]:
    if shown.as_json:
        yield Silent(shown)
    elif shown.can_move:
        now = Now(build)
        # What was on the screen is left as it was: what remains of it all is how the build ended.
        with (
            _kept_fresh(now, service, reference),
            Live(now, console=shown.err, transient=True, refresh_per_second=8),
        ):
            yield now
    else:
        plain = Plain(shown)
        if build.get("queue"):
            plain.tell(_describe_queue(build["queue"]))
        yield plain


@contextlib.contextmanager
def _kept_fresh(now: Now, service: Connection, reference: Mapping[str, str]) -> Iterator[None]:
    """Have it known what a build waits for as long as its log says nothing."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOK_SECONDS):
            if now.quiet:
                # Whether the service is away is for those to tell who follow the log.
                with contextlib.suppress(exits.Failure):
                    now.build = service.call("getStatus", reference)

    threading.Thread(target=look, daemon=True).start()
    try:
        yield
    finally:
        over.set()


@dataclass(slots=True)
class Silent:
    """Shows nothing of the log: the end is for a program to read."""

    shown: Screen

    def show(self, event: events.Event) -> None:
        """Take no notice."""

    def tell(self, text: str) -> None:
        """Tell it on standard error."""
        self.shown.note(text)


@dataclass(slots=True)
class Plain:
    """Writes each line of the log as it comes, with its phase before it."""

    shown: Screen

    def show(self, event: events.Event) -> None:
        """Write what can be read as a line."""
        data = event.data
        phase = str(data.get("phase") or "")
        if event.name == "line":
            self.shown.line(f"{phase:>7} | {data.get('text', '')}")
        elif event.name == "gap":
            self.shown.note(f"{phase:>7} | {describe_gap(data)}")

    def tell(self, text: str) -> None:
        """Tell it on standard error."""
        self.shown.note(text)


@dataclass(slots=True)
class Now:
    """What a build is doing now, drawn anew again and again: phases and time, the Dockerfile's step, the last lines."""

    build: Mapping[str, Any]
    phase: str = ""
    step: str = ""
    quiet: bool = True
    # Replaced, never changed: they are drawn by another thread.
    lines: tuple[str, ...] = ()
    _seen: tuple[str, ...] = ()
    _spinner: Spinner = field(default_factory=lambda: Spinner("dots", style="cyan"))
    _started: float = 0.0

    def __post_init__(self) -> None:
        self._started = time.monotonic() - float(self.build.get("elapsedSeconds") or 0)

    def show(self, event: events.Event) -> None:
        """Take in what has happened."""
        data = event.data
        phase = str(data.get("phase") or "")
        if phase and phase != self.phase:
            self.phase, self.step, self.quiet = phase, "", True
            self._seen = (*self._seen, phase)
        if event.name == "gap":
            self.tell(describe_gap(data))
        elif event.name == "line":
            text = terminal.strip(str(data.get("text", "")))
            self.quiet = False
            self.tell(text)
            if _STEP.fullmatch(text):
                self.step = text

    def tell(self, text: str) -> None:
        """Show it among the lines."""
        self.lines = (*self.lines, text)[-_LINES_BELOW:]

    def __rich__(self) -> Group:
        """Draw it."""
        seconds = int(time.monotonic() - self._started)
        head = Text(f"{self.build.get('jobID')}  {seconds // 60}:{seconds % 60:02}  ")
        for index, (name, style) in enumerate(self._phases()):
            head.append(" → " if index else "", "dim")
            head.append(name, style)
        self._spinner.update(text=head)
        below = [text for text in (self.step, self._waits_for()) if text]
        parts = [Text(f"  {text}", "bold", no_wrap=True, overflow="ellipsis") for text in below]
        parts += [
            Text(f"  │ {line}", "dim", no_wrap=True, overflow="ellipsis") for line in self.lines
        ]
        return Group(self._spinner, *parts)

    def _waits_for(self) -> str:
        """Say what it waits for, where nothing is heard of it."""
        if not self.quiet:
            return ""
        if self.build.get("queue"):
            return _describe_queue(self.build["queue"])
        phase = (self.build.get("phases") or {}).get(self.phase or "build") or {}
        return str(phase.get("waiting") or "")

    def _phases(self) -> Iterable[tuple[str, str]]:
        names = list(dict.fromkeys([*self._seen, *_PHASES]))
        for name in names:
            if name == self.phase:
                yield name, "bold cyan"
            elif name in self._seen:
                yield f"{name} ✓", "green"
            else:
                yield name, "dim"


def _describe_queue(queue: Mapping[str, Any]) -> str:
    return f"waiting, place {queue.get('position')}: {queue.get('reason', '')}"


def describe_gap(data: Mapping[str, Any]) -> str:
    """Say that lines are missing."""
    return str(data.get("text") or data.get("message") or "(some lines could not be kept)")
