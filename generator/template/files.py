"""The files that templates read: nomad-pack's ``fileContents`` and ``fileRelative``.

As in nomad-pack's renderer/funcs.go and template_context.go, but for where they may lie: a pure
render reads what it was given, and links lead nowhere else either.
"""

from __future__ import annotations

import errno
import os
import stat
import typing
from collections.abc import Mapping

from generator import reading, records
from generator.golang import quoting
from generator.template import impurities, signatures


@records.record
class Reader:
    """Reads files below a folder, or any if there is none.

    Links in the folder may lead to all of ``limit``, else nowhere but to the folder. What Git keeps
    in ``.git`` is no file of a pack: a token may be in it.
    """

    folder: str | None
    limit: str | None = None

    def read(self, file: str) -> str:
        """``fileContents``: relative to the folder that the program was started in."""
        hint = 'a file of the pack is read with fileRelative "name" $, wherever the program runs'
        return self._text(file, f"failed to read {file}", hint)

    def read_relative(self, file: str, metadata: Mapping[str, object]) -> str:
        """``fileRelative``: relative to the folder of the pack that the metadata tells of."""
        pack = metadata.get("pack")
        path = pack.get("path") if isinstance(pack, dict) else None
        if not isinstance(path, str) or not path:
            msg = (
                "fileRelative: pack path not set in metadata; ensure the pack was loaded from disk"
            )
            raise signatures.CallError(msg)
        target = os.path.normpath(f"{path}/{file}")
        hint = f"the name is taken as relative to {path}"
        return self._text(target, f"fileRelative: failed to read {target}", hint)

    def _text(self, file: str, failed: str, hint: str) -> str:
        try:
            kind = os.stat(file).st_mode if file else _no_file()
            if self.folder is not None and not _is_below(file, self.folder, self.limit):
                impurities.refuse(f"{failed}: it is not below the pack's folder {self.folder}")
            if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
                msg = f"{failed}: it is no regular file"
                raise signatures.CallError(msg)
            return quoting.decode(reading.read_bytes(file))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            doing = "read" if isinstance(error, IsADirectoryError) else "open"
            msg = f"{failed}: {doing} {file}: {reason}"
            raise signatures.CallError(msg, hint=hint) from error
        except ValueError as error:  # A zero byte in the name.
            msg = f"{failed}: open {file}: invalid argument"
            raise signatures.CallError(msg) from error


def _no_file() -> typing.NoReturn:
    """A name without a letter is no name; Python would take the current folder."""
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


def _is_below(file: str, folder: str, limit: str | None) -> bool:
    """Whether a file lies in a folder, or is a link there that leads no further than the limit."""
    # Of a way too long to be written down, which the kernel goes, nothing can be said: an OSError.
    real = os.path.realpath(file, strict=True)
    real_folder = os.path.realpath(folder)
    within = limit or real_folder
    if not reading.is_below(real, within) or ".git" in real[len(within) :].split("/"):
        return False
    named = os.path.abspath(file)  # links stay links
    return reading.is_below(real, real_folder) or reading.is_below(named, folder)
