"""Several files written so that either all of them are there in the end, or nothing has changed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from generator.errors import GeneratorError
from generator.golang import quoting


def write(results: Mapping[str, str], folder: str) -> list[str]:
    """Write each text to the file of its name below a folder; the paths, as they are to be shown."""
    targets = {_target(name, folder): text for name, text in results.items()}
    made: list[Path] = []
    waiting: list[tuple[Path, Path]] = []
    try:
        for target, text in targets.items():
            _make_folders(target.parent, made)
            if target.is_dir():
                msg = f"{target}: a folder is where the file should be"
                raise GeneratorError(msg)
            unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
            waiting.append((unfinished, target))
            unfinished.write_bytes(quoting.encode(text))
        for unfinished, target in waiting:
            unfinished.replace(target)
    except BaseException:
        for unfinished, _ in waiting:
            unfinished.unlink(missing_ok=True)
        for empty in reversed(made):
            with contextlib.suppress(OSError):
                empty.rmdir()
        raise
    return [str(target) for target in targets]


def _target(name: str, folder: str) -> Path:
    name = name.lstrip("/")  # Of a pack that is called ".." two slashes come.
    if ".." in Path(name).parts:
        msg = f"{name}: the pack's name leads out of the folder"
        raise GeneratorError(msg)
    return Path(folder, name)


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder with those above it, and note which were not there."""
    if os.path.lexists(folder) and folder.is_dir():
        return
    if folder.parent != folder:
        _make_folders(folder.parent, made)
    folder.mkdir()
    made.append(folder)
