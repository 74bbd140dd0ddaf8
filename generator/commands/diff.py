"""``packgen diff``: two packs, renders or revisions in, what changed and what Nomad does about it out."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.commands import options, terminal
from generator.errors import GeneratorError

if TYPE_CHECKING:
    from generator.comparison import text
    from generator.snapshots.confrontation import CaseDifference
    from generator.snapshots.sides import Side

DIFF_HELP = """Say how the jobs of NEW differ from those of OLD, and which tasks Nomad would restart.

OLD and NEW each is the folder of a pack, a folder with packs in it, the name of a pack that `packgen
list` shows, a job file (.nomad, .hcl, .json; - for standard input), a folder of rendered files such as
a pack's snapshots/, or one of these at a revision, as in Git: REV:PATH, with the path from the root of
the repository, or from here as REV:./PATH. Of a job that a cluster gives, Nomad's defaults and what the
cluster adds are no difference.

Packs are compared in all their cases (see `packgen snapshot --help`), each with the values of its
own side; or with the values that are given here, if any. Cases that differ alike are shown once.

A group is "replaced" where Nomad stops its allocations and starts others, "updated in place" where
its tasks run on: as Nomad 1.10 plans it. Ends with 0 if there is no difference, with 1 if there is
one, with 2 if something cannot be compared.

\b
packgen diff HEAD:packs/web packs/web      what the change at hand does
packgen diff v1.2:packs packs              all packs since a release
packgen diff web.nomad.hcl ./web -f production.hcl
nomad job inspect web | packgen diff - ./web -f production.hcl
"""


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
    if old == new == terminal.STANDARD_INPUT:
        msg = "standard input can be read only once"
        raise click.UsageError(msg)
    with _trouble(old, new) as scratch:
        from generator.snapshots import cases, confrontation

        given = None
        if var_files or arguments or variant:
            given = cases.Case(
                name="",
                variant=variant,
                files=tuple(map(Path, var_files)),
                arguments=tuple(arguments.items()),
            )
        before, after = _read(old, scratch / _OLD), _read(new, scratch / _NEW)
        found = confrontation.compare(before, after, given)
        for trouble, names in _troubles(found):
            place = f"{_named(names)}: " if any(names) else ""
            message = f"{place}neither side can be rendered: {trouble}"
            click.echo(_as_given(message, old, new, scratch), err=True)
        if form == "json":
            _print_json(found)
        else:
            _print_text(found)
    if any(each.trouble for each in found):
        sys.exit(2)
    sys.exit(0 if all(each.same for each in found) else 1)


# The sides' folders below the scratch folder.
_OLD, _NEW = "old", "new"


@contextlib.contextmanager
def _trouble(old: str, new: str) -> Iterator[Path]:
    """A scratch folder; say what cannot be compared, and end with 2, as diff does."""
    with tempfile.TemporaryDirectory(prefix="packgen-") as name:
        scratch = Path(name)
        try:
            yield scratch
        except BrokenPipeError:
            raise  # nobody reads any more: click ends without a word
        except (GeneratorError, OSError) as error:
            said = terminal.describe(error) if isinstance(error, OSError) else str(error)
            click.echo(_as_given(said, old, new, scratch), err=True)
            sys.exit(2)
        except RecursionError:
            click.echo("the input is nested more deeply than can be read here", err=True)
            sys.exit(2)


def _read(argument: str, scratch: Path) -> Side:
    from generator.snapshots import sides

    if argument == terminal.STANDARD_INPUT:
        return sides.read_job(terminal.read(argument), "standard input")
    return sides.read(argument, scratch)


def _as_given(message: str, old: str, new: str, scratch: Path) -> str:
    """The message with both sides' files called as the command line calls the sides."""
    from generator.snapshots import sides

    for argument, folder in ((old, scratch / _OLD), (new, scratch / _NEW)):
        message = sides.name_as_given(message, argument, folder)
    return message


def _troubles(found: Sequence[CaseDifference]) -> Iterable[tuple[str, list[str]]]:
    """Why cases can be rendered on neither side, each reason with its cases."""
    troubles: dict[str, list[str]] = {}
    for each in found:
        if each.trouble:
            troubles.setdefault(each.trouble, []).append(each.case)
    return troubles.items()


def _grouped(found: Sequence[CaseDifference]) -> list[tuple[list[str], list[text.Line]]]:
    """The cases that differ, those that differ alike together, with the lines that say how."""
    from generator.comparison import files

    groups: dict[str, tuple[list[str], list[text.Line]]] = {}
    for each in found:
        if each.files or each.fails:
            lines = [line for file in each.files for line in files.show(file)]
            if each.fails:
                lines = list(_failure(each))
            key = "\n".join(line.text for line in lines)
            groups.setdefault(key, ([], lines))[0].append(each.case)
    return list(groups.values())


def _failure(case: CaseDifference) -> Iterator[text.Line]:
    """That one side cannot be rendered, and why."""
    from generator.comparison.text import Kind, Line

    first, *others = case.reason.splitlines()
    yield Line(f"{case.fails.upper()} cannot be rendered: {first}", Kind.CHANGED)
    for line in others:
        yield Line(line).indented()


def _print_text(found: Sequence[CaseDifference]) -> None:
    from generator.commands import colours
    from generator.comparison.text import Kind, Line

    for names, lines in _grouped(found):
        if any(names):
            colours.print_line(Line(_named(names), Kind.HEADING))
        colours.print_lines(line.indented() if any(names) else line for line in lines)
        colours.print_line(Line(""))
    for side in ("old", "new"):
        if alone := [each.case for each in found if each.only == side]:
            kind = Kind.REMOVED if side == "old" else Kind.ADDED
            named = _named([case or "files that are in no case's folder" for case in alone])
            colours.print_line(Line(f"only in {side.upper()}: {named}", kind))
    compared = [each for each in found if not each.trouble]
    differing = sum(not each.same for each in compared)
    if len(compared) > 1:
        colours.print_line(Line(f"{differing} of {len(compared)} cases differ"))
        if {each.only for each in compared} == {"old", "new"}:
            hint = "no case is on both sides; with -f or --var both are given the same values"
            colours.print_line(Line(f"hint: {hint}"))
    elif compared and not differing:
        colours.print_line(Line("no difference"))


def _named(names: Sequence[str]) -> str:
    from generator.comparison import text

    shown = text.show_names(names)
    return f"{len(names)} cases: {shown}" if len(names) > 1 else shown


def _print_json(found: Sequence[CaseDifference]) -> None:
    from generator.comparison import files

    by_case = {each.case: each for each in found}
    result = {
        "same": all(each.same for each in found),
        "differences": [
            {"cases": names, "files": [files.as_json(file) for file in by_case[names[0]].files]}
            for names, _ in _grouped(found)
            if not by_case[names[0]].fails
        ],
        "fails": {each.case: {each.fails: each.reason} for each in found if each.fails},
        "only_old": [each.case for each in found if each.only == "old"],
        "only_new": [each.case for each in found if each.only == "new"],
        "unchanged": [each.case for each in found if each.same],
        "trouble": {each.case: each.trouble for each in found if each.trouble},
    }
    text = json.dumps(result, indent=2, ensure_ascii=False) + "\n"
    terminal.print_texts(text.encode("utf-8", "backslashreplace").decode())
