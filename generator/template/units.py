"""A text of a Go template as what can be executed: from memory, from disk, or compiled now.

What is compiled depends on the text, the delimiters, the functions' names and the parameters of
those that are called, not on the functions themselves: they are linked to it for each set. The
compiler, and Jinja with it, is imported only when there is something to compile.
"""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Mapping

from generator import diskcache, errors, limits, records
from generator.template import execution, linking, mistakes, printing, signatures, sites, storage

Functions = Mapping[str, signatures.Function]


class Language:
    """What a text is read and run with: delimiters and functions; and whether it is traced.

    ``cache`` keeps what was compiled for other processes, if there is one.
    """

    __slots__ = ("cache", "delimiters", "functions", "names", "traced")

    def __init__(
        self,
        left: str,
        right: str,
        functions: Functions,
        *,
        traced: bool = False,
        cache: diskcache.DiskCache | None = None,
    ) -> None:
        self.delimiters = (left, right)
        self.functions = functions
        self.names = frozenset(functions)
        self.traced = traced
        self.cache = cache


@records.record(kw_only=True)
class Unit:
    """One compiled text: functions for its trees, their sites, and the parameters it relies on."""

    macros: tuple[tuple[sites.Outline, sites.Macro], ...]
    sites: Mapping[int, sites.Site]
    calls: tuple[tuple[str, str], ...]

    def suits(self, functions: Functions) -> bool:
        """Whether the functions that are called take what they took when this was compiled."""
        return all(signatures.write(functions[name]) == written for name, written in self.calls)


class _Links(dict[int, sites.Link]):
    """The calls of a unit by number, each linked to its function when it first happens."""

    def __init__(self, found: Mapping[int, sites.Site], functions: Functions) -> None:
        super().__init__()
        self._sites = found
        self._functions = functions

    def __missing__(self, number: int) -> sites.Link:
        site = self._sites[number]
        assert isinstance(site, sites.Call)
        self[number] = link = linking.link(site, self._functions[site.name])
        return link


def load(name: str, text: str, file: str, language: Language) -> dict[str, sites.Template]:
    """The templates that a text gives, compiled now or before."""
    try:
        unit = _find(name, text, language)
    except mistakes.Mistake as mistake:
        # What is kept knows the template's name only.
        if mistake.position is not None:
            place = mistake.position
            mistake.position = errors.Position(file, place.line, place.column)
        raise
    links = _Links(unit.sites, language.functions)
    return {
        outline.key: sites.Template(outline, name, text, file, macro, unit.sites, links)
        for outline, macro in unit.macros
    }


def _find(name: str, text: str, language: Language) -> Unit:
    known = _units(name, text, language.delimiters, language.names, language.traced)
    for unit in known:
        if unit.suits(language.functions):
            return unit
    found = None if language.traced else _read(name, text, language)
    unit = found or _compile(name, text, language)
    known.append(unit)
    return unit


@functools.lru_cache(maxsize=512)
def _units(
    _name: str, _text: str, _delimiters: tuple[str, str], _names: frozenset[str], _traced: bool
) -> list[Unit]:
    """What has been made in this process of a text, for functions with these names."""
    return []


def _read(name: str, text: str, language: Language) -> Unit | None:
    """The unit as an earlier process left it on disk."""
    if language.cache is None:
        return None
    stored = storage.read(language.cache, _key(name, text, language))
    if stored is None:
        return None
    code, outlines, found, calls = stored
    unit = _unit(code, outlines, found, calls)
    return unit if unit.suits(language.functions) else None


def _compile(name: str, text: str, language: Language) -> Unit:
    from generator.template import environment, parser

    functions = language.functions
    parsed = parser.parse(name, text, name, language.delimiters, language.names)
    called = {call: signatures.of(functions[call]) for call in sorted(parsed.calls)}
    made = environment.compile_text(name, text, parsed, called, traced=language.traced)
    calls = tuple((call, signatures.write(functions[call])) for call in called)
    if language.cache is not None and not language.traced:
        key = _key(name, text, language)
        storage.write(language.cache, key, made.code, made.outlines, made.sites, calls)
    return _unit(made.code, made.outlines, dict(enumerate(made.sites)), calls)


def _key(name: str, text: str, language: Language) -> tuple[object, ...]:
    return name, text, language.delimiters, "\n".join(sorted(language.names))


def _unit(
    code: types.CodeType,
    outlines: tuple[sites.Outline, ...],
    found: Mapping[int, sites.Site],
    calls: tuple[tuple[str, str], ...],
) -> Unit:
    scope: dict[str, typing.Any] = dict(_SCOPE)
    exec(code, scope)
    macros = tuple((outline, scope[outline.function]) for outline in outlines)
    return Unit(macros=macros, sites=found, calls=calls)


def _printed(value: object) -> str:
    return value if type(value) is str else printing.print_value(value)


def _concat(texts: list[str]) -> str:
    limits.check_text(sum(map(len, texts)))
    return "".join(texts)


# All that compiled templates reach. Jinja lets each macro ask whether its arguments are missing.
_SCOPE: Mapping[str, object] = {
    **execution.OPERATIONS,
    "__builtins__": {},
    "concat": _concat,
    "missing": object(),
    "printed": _printed,
}
