"""A pack that comes on standard input: as an archive, or as the text of one job's template."""

from __future__ import annotations

import contextlib
import io
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from generator import errors, pack, reading, registry

MAX_BYTES = 64 * 2**20
MAX_FILES = 10_000

# How archives begin that tarfile reads; a plain one has its mark elsewhere.
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0")
_PLAIN = slice(257, 262), b"ustar"

_METADATA = 'app {\n  url = ""\n}\npack {\n  name    = "stdin"\n  version = ""\n}\n'


@contextlib.contextmanager
def unpacked(variables: Iterable[str]) -> Iterator[pack.Pack]:
    """The pack, in a folder that is there for as long as it is needed.

    A template alone becomes a pack that declares the ``variables`` and no others.
    """
    data = b"" if sys.stdin is None else sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large()
    with tempfile.TemporaryDirectory(prefix="packgen-") as name:
        folder = Path(name).resolve()
        try:
            yield pack.load(_place(data, folder, variables))
        except errors.GeneratorError as error:
            # Nobody has seen the folder, and it is gone when the message is read.
            msg = str(error).replace(f"{folder}/", "")
            raise errors.GeneratorError(msg) from error


def _place(data: bytes, folder: Path, variables: Iterable[str]) -> Path:
    """Put what came on standard input into the folder; where the pack is then."""
    if data.startswith(_COMPRESSED) or data[_PLAIN[0]] == _PLAIN[1]:
        _extract(data, folder)
        return _find(folder)
    _write(data, folder, variables)
    return folder


def _extract(data: bytes, folder: Path) -> None:
    """Unpack an archive: files and folders that stay below the folder, and not too much of them."""
    size = count = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r|*") as archive:
            for member in archive:
                size += member.size
                count += 1
                if size > MAX_BYTES or count > MAX_FILES:
                    raise _too_large()
                archive.extract(member, folder, filter="data")
    except (tarfile.TarError, EOFError, OSError) as error:
        msg = f"standard input: the archive cannot be unpacked: {error}"
        raise errors.PackError(msg) from error


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
