"""A pack that comes on standard input: as an archive, or as the text of one job's template."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import sys
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from generator import errors, pack, reading, registry

MAX_BYTES = 64 * 2**20
MAX_FILES = 10_000

# How archives begin; a plain one has its mark elsewhere.
_COMPRESSED = _GZIP, _BZIP2, _XZ = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
_PLAIN = slice(257, 262), b"ustar"

# What damaged archives cause; the last two by names with zero bytes, and times beyond all clocks.
_DAMAGE = (
    tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, OverflowError
)  # fmt: skip

_METADATA = 'app {\n  url = ""\n}\npack {\n  name    = "stdin"\n  version = ""\n}\n'


@contextlib.contextmanager
def unpacked(variables: Iterable[str]) -> Iterator[pack.Pack]:
    """The pack, in a folder that is there for as long as it is needed.

    A template alone becomes a pack that declares the ``variables`` and no others.
    """
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large()
    if not data:
        msg = "standard input is empty"
        raise errors.PackError(
            msg, hint="give it an archive with a pack in it, or a template of a job"
        )
    with tempfile.TemporaryDirectory(prefix="packgen-") as name:
        folder = Path(name).resolve()
        try:
            yield pack.load(_place(data, folder, variables))
        except errors.GeneratorError as error:
            # Nobody has seen the folder, and it is gone when the message is read.
            msg = str(error).replace(f"{folder}/", "").replace(str(folder), "standard input")
            raise errors.GeneratorError(msg) from error


def _place(data: bytes, folder: Path, variables: Iterable[str]) -> Path:
    """Put what came on standard input into the folder; where the pack is then."""
    if data.startswith(_COMPRESSED) or data[_PLAIN[0]] == _PLAIN[1]:
        _extract(data, folder)
        return _find(folder)
    _write(data, folder, variables)
    return folder


def _extract(data: bytes, folder: Path) -> None:
    """Unpack an archive: files, folders and links that stay below the folder.

    Links come last, when nothing can be written through one any more: the filter of older Pythons
    is wrong about where links lead by a path that is too long to be written down.
    """
    links: list[tarfile.TarInfo] = []
    try:
        with tarfile.open(fileobj=io.BytesIO(_decompressed(data)), mode="r:") as archive:
            for count, member in enumerate(archive):
                if count == MAX_FILES:
                    raise _too_large()
                if member.issym():
                    links.append(member)
                else:
                    archive.extract(member, folder, filter="data")
            for link in links:
                _check_place(link, folder)
                archive.extract(link, folder, filter="data")
    except _DAMAGE as error:
        msg = f"standard input: the archive cannot be unpacked: {error}"
        raise errors.PackError(msg) from error


def _decompressed(data: bytes) -> bytes:
    """The archive as it was before it was compressed, if it is not too large.

    By itself tarfile takes all the memory that the headers in an archive ask for.
    """
    if data.startswith(_GZIP):
        plain = gzip.GzipFile(fileobj=io.BytesIO(data)).read(MAX_BYTES + 1)
    elif data.startswith(_BZIP2):
        plain = bz2.BZ2File(io.BytesIO(data)).read(MAX_BYTES + 1)
    elif data.startswith(_XZ):
        plain = lzma.LZMADecompressor(memlimit=MAX_BYTES).decompress(data, MAX_BYTES + 1)
    else:
        return data
    if len(plain) > MAX_BYTES:
        raise _too_large()
    return plain


def _check_place(link: tarfile.TarInfo, folder: Path) -> None:
    """Refuse a link that would be made by way of another link."""
    place = folder / link.name
    for above in place.parents:
        if above == folder:
            return
        if above.is_symlink():
            msg = f"{link.name}: another link of the archive leads to its place"
            raise tarfile.ExtractError(msg)


def _find(folder: Path) -> Path:
    """The only pack in the archive; packs inside of it are its dependencies."""
    found = registry.packs_below(folder)
    if len(found) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in found)
        msg = f"standard input: the archive holds several packs: {names}"
        hint = "put only one into it: git archive HEAD packs/my-pack | packgen render -"
        raise errors.PackError(msg, hint=hint)
    return found[0]


def _write(data: bytes, folder: Path, variables: Iterable[str]) -> None:
    """Make a pack of the text of one template."""
    reading.read_stream(io.BytesIO(data), "standard input")
    declared = "".join(f'variable "{name}" {{}}\n' for name in variables)
    (folder / "templates").mkdir()
    (folder / "templates" / "stdin.nomad.tpl").write_bytes(data)
    (folder / pack.METADATA).write_text(_METADATA)
    (folder / pack.VARIABLES).write_text(declared)


def _too_large() -> errors.PackError:
    msg = f"standard input: more than {MAX_BYTES} bytes or {MAX_FILES} files are no pack"
    return errors.PackError(msg, hint="put only the pack into the archive")
