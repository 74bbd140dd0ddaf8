"""Modules of this package executed when something of them is first used, not when they are imported.

A command imports, module by module, all that it might need: the parser of HCL for an expression on
the command line, though there is none today. Modules here are imported whole and used qualified, so
that each can be put off until the first ``module.name``. Only the command line asks for this: it is
a short life in which most of the time goes into imports.

The standard library has a lazy loader too. It takes longer to import than all that is used here,
and executes a module when a second one imports it; so of ``typing`` nothing would be put off.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

_LIBRARY = (os.path.dirname(os.__file__),)
_PACKAGE = f"{__package__}."
# Of the standard library, what takes long to import and is used by few functions.
_SLOW = frozenset(
    (
        "base64", "copy", "decimal", "fnmatch", "fractions", "hashlib", "ipaddress", "json", "math",
        "ntpath", "pathlib", "re", "typing",
    )
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    import typing
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec, SourceFileLoader
    from types import ModuleType
else:  # What this very module was made with: to import them by their names takes half as long again.
    ModuleType = type(sys)
    ModuleSpec, SourceFileLoader = type(__spec__), type(__spec__.loader)


class _Unexecuted(ModuleType):
    """A module whose code runs when anything of it is asked for but what imports ask for."""

    def __getattribute__(self, name: str) -> object:
        if name == "__spec__":
            return super().__getattribute__(name)
        spec = self.__spec__
        assert spec is not None
        later = spec.loader
        assert isinstance(later, _Later)
        self.__class__ = ModuleType
        spec.loader = self.__loader__ = later.loader
        other = later.loader.create_module(spec)
        spec.loader.exec_module(other or self)
        if other is not None:  # one written in C is what its loader made, and nothing else
            vars(self).update(vars(other))
        return getattr(self, name)


class _Later:
    """Loads as another loader does, at the first use."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, _spec: ModuleSpec) -> None:
        """Let an empty module be made, as for a file with source."""

    def exec_module(self, module: ModuleType) -> None:
        module.__class__ = _Unexecuted


class _Finder:
    """Finds this package's modules where they are, and puts off their execution."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.startswith(_PACKAGE):
            return _spec(name, path or ())
        if name in _SLOW:
            return _spec(name, _LIBRARY) or _later(name, path, target)
        return None


def _spec(name: str, folders: Sequence[str]) -> ModuleSpec | None:
    """The module in a file or a folder, found without asking for all other forms it could have."""
    for folder in folders:
        place = f"{folder}/{name.rpartition('.')[2]}"
        for file, is_package in ((f"{place}.py", False), (f"{place}/__init__.py", True)):
            if os.path.isfile(file):
                loader: typing.Any = _Later(SourceFileLoader(name, file))
                spec = ModuleSpec(name, loader, origin=file, is_package=is_package)
                spec.submodule_search_locations = [place] if is_package else None
                spec.has_location = True
                return spec
    return None


def _later(name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
    """The module as it is found without this, put off."""
    for finder in sys.meta_path:
        spec = None if finder is _Finder else finder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = spec.loader and _Later(spec.loader)  # type: ignore[assignment]
            return spec
    return None


def install() -> None:
    """From now on, put off the execution of this package's modules."""
    sys.meta_path.insert(0, _Finder)
