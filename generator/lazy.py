"""Modules of this package executed when something of them is first used, not when they are imported.

A command imports, module by module, all that it might need: the parser of HCL for an expression on
the command line, though there is none today. Modules here are imported whole and used qualified,
so that the standard library's lazy loader can put off each until the first ``module.name``. Only
the command line asks for this: it is a short life in which most of the time goes into imports.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType

_PACKAGE = f"{__package__}."
# Of the standard library, what takes long to import and is used by few functions.
_SLOW = frozenset(
    (
        "base64", "copy", "decimal", "fnmatch", "fractions", "hashlib", "ipaddress", "json",
        "ntpath",
    )
)  # fmt: skip


class _Finder:
    """Finds this package's modules where they are, and puts off their execution."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.startswith(_PACKAGE):
            return _spec(name, path or ())
        if name not in _SLOW:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def _spec(name: str, folders: Sequence[str]) -> importlib.machinery.ModuleSpec | None:
    """The module in a file of its own, found without asking for all other forms it could have."""
    for folder in folders:
        file = f"{folder}/{name.rpartition('.')[2]}.py"
        if os.path.isfile(file):
            loader = importlib.util.LazyLoader(importlib.machinery.SourceFileLoader(name, file))
            return importlib.util.spec_from_file_location(name, file, loader=loader)
    return None


def install() -> None:
    """From now on, put off the execution of this package's modules."""
    sys.meta_path.insert(0, _Finder)
