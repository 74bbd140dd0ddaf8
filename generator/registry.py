"""The packs that come with this distribution, by name, and their variants.

A variant is a var-file beside the pack, ``packs/<name>/variants/<variant>.hcl``; an operator gives
the same file to ``nomad-pack run -f``.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TypeAlias

from generator import pack
from generator.errors import PackError

PACKS = Path(__file__).parents[1] / "packs"

Stamps: TypeAlias = tuple[tuple[str, int, int], ...]


def names() -> list[str]:
    """The shipped packs, in alphabetical order."""
    return sorted(path.parent.name for path in PACKS.glob(f"*/{pack.METADATA}"))


def find(name: str) -> pack.Pack:
    """The shipped pack of that name; read again only when one of its files has changed."""
    if name not in names():
        msg = f'there is no pack "{name}"'
        raise PackError(msg, hint=f"the packs are: {', '.join(names())}")
    folder = PACKS / name
    return _load(folder, _stamps(folder))


def open_pack(argument: str) -> pack.Pack:
    """What a user calls a pack: a folder that is one, else the name of a shipped pack."""
    folder = Path(argument)
    is_name = argument in names() and not (folder / pack.METADATA).is_file()
    return find(argument) if is_name else pack.load(folder)


def variants(of: pack.Pack) -> dict[str, Path]:
    """The var-files of a pack's variants, by the variants' names."""
    found = {path.stem: path for path in of.folder.glob("variants/*.hcl")}
    return dict(sorted(found.items()))


def variant(of: pack.Pack, name: str) -> Path:
    """The var-file of one variant."""
    known = variants(of)
    if name not in known:
        msg = f'pack "{of.metadata.name}" has no variant "{name}"'
        hint = f"its variants are: {', '.join(known)}" if known else "it has no variants"
        raise PackError(msg, hint=hint)
    return known[name]


def _stamps(folder: Path) -> Stamps:
    """What changes whenever a file of the folder does."""
    status = ((name, path.stat()) for name, path in pack.files(folder))
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in status)


@functools.lru_cache(maxsize=32)
def _load(folder: Path, _stamps: Stamps) -> pack.Pack:
    return pack.load(folder)
