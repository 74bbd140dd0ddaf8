"""Trees of a Go template to Python's bytecode, by Jinja2's compiler and its sandbox.

What comes out are functions of dot and a frame. They reach the operations that they are run with,
under their names, and nothing else: no builtins, no Jinja.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping

from jinja2 import pass_context, runtime, sandbox

from generator import records
from generator.template import (
    execution,
    generation,
    mistakes,
    parser,
    signatures,
    sites,
    translator,
)
from generator.template import nodes as tree_nodes


@records.record(kw_only=True)
class Compiled:
    """Bytecode that defines a function for each outline, and what the sites in it mean."""

    code: types.CodeType
    outlines: tuple[sites.Outline, ...]
    sites: tuple[sites.Site, ...]


class _Environment(sandbox.SandboxedEnvironment):
    code_generator_class = generation.Generator


@pass_context
def _printed(_context: runtime.Context, value: object) -> object:
    """Jinja never calls what wants a context while it compiles: no constant is printed by it."""
    return value


def _environment() -> sandbox.SandboxedEnvironment:
    environment = _Environment(autoescape=False, optimized=False, finalize=_printed, cache_size=0)
    environment.filters = dict(execution.OPERATIONS)
    environment.tests = {}
    environment.globals = {}
    return environment


ENVIRONMENT = _environment()


def compile_text(
    name: str,
    text: str,
    parsed: parser.Parsed,
    known: Mapping[str, signatures.Signature],
    *,
    traced: bool,
) -> Compiled:
    """Compile what was parsed of a text; ``known`` are the functions that it calls."""
    executed: Iterable[tree_nodes.Tree] = parsed.trees.values()
    if traced:
        from generator.template import tracing  # no rendering needs it

        executed = [tracing.mark(tree, name) for tree in executed]
    try:
        translation = translator.translate(executed, known, ENVIRONMENT)
        code = ENVIRONMENT.compile(translation.template)
    except (SyntaxError, RecursionError, MemoryError) as limit:
        # Python's own limits: a hundred levels of indentation, twenty loops in one another.
        msg = "the template is nested too deeply to be compiled"
        raise mistakes.parse_mistake(msg, name, text, 0, name) from limit
    outlines = tuple(
        sites.Outline(
            key=key,
            name=tree.name,
            empty=tree.empty,
            weight=tree.weight,
            function=translator.macro_name(index),
        )
        for index, (key, tree) in enumerate(parsed.trees.items())
    )
    return Compiled(code=code, outlines=outlines, sites=translation.sites)
