"""The lines of a comparison on the terminal: removed red, added green, headings bold.

Colours are left out where the output is no terminal, or NO_COLOR is set.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import TypedDict

import click

from generator.commands import terminal
from generator.comparison import text
from generator.comparison.text import Kind


class Style(TypedDict, total=False):
    """Some of what ``click.style`` takes."""

    fg: str
    bold: bool


STYLES: Mapping[Kind, Style] = {
    Kind.HEADING: {"bold": True},
    Kind.REMOVED: {"fg": "red"},
    Kind.ADDED: {"fg": "green"},
    Kind.CHANGED: {"fg": "yellow"},
    Kind.PLAIN: {},
}


def print_lines(lines: Iterable[text.Line]) -> None:
    """Print each line in its colour; nothing in it can steer the terminal."""
    for line in lines:
        print_line(line)


def print_line(line: text.Line) -> None:
    """Print one line, as UTF-8 whatever the locale is."""
    shown = text.printable(line.text)
    with terminal.delivered():
        if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            shown = click.style(shown, **STYLES[line.kind])
        click.echo(shown.encode())
