"""Where commands keep compiled templates for the next one: in the user's own cache folder."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Iterator, Mapping

from generator import diskcache

VARIABLE = "PACKGEN_CACHE_DIR"
OFF = "off"


def open_cache(environment: Mapping[str, str]) -> diskcache.DiskCache | None:
    """The cache in the folder that the environment names; None where it is off or has no place."""
    folder = _folder(environment)
    if not folder or not hasattr(os, "geteuid"):
        return None
    try:
        return diskcache.DiskCache(folder, _makers())
    except OSError:
        return None  # This package is no folder of files: its versions cannot be told apart.


def _folder(environment: Mapping[str, str]) -> str:
    """``$PACKGEN_CACHE_DIR``, else ``packgen`` where the platform keeps what can be made again."""
    chosen = environment.get(VARIABLE, "")
    if chosen:
        return "" if chosen == OFF else os.path.abspath(chosen)
    caches, home = environment.get("XDG_CACHE_HOME", ""), environment.get("HOME", "")
    if not os.path.isabs(caches):
        if not os.path.isabs(home):
            return ""
        caches = os.path.join(home, "Library/Caches" if sys.platform == "darwin" else ".cache")
    return os.path.join(caches, "packgen")


def _makers() -> str:
    """What changes whenever a file of this package does, or Jinja's compiler, or Python."""
    files = list(_files(os.path.dirname(os.path.dirname(__file__))))
    for folder in sys.path:
        compiler = os.path.join(folder, "jinja2", "compiler.py")
        if os.path.isfile(compiler):
            files.append((compiler, os.stat(compiler)))
    stamps = sorted((path, about.st_mtime_ns, about.st_size) for path, about in files)
    told = repr((sys.implementation.name, sys.version, stamps)).encode()
    return f"{zlib.crc32(told):08x}{zlib.adler32(told):08x}"


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """The modules that have a part in what is kept: neither commands nor checks have."""
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        if entry.name.endswith(".py"):
            yield entry.path, entry.stat()
        elif entry.name in ("golang", "hcl", "template"):
            yield from _files(entry.path)
