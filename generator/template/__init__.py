"""Go's template language, as Nomad Packs and Nomad's template blocks are written in it.

Text goes through a lexer and a parser of our own to our own tree; that is translated to Jinja2's
nodes, and a sandboxed Jinja2 environment compiles it. Values are printed by Go's rules, functions
are Go's, sprig's and nomad-pack's. What a file of a pack is, and which templates are rendered, is
not known here.
"""

from __future__ import annotations

from generator.template.context import PackContext
from generator.template.functions import builtin_functions
from generator.template.impurities import Impurities
from generator.template.mistakes import Mistake
from generator.template.packs import pack_functions
from generator.template.signatures import CallError, Function
from generator.template.sprig import sprig_functions
from generator.template.templates import TemplateSet
from generator.template.values import MapList, NilStrings, Strings

__all__ = [
    "CallError",
    "Function",
    "Impurities",
    "MapList",
    "Mistake",
    "NilStrings",
    "PackContext",
    "Strings",
    "TemplateSet",
    "builtin_functions",
    "pack_functions",
    "sprig_functions",
]
