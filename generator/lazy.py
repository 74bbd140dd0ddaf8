"""Modules of this package executed when something of them is first used, not when they are imported.

A command imports, module by module, all that it might need: the parser of HCL for an expression on
the command line, though there is none today. Modules here are imported whole and used qualified,
so that the standard library's lazy loader can put off each until the first ``module.name``. Only
the command line asks for this: it is a short life in which most of the time goes into imports.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

_PACKAGE = f"{__package__}."
# Of the standard library, what takes long to import and is used by few functions.
_SLOW = frozenset(("base64", "copy", "decimal", "fractions", "hashlib", "json"))


class _Finder:
    """Finds this package's modules where they are, and puts off their execution."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not (name.startswith(_PACKAGE) or name in _SLOW):
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        is_module = spec is not None and not spec.submodule_search_locations
        if spec is not None and spec.loader is not None and (is_module or name in _SLOW):
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def install() -> None:
    """From now on, put off the execution of this package's modules."""
    sys.meta_path.insert(0, _Finder)
