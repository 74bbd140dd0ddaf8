"""Where packs are found: those that come with this distribution, by name, and those below a folder.

A variant is a var-file beside the pack, ``packs/<name>/variants/<variant>.hcl``; an operator gives
the same file to ``nomad-pack run -f``.
"""

from __future__ import annotations

import functools
import os
import typing
from pathlib import Path

from generator import diskcache, pack
from generator.errors import PackError, suggest

PACKS = Path(__file__).parents[1] / "packs"

Stamps: typing.TypeAlias = tuple[tuple[str, int, int], ...]


def names() -> list[str]:
    """The shipped packs, in alphabetical order."""
    return sorted(path.parent.name for path in PACKS.glob(f"*/{pack.METADATA}"))


def find(name: str) -> pack.Pack:
    """The shipped pack of that name; read again only when one of its files has changed."""
    if name not in names():
        msg = f'there is no pack "{name}"'
        raise PackError(msg, hint=suggest(name, names(), f"the packs are: {', '.join(names())}"))
    folder = PACKS / name
    return _load(folder, _stamps(folder))


def open_pack(
    argument: str, *, anywhere: bool = False, cache: diskcache.DiskCache | None = None
) -> pack.Pack:
    """What a user calls a pack: a folder that is one, else the name of a shipped pack.

    ``anywhere`` lets the folder's links lead wherever they do; a ``cache`` keeps what its HCL files
    say for other processes.
    """
    folder = Path(argument)
    if (folder / pack.METADATA).is_file():
        return pack.load(folder, anywhere=anywhere, cache=cache)
    if argument in names():
        return pack.load(PACKS / argument, cache=cache) if cache else find(argument)
    try:
        return pack.load(folder, anywhere=anywhere, cache=cache)
    except PackError as error:
        error.hint = _meant(folder) or error.hint
        raise


def _meant(folder: Path) -> str | None:
    """What a folder that is no pack stands for: packs in it or around it, or with a near name."""
    if folder.is_dir():
        layouts = (f"*/{pack.METADATA}", f"packs/*/{pack.METADATA}")
        inside = sorted(path.parent for layout in layouts for path in folder.glob(layout))
        if inside:
            return f"there are packs in it: {', '.join(str(path) for path in inside[:5])}"
        parents = (*folder.parents, *folder.absolute().parents)
        around = (above for above in parents if (above / pack.METADATA).is_file())
        found = next(around, None)
        return f"it lies in the pack {found}" if found else None
    if folder.exists():
        return f"the pack is the folder: {folder.parent}" if _is_part(folder) else None
    beside = [str(path.parent) for path in folder.parent.glob(f"*/{pack.METADATA}")]
    return suggest(str(folder), [*names(), *beside])


def _is_part(file: Path) -> bool:
    return (file.parent / pack.METADATA).is_file()


def packs_below(folder: str | os.PathLike[str]) -> list[Path]:
    """The folder if it is a pack, else the folders of all packs below it, by name.

    What lies inside of a pack belongs to that pack, as its ``deps/``. Hidden folders and links to
    folders are passed over: the same pack would be found twice, or the search never end.
    """
    if not Path(folder).is_dir():
        problem = "no folder" if Path(folder).exists() else "no such file or directory"
        msg = f"{folder}: {problem}"
        raise PackError(msg, hint="give the folder of a pack, or a folder with packs in it")
    found: list[Path] = []
    for place, inner, files in os.walk(folder, onerror=_fail):
        if pack.METADATA in files:
            found.append(Path(place))
            inner.clear()
        inner[:] = sorted(name for name in inner if not name.startswith("."))
    if not found:
        msg = f"{folder}: there is no pack in this folder"
        raise PackError(msg, hint=f"a pack is a folder with a {pack.METADATA}")
    return found


def _fail(error: OSError) -> None:
    msg = f"failed to read {error.filename}: {error.strerror}"
    raise PackError(msg) from error


def variants(of: pack.Pack) -> dict[str, Path]:
    """The var-files of a pack's variants, by the variants' names."""
    return variants_in(of.folder)


def variants_in(folder: Path) -> dict[str, Path]:
    """The same for a folder, of which nothing else is read."""
    found = {path.stem: path for path in folder.glob("variants/*.hcl")}
    return dict(sorted(found.items()))


def variant(of: pack.Pack, name: str) -> Path:
    """The var-file of one variant."""
    known = variants(of)
    if name not in known:
        msg = f'pack "{of.metadata.name}" has no variant "{name}"'
        all_known = f"its variants are: {', '.join(known)}" if known else "it has no variants"
        raise PackError(msg, hint=suggest(name, known, all_known))
    return known[name]


def _stamps(folder: Path) -> Stamps:
    """What changes whenever a file of the folder does."""
    status = ((name, path.stat()) for name, path in pack.files(folder))
    return tuple((name, found.st_mtime_ns, found.st_size) for name, found in status)


@functools.lru_cache(maxsize=32)
def _load(folder: Path, _stamps: Stamps) -> pack.Pack:
    return pack.load(folder)
