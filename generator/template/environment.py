"""Go template text compiled once: the Jinja2 environment, and a cache of what it made.

What is compiled depends on the text, the delimiters, the functions' names and the parameters of
those that are called, not on the functions themselves: they are linked to it for each set.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping

from jinja2 import Template, nodes, pass_context, sandbox
from jinja2.runtime import Context

from generator import errors, limits, records
from generator.template import (
    execution,
    linking,
    mistakes,
    parser,
    printing,
    signatures,
    sites,
    translator,
)
from generator.template import nodes as tree_nodes


@pass_context
def _printed(_context: Context, value: object) -> str:
    """How a value is printed. Only with a context does Jinja never call this while it compiles."""
    return value if type(value) is str else printing.print_value(value)


class _Environment(sandbox.SandboxedEnvironment):
    """Jinja's sandbox, in which no template makes a text without end."""

    @staticmethod
    def concat(texts: Iterable[str]) -> str:
        pieces = list(texts)
        limits.check_text(sum(map(len, pieces)))
        return "".join(pieces)


def _environment() -> sandbox.SandboxedEnvironment:
    environment = _Environment(autoescape=False, optimized=False, finalize=_printed, cache_size=0)
    environment.filters = dict(execution.OPERATIONS)
    environment.tests = {}
    environment.globals = {}
    return environment


ENVIRONMENT = _environment()

Functions = Mapping[str, signatures.Function]


class Language:
    """What a text is read and run with: delimiters and functions; and whether it is traced."""

    __slots__ = ("delimiters", "functions", "names", "traced")

    def __init__(
        self, left: str, right: str, functions: Functions, *, traced: bool = False
    ) -> None:
        self.delimiters = (left, right)
        self.traced = traced
        self.functions = functions
        self.names = frozenset(functions)


@records.record
class Unit:
    """One compiled text: its trees, a macro for each, and their sites."""

    trees: Mapping[str, tree_nodes.Tree]
    macros: tuple[sites.Macro, ...]
    sites: tuple[sites.Site, ...]


def load(name: str, text: str, file: str, language: Language) -> dict[str, sites.Template]:
    """The templates that a text gives, compiled now or before."""
    functions = language.functions
    try:
        parsed = _parsed(name, text, language.delimiters, language.names)
        known = frozenset((call, signatures.of(functions[call])) for call in parsed.calls)
        unit = _compiled(
            name, text, language.delimiters, language.names, known, traced=language.traced
        )
    except mistakes.Mistake as mistake:
        # What is cached knows the template's name only.
        if mistake.position is not None:
            place = mistake.position
            mistake.position = errors.Position(file, place.line, place.column)
        raise
    links = {
        number: linking.link(site, functions[site.name])
        for number, site in enumerate(unit.sites)
        if isinstance(site, sites.Call)
    }
    return {
        key: sites.Template(
            tree.name, tree.empty, tree.weight, name, text, file, macro, unit.sites, links
        )
        for (key, tree), macro in zip(unit.trees.items(), unit.macros, strict=True)
    }


@functools.lru_cache(maxsize=512)
def _parsed(
    name: str, text: str, delimiters: tuple[str, str], functions: frozenset[str]
) -> parser.Parsed:
    return parser.parse(name, text, name, delimiters, functions)


@functools.lru_cache(maxsize=512)
def _compiled(
    name: str,
    text: str,
    delimiters: tuple[str, str],
    functions: frozenset[str],
    known: frozenset[tuple[str, signatures.Signature]],
    *,
    traced: bool,
) -> Unit:
    trees = _parsed(name, text, delimiters, functions).trees
    executed: Iterable[tree_nodes.Tree] = trees.values()
    if traced:
        from generator.template import tracing  # no rendering needs it

        executed = [tracing.mark(tree, name) for tree in executed]
    try:
        translation = translator.translate(executed, dict(known), ENVIRONMENT)
        module = _module(translation.template)
    except (SyntaxError, RecursionError, MemoryError) as limit:
        # Python's own limits: a hundred levels of indentation, twenty loops in one another.
        msg = "the template is nested too deeply to be compiled"
        raise mistakes.parse_mistake(msg, name, text, 0, name) from limit
    macros = tuple(getattr(module, translator.macro_name(index)) for index in range(len(trees)))
    return Unit(trees, macros, translation.sites)


def _module(template: nodes.Template) -> object:
    code = ENVIRONMENT.compile(template)
    return Template.from_code(ENVIRONMENT, code, {}).module
