"""``packgen snapshot``: packs' cases compared with their snapshots, or these written anew."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.commands import terminal

if TYPE_CHECKING:
    from generator.comparison import text
    from generator.snapshots import review

SNAPSHOT_HELP = """Compare what packs render with their snapshots, the files to review in snapshots/.

PACK is the folder of a pack, a folder with packs in it, or the name of one that `packgen list`
shows; the current folder if none is given.

A case is a file with values: PACK/cases/minimal.hcl. Its snapshot, PACK/snapshots/minimal/, is what
the pack renders with it: jobs as JSON, other files as they are, the message of outputs.tpl. Where the
pack has variants (variants/gpu.hcl), each case is rendered with each of them, as gpu.minimal; one
in cases/gpu/ with that variant only. Of the values in a NAME.fails.hcl the pack has to refuse some.

Ends with 0 if all cases are as their snapshots say, 1 if one is not or cannot be rendered, 2 if the
command line is wrong.

\b
packgen snapshot ./my-pack --update    write what is new or changed, then read the change
packgen snapshot packs                 compare, as in CI
packgen snapshot build --case 'gpu.*'  some cases only
"""


@click.command(help=SNAPSHOT_HELP, short_help="compare packs' cases with their snapshots")
@click.argument("packs", nargs=-1, metavar="[PACK]...")
@click.option(
    "--update", is_flag=True,
    help="Write the snapshots that are new or changed; remove those whose case is no more.",
)  # fmt: skip
@click.option(
    "--case", "patterns", metavar="NAME", multiple=True,
    help="Only the cases of this name, which may have * in it. May be repeated.",
)  # fmt: skip
def snapshot(packs: tuple[str, ...], update: bool, patterns: tuple[str, ...]) -> None:
    """Cases in, differences out."""
    with terminal.reported():
        from generator.commands import colours
        from generator.comparison import text
        from generator.snapshots import cases

        reviews = [(name, _review(name, folder)) for name, folder in _folders(packs or (".",))]
        if patterns:
            _check_patterns(patterns, [name for _, each in reviews for name in each.cases])
        found = _Found()
        for name, each in reviews:
            if not each.cases:
                hint = f"no case; add a file with values: {name}/{cases.FOLDER}/minimal.hcl"
                colours.print_line(text.Line(f"{name}: {hint}"))
            for outcome in _chosen(each, patterns):
                _judge(name, each, outcome, found, update=update)
        _print(found)
    _finish(found, packs, patterns, update=update)


@dataclass(frozen=True, slots=True)
class _Found:
    """How many cases are what, and how those are shown that fail: what fails alike stands together."""

    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[tuple[str, str], tuple[list[str], list[text.Line]]] = field(default_factory=dict)
    # The packs that templates or values keep from being rendered.
    broken: dict[str, None] = field(default_factory=dict)


def _folders(packs: Iterable[str]) -> Iterator[tuple[str, Path]]:
    """The folders of packs that the arguments mean, each with what to call it."""
    from generator import registry
    from generator.errors import PackError

    for argument in packs:
        if not Path(argument).exists() and argument in registry.names():
            yield argument, registry.PACKS / argument
            continue
        try:
            folders = registry.packs_below(argument)
        except PackError as error:
            msg = f"{error.message} ({error.hint})" if error.hint else error.message
            raise click.UsageError(msg) from error
        yield from ((str(folder), folder) for folder in folders)


def _review(name: str, folder: Path) -> review.Review:
    from generator.errors import GeneratorError
    from generator.snapshots import review

    try:
        return review.Review(folder)
    except GeneratorError as error:
        error.message = _as_given(error.message, name, folder.absolute())
        raise


def _as_given(text: str, pack: str, folder: Path) -> str:
    """The text with files of the pack called as the pack is: below the folder that was given."""
    return text.replace(f"{folder}/", "" if pack == "." else f"{pack}/")


def _check_patterns(patterns: Iterable[str], cases: list[str]) -> None:
    from generator import errors

    for pattern in patterns:
        if not any(fnmatchcase(case, pattern) for case in cases):
            hint = errors.suggest(pattern, cases, "--case takes a pattern such as gpu.*")
            msg = f"there is no case '{pattern}': {hint}"
            raise click.BadParameter(msg, param_hint="--case")


def _chosen(of: review.Review, patterns: tuple[str, ...]) -> Iterator[review.Outcome]:
    """The outcomes of the cases that were asked for; snapshots without case are if all were."""
    if not patterns:
        yield from of.outcomes()
        return
    for name in of.cases:
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            yield of.outcome(name)


def _judge(
    pack: str, of: review.Review, outcome: review.Outcome, found: _Found, *, update: bool
) -> None:
    """Update the snapshot of a case if that is asked for, else keep what is to be said of it."""
    from generator.commands import colours
    from generator.comparison import text
    from generator.snapshots import rendering, review, store

    counted, done = _words(outcome, update=update)
    found.counts[counted] += 1
    if isinstance(outcome, review.Same):
        return
    if update and not isinstance(outcome, review.Broken):
        of.update(outcome)
        colours.print_line(text.Line(f"{done} {pack}/{store.FOLDER}/{outcome.name}"))
        return
    if isinstance(outcome, review.Broken) and not isinstance(
        outcome.error, rendering.NotRefusedError
    ):
        found.broken[pack] = None
    lines = [
        text.Line(_as_given(line.text, pack, of.folder), line.kind) for line in review.show(outcome)
    ]
    names, _ = found.shown.setdefault((counted, text.join(lines)), ([], lines))
    names.append(f"{pack}::{outcome.name}")


def _print(found: _Found) -> None:
    """Show what fails, once for all cases that fail alike."""
    from generator.commands import colours
    from generator.comparison.text import Kind, Line, show_names

    for (counted, _), (names, lines) in found.shown.items():
        several = f"{len(names)} cases {counted}: {show_names(names)}"
        heading = several if len(names) > 1 else f"{names[0]}: {counted}"
        colours.print_line(Line(heading, Kind.HEADING))
        colours.print_lines(line.indented() for line in lines)
        colours.print_line(Line(""))


def _words(outcome: review.Outcome, *, update: bool) -> tuple[str, str]:
    """What an outcome counts as, and what the update does about it."""
    from generator.snapshots import review

    match outcome:
        case review.New() if update:
            return "added", "wrote"
        case review.Changed() if update:
            return "updated", "wrote"
        case review.Orphan() if update:
            return "removed", "removed"
        case _:
            return review.name_state(outcome), ""


def _finish(
    found: _Found, packs: tuple[str, ...], patterns: tuple[str, ...], *, update: bool
) -> None:
    """Print the summary and what to do next, and end with 1 unless all is well."""
    from generator.commands import colours
    from generator.comparison.text import Line

    counts = found.counts
    total = sum(counts.values())
    if total == 0:
        terminal.fail("there is nothing to compare: none of the packs has a case")
    details = ", ".join(f"{count} {word}" for word, count in sorted(counts.items()))
    colours.print_line(Line(f"{total} {'snapshot' if total == 1 else 'snapshots'}: {details}"))
    if found.broken:
        command = shlex.join(["packgen", "check", *found.broken])
        colours.print_line(Line(f"hint: {command} says where in the pack that comes from"))
    if update:
        sys.exit(1 if counts["cannot be rendered"] else 0)
    if counts["changed"] or counts["without snapshot"] or counts["without case"]:
        chosen = [part for pattern in patterns for part in ("--case", pattern)]
        command = shlex.join(["packgen", "snapshot", *packs, *chosen, "--update"])
        colours.print_line(
            Line(f"hint: if that is as it should be: {command}, and review the change")
        )
    sys.exit(0 if counts["unchanged"] == total else 1)
