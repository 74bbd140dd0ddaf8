"""Jinja2's code generator, made to write what we run, and told to look at a template only once.

Before it writes a macro or a loop, Jinja goes through all that is in it some seven times: for
inheritance, blocks, imports, names and filters. Our trees have none of these but filters, all of
which are known; so what is in a macro or a loop is hidden from the search, and compiling a large
template takes half of the time.
"""

from __future__ import annotations

from jinja2 import compiler
from jinja2 import nodes as jinja

from generator.template import execution

_HIDDEN = "hidden"


def hide(statements: list[jinja.Node]) -> list[jinja.Node]:
    """The statements in a wrapping that only the generator below looks into."""
    wrapping = jinja.ExprStmt(jinja.Const(None, lineno=1), lineno=1)
    setattr(wrapping, _HIDDEN, statements)
    return [wrapping]


class Generator(compiler.CodeGenerator):
    """Writes the macros of a template as functions that need nothing of Jinja when they run.

    The operations, and what prints a value, they call by their names.
    """

    def visit_Template(self, node: jinja.Template, frame: compiler.Frame | None = None) -> None:
        root = compiler.Frame(jinja.EvalContext(self.environment, self.name))
        self.filters.update((name, name) for name in execution.OPERATIONS)
        self.blockvisit(node.body, root)

    def visit_Macro(self, node: jinja.Macro, frame: compiler.Frame) -> None:
        self.macro_body(node, frame)
        self.writeline(f"{node.name} = macro")

    def visit_ExprStmt(self, node: jinja.ExprStmt, frame: compiler.Frame) -> None:
        hidden = getattr(node, _HIDDEN, None)
        if hidden is None:
            super().visit_ExprStmt(node, frame)
            return
        for statement in hidden:
            self.visit(statement, frame)

    def _output_child_pre(
        self,
        node: jinja.Expr,
        frame: compiler.Frame,
        finalize: compiler.CodeGenerator._FinalizeInfo,
    ) -> None:
        self.write("printed(")

    def _output_child_post(
        self,
        node: jinja.Expr,
        frame: compiler.Frame,
        finalize: compiler.CodeGenerator._FinalizeInfo,
    ) -> None:
        self.write(")")
