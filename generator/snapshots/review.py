"""A pack's folder -> how each of its cases stands to its snapshot, and the update of those that differ.

What the command and the pytest plugin share. Cases are rendered one by one as they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias, assert_never

from generator import pack
from generator.comparison import files, text
from generator.errors import GeneratorError
from generator.snapshots import cases, rendering, store


@dataclass(frozen=True, slots=True)
class Same:
    """The case renders what its snapshot says."""

    name: str


@dataclass(frozen=True, slots=True)
class New:
    """A case without snapshot."""

    name: str
    texts: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The case renders something else than its snapshot says."""

    name: str
    old: dict[str, str]
    new: dict[str, str]


@dataclass(frozen=True, slots=True)
class Broken:
    """The case cannot be rendered; there is nothing to compare, and nothing to update."""

    name: str
    error: GeneratorError


@dataclass(frozen=True, slots=True)
class Orphan:
    """A snapshot whose case is no more."""

    name: str


Outcome: TypeAlias = Same | New | Changed | Broken | Orphan


class Review:
    """The cases and the snapshots of the pack in a folder."""

    def __init__(self, folder: Path) -> None:
        # Absolute, so that the places which errors name can be told from all other text.
        self.folder = Path(os.path.abspath(folder))  # noqa: PTH100 - links stay links
        self.cases = {case.name: case for case in cases.find(self.folder)}
        self.orphans = [name for name in store.names(self.folder) if name not in self.cases]
        self._pack: pack.Pack | None = None

    def outcomes(self) -> Iterator[Outcome]:
        """All cases by name, and then the snapshots without one."""
        for name in self.cases:
            yield self.outcome(name)
        for name in self.orphans:
            yield Orphan(name)

    def outcome(self, name: str) -> Outcome:
        """How one case stands."""
        try:
            if self._pack is None:
                self._pack = pack.load(self.folder)
            new = rendering.render(self._pack, self.cases[name])
            old = store.read(self.folder, name, new.keys())
        except GeneratorError as error:
            return Broken(name, error)
        if old is None:
            return New(name, new)
        return Same(name) if old == new else Changed(name=name, old=old, new=new)

    def update(self, outcome: Outcome) -> None:
        """Make the snapshot what the case renders, or remove it where the case is no more."""
        match outcome:
            case Same() | Broken():
                pass
            case New(texts=texts) | Changed(new=texts):
                store.write(self.folder, outcome.name, texts)
            case Orphan():
                store.remove(self.folder, outcome.name)
            case _:
                assert_never(outcome)


def name_state(outcome: Outcome) -> str:
    """What a case is, in a word or two."""
    match outcome:
        case Same():
            return "unchanged"
        case New():
            return "without snapshot"
        case Changed():
            return "changed"
        case Broken():
            return "cannot be rendered"
        case Orphan():
            return "without case"
        case _:
            assert_never(outcome)


def show(outcome: Outcome) -> Iterator[text.Line]:
    """Why a case fails, and what to do about it; nothing for one that does not."""
    match outcome:
        case Same():
            return
        case New(texts=texts):
            yield text.Line("there is no snapshot yet; what is rendered:")
            for name, content in texts.items():
                count = len(content.splitlines())
                lines = "1 line" if count == 1 else f"{count} lines"
                yield text.Line(f"+ {name}: {lines}", text.Kind.ADDED).indented()
        case Changed(old=old, new=new):
            for found in files.differences(old, new):
                yield from files.show(found)
        case Broken(error=error):
            for line in str(error).splitlines():
                yield text.Line(line)
        case Orphan():
            yield text.Line("there is no such case any more, but still its snapshot")
        case _:
            assert_never(outcome)
