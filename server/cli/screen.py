"""What a command writes: results to standard output, all else to standard error, with colours where somebody looks."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from server import terminal

# Where nobody looks no line is broken to fit anything.
_ENDLESS = 10_000

STYLES = {
    "SUCCEEDED": "green",
    "FAILED": "bold red",
    "PENDING": "yellow",
    "BUILDING": "cyan",
    "TESTING": "cyan",
    "PUBLISHING": "cyan",
    "ok": "green",
    "warn": "yellow",
    "fail": "bold red",
}


class _Console(Console):
    """A console that leaves it to the command how it ends when nobody reads what it writes."""

    def on_broken_pipe(self) -> None:
        """Pass it on."""
        raise BrokenPipeError


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    if stream is None:
        # Without standard error, notes go nowhere; results are not looked for without standard output.
        stream = Path(os.devnull).open("w")  # noqa: SIM115 (as long as the process)
    # rich itself obeys NO_COLOR, TERM=dumb and FORCE_COLOR: what it calls a terminal may be a file that takes colours.
    return _Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if stream.isatty() else _ENDLESS,
    )


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a command writes; ``as_json`` says that results are for a program."""

    as_json: bool
    out: Console
    err: Console

    @property
    def is_seen(self) -> bool:
        """Whether results are for the eyes of somebody at a terminal, which know what is left out."""
        return self.out.file.isatty()

    @property
    def can_move(self) -> bool:
        """Whether what was shown can be drawn over: the log is nowhere else for whoever keeps what is written."""
        return self.is_seen and self.err.file.isatty() and not self.err.is_dumb_terminal

    def show_json(self, answer: Any) -> None:
        """Write an answer as it is, to be read by a program."""
        click.echo(json.dumps(answer, indent=2, ensure_ascii=False))

    def line(self, text: str = "", style: str = "") -> None:
        """Write a line of the result."""
        if not self.out.is_terminal:
            # Logs have many lines, and there is nothing to lay out.
            self.out.file.write(f"{terminal.strip(text)}\n")
            self.out.file.flush()
            return
        self.out.print(Text(terminal.strip(text), style=style), soft_wrap=True)

    def styled(self, text: str, style: str) -> Text:
        """Return a text that nothing in it can make look like something else."""
        return Text(terminal.strip(text), style=style)

    def pair(self, name: str, value: object, style: str = "") -> None:
        """Write a name with its value; nothing for what there is not."""
        if value in (None, "", (), []):
            return
        text = Text.assemble((f"{name:<10} ", "dim"), (terminal.strip(str(value)), style))
        self.out.print(text, soft_wrap=True)

    def note(self, text: str, style: str = "") -> None:
        """Tell the person at the terminal something that is no result."""
        self.err.print(Text(terminal.strip(text), style=style), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Warn of something that most likely is not as it was meant."""
        self.note(f"Warning: {text}", "yellow")


def open_screen(*, as_json: bool) -> Screen:
    """Return the screen of this process."""
    return Screen(as_json, _console(stderr=False), _console(stderr=True))
