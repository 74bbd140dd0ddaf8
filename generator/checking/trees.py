"""The templates of a pack and of its dependencies as trees, with the files that they stand in."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generator import errors, expansion, pack, template
from generator.template import nodes, parser, signatures
from generator.variables import PackPath

DELIMITERS = ("[[", "]]")
HCL_SUFFIXES = (".nomad.tpl", ".hcl.tpl")
SCRIPT_SUFFIXES = (".sh.tpl", ".bash.tpl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A template's file: its path as findings show it, its name in its pack, and whose it is.

    ``template`` is what other templates can call it by. A ``shared`` one lies outside of the pack: a
    link leads to it, from other packs too. ``lines`` are the offsets at which lines begin.
    """

    file: str
    name: str
    template: str
    text: str = field(repr=False)
    owner: PackPath
    shared: bool = False
    lines: tuple[int, ...] = field(default=(0,), repr=False, compare=False)

    @property
    def executed(self) -> bool:
        """Whether it is rendered itself, and not only a place for others."""
        return expansion.HELPER_MARK not in self.name

    @property
    def is_hcl(self) -> bool:
        return self.name.endswith(HCL_SUFFIXES)

    @property
    def is_script(self) -> bool:
        return self.name.endswith(SCRIPT_SUFFIXES)


@dataclass(frozen=True, slots=True)
class Place:
    """An offset in a template's text."""

    source: Source
    offset: int

    @property
    def position(self) -> errors.Position:
        line = bisect.bisect_right(self.source.lines, self.offset)
        column = self.offset - self.source.lines[line - 1] + 1
        return errors.Position(self.source.file, line, column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A named tree; the file's own has the file's name, and is no ``define``."""

    name: str
    body: nodes.Body
    source: Source
    defined: bool

    @property
    def place(self) -> Place:
        """Where the name is given to it."""
        written = re.compile(rf'(?:define|block)\s+(["`]{re.escape(self.name)}["`])')
        found = written.search(self.source.text) if self.defined else None
        return Place(self.source, found.start(1) if found else 0)


@dataclass(slots=True, kw_only=True)
class Forest:
    """All templates by name, the later definitions of a name that has one, and what cannot be read."""

    packs: Mapping[PackPath, pack.Pack]
    signatures: Mapping[str, signatures.Signature]
    templates: dict[str, Template] = field(default_factory=dict)
    again: list[tuple[Template, Template]] = field(default_factory=list)
    mistakes: list[errors.TemplateError] = field(default_factory=list)
    roots: list[Template] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def add(self, source: Source) -> None:
        """Read one file."""
        self.sources.append(source)
        try:
            trees = parser.parse(
                source.template, source.text, source.file, DELIMITERS, self.signatures.keys()
            ).trees
        except errors.TemplateError as mistake:
            self.mistakes.append(mistake)
            return
        for name, tree in trees.items():
            found = Template(
                name=name, body=tree.body, source=source, defined=name != source.template
            )
            if not found.defined:
                self.roots.append(found)
            known = self.templates.get(name)
            if known is not None and not tree.empty:
                self.again.append((known, found))
            if known is None or not tree.empty:
                self.templates[name] = found


def read(root: pack.Pack) -> Forest:
    """Read the templates of a pack."""
    packs = dict(root.walk())
    forest = Forest(packs=packs, signatures=_signatures(root))
    known: set[Path] = set()
    folder = root.folder.resolve()
    # The deeper first: a dependency's helper is one of its parent's too, and belongs to the former.
    for path, found in sorted(packs.items(), key=lambda entry: -len(entry[0])):
        for file in _files(found, is_root=not path):
            if (where := (found.folder / file.name).resolve()) not in known:
                known.add(where)
                called = "/".join((root.key.replace(".", "/"), *path, file.name))
                source = Source(
                    file=found.place(file.name),
                    name=file.name,
                    template=called,
                    text=file.text,
                    owner=path,
                    shared=not where.is_relative_to(folder),
                    lines=(0, *(match.end() for match in re.finditer("\n", file.text))),
                )
                forest.add(source)
    return forest


def _files(found: pack.Pack, *, is_root: bool) -> Iterator[pack.File]:
    yield from found.templates
    yield from found.auxiliary
    if is_root and found.outputs is not None:
        yield found.outputs


def _signatures(root: pack.Pack) -> dict[str, signatures.Signature]:
    """What each function takes that the templates of a pack may call."""
    nothing = template.PackContext(root.metadata.name, root.folder, {}, {}, {})
    functions = {**template.builtin_functions(), **template.pack_functions(nothing)}
    return {name: signatures.of(function) for name, function in functions.items()}
