"""``packgen diff``: two packs, renders or revisions in, what changed and what Nomad does about it out."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.commands import options
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.comparison import text
    from generator.snapshots.confrontation import CaseDifference

DIFF_HELP = """Say how the jobs of NEW differ from those of OLD, and which tasks Nomad would restart.

OLD and NEW each is the folder of a pack, a folder with packs in it, the name of a pack that `packgen
list` shows, a job file (.nomad, .hcl, .json), a folder of rendered files such as a pack's snapshots/,
or one of these at a revision, as in Git: REV:PATH, with the path from the root of the repository.

Packs are compared in all their cases (see `packgen snapshot --help`), each with the values of its
own side; or with the values that are given here, if any. Cases that differ alike are shown once.

A group is "replaced" where Nomad stops its allocations and starts others, "updated in place" where
its tasks run on: as Nomad 1.10 plans it. Ends with 0 if there is no difference, with 1 if there is
one, with 2 if something cannot be compared.

\b
packgen diff HEAD:packs/web packs/web      what the change at hand does
packgen diff v1.2:packs packs              all packs since a release
packgen diff web.nomad.hcl ./web -f production.hcl
"""

# So many cases are named, the rest is counted.
_NAMED = 4


@click.command(help=DIFF_HELP, short_help="how two packs, renders or revisions differ")
@click.argument("old")
@click.argument("new")
@options.var_files
@options.arguments(options.PACK_ARGUMENTS)
@options.variant
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True,
    help="json: paths, old and new values and effects, for programs.",
)  # fmt: skip
def diff(
    *,
    old: str,
    new: str,
    var_files: list[str],
    arguments: dict[str, str],
    variant: str | None,
    form: str,
) -> None:
    """Two sides in, differences out."""
    with _trouble(), tempfile.TemporaryDirectory(prefix="packgen-") as scratch:
        from generator.snapshots import cases, confrontation, sides

        given = None
        if var_files or arguments or variant:
            given = cases.Case(
                name="",
                variant=variant,
                files=tuple(map(Path, var_files)),
                arguments=tuple(arguments.items()),
            )
        before, after = (sides.read(side, Path(scratch)) for side in (old, new))
        found = confrontation.compare(before, after, given)
        for each in found:
            if each.trouble:
                place = f"{each.case}: " if each.case else ""
                click.echo(f"{place}neither side can be rendered: {each.trouble}", err=True)
        if form == "json":
            _print_json(found)
        else:
            _print_text(found)
    if any(each.trouble for each in found):
        sys.exit(2)
    sys.exit(0 if all(each.same for each in found) else 1)


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    """Say what cannot be compared, and end with 2, as diff does."""
    try:
        yield
    except BrokenPipeError:
        raise  # nobody reads any more: click ends without a word
    except (GeneratorError, OSError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except RecursionError:
        click.echo("the input is nested more deeply than can be read here", err=True)
        sys.exit(2)


def _grouped(found: Sequence[CaseDifference]) -> list[tuple[list[str], list[text.Line]]]:
    """The cases that differ, those that differ alike together, with the lines that say how."""
    from generator.comparison import files

    groups: dict[str, tuple[list[str], list[text.Line]]] = {}
    for each in found:
        if each.files:
            lines = [line for file in each.files for line in files.show(file)]
            key = "\n".join(line.text for line in lines)
            groups.setdefault(key, ([], lines))[0].append(each.case)
    return list(groups.values())


def _print_text(found: Sequence[CaseDifference]) -> None:
    from generator.commands import colours
    from generator.comparison.text import Kind, Line

    for names, lines in _grouped(found):
        if any(names):
            colours.print_line(Line(_named(names), Kind.HEADING))
        colours.print_lines(line.indented() if any(names) else line for line in lines)
        click.echo()
    for side in ("old", "new"):
        if alone := [each.case for each in found if each.only == side]:
            kind = Kind.REMOVED if side == "old" else Kind.ADDED
            colours.print_line(Line(f"only in {side.upper()}: {_named(alone)}", kind))
    compared = [each for each in found if not each.trouble]
    differing = sum(not each.same for each in compared)
    if len(compared) > 1:
        click.echo(f"{differing} of {len(compared)} cases differ")
    elif compared and not differing:
        click.echo("no difference")


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{len(names)} cases: {shown}" if len(names) > 1 else shown


def _print_json(found: Sequence[CaseDifference]) -> None:
    from generator.comparison import files

    by_case = {each.case: each for each in found}
    result = {
        "same": all(each.same for each in found),
        "differences": [
            {"cases": names, "files": [files.as_json(file) for file in by_case[names[0]].files]}
            for names, _ in _grouped(found)
        ],
        "only_old": [each.case for each in found if each.only == "old"],
        "only_new": [each.case for each in found if each.only == "new"],
        "unchanged": [each.case for each in found if each.same],
        "trouble": {each.case: each.trouble for each in found if each.trouble},
    }
    click.echo(json.dumps(result, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace"))
