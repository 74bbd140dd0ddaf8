"""HCL2: text to syntax tree, tree to values, and the canonical format of a text.

Here belongs what hcl/v2 and go-cty know: tokens, grammar, JSON's syntax, values and their types,
operators, the functions that Nomad registers, and hclwrite's formatter. What a job or a pack is never belongs
here, and nothing here reads a file, a clock or the environment.

What a name stands for is imported when it is first used: to format a text no parser is needed.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # the same as _HOMES, for whoever reads types
    from generator.hcl.evaluator import Scope, evaluate
    from generator.hcl.formatter import format_source
    from generator.hcl.parser import parse, parse_expression, parse_template
    from generator.hcl.types import Value, convert, parse_type

__all__ = [
    "Scope",
    "Value",
    "convert",
    "evaluate",
    "format_source",
    "parse",
    "parse_expression",
    "parse_template",
    "parse_type",
]

_HOMES = {
    "Scope": "evaluator",
    "Value": "types",
    "convert": "types",
    "evaluate": "evaluator",
    "format_source": "formatter",
    "parse": "parser",
    "parse_expression": "parser",
    "parse_template": "parser",
    "parse_type": "types",
}


if not TYPE_CHECKING:  # a checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        """Import what a public name stands for, and keep it."""
        if name not in _HOMES:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        import importlib

        found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
