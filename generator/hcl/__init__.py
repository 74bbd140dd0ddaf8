"""HCL2: text to syntax tree, tree to values, and the canonical format of a text.

Here belongs what hcl/v2 and go-cty know: tokens, grammar, JSON's syntax, values and their types,
operators, the functions that Nomad registers, and hclwrite's formatter. What a job or a pack is never belongs
here, and nothing here reads a file, a clock or the environment.
"""

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
