"""Functions of files: Nomad's API has their names, and lets none be called (jobspec2's guardFS).

``nomad job run`` does, with paths that count from where it is called. So do these when they are
allowed to (go-cty-funcs' filesystem); only ``fileset`` never is, as it walks through all there is.
"""

from __future__ import annotations

import base64
import os
import posixpath
import stat
from typing import Final, NoReturn

from generator import limits, reading
from generator.hcl import escapes, values
from generator.hcl.functions.parameters import text
from generator.hcl.signatures import Function, FunctionError

_HINT: Final = (
    "Nomad's API, and so nomad-pack, lets no job read files; with --allow-impure this one may, as"
    " `nomad job run` lets it"
)


def take_base(path: str) -> str:
    return _clean(path).rpartition("/")[2] or "/"


def take_directory(path: str) -> str:
    return _clean(path[: path.rfind("/") + 1])


def _clean(path: str) -> str:
    """As Go's filepath.Clean: without a second slash in front, which POSIX would keep."""
    cleaned = posixpath.normpath(path) if path else "."
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def make_absolute(path: str) -> str:
    return _clean(posixpath.join(os.getcwd(), path))  # noqa: PTH109 - pathlib is slow to load


def expand_home(path: str) -> str:
    """A path that begins with ``~`` below the user's home folder."""
    if not path.startswith("~"):
        return path
    if len(path) > 1 and path[1] != "/":
        msg = "cannot expand user-specific home dir"
        raise FunctionError(msg)
    return _clean(posixpath.expanduser("~") + path[1:])


def read_text(path: str) -> str:
    try:
        return escapes.normalize(_read(path).decode())
    except UnicodeDecodeError:
        msg = (
            f"contents of {path} are not valid UTF-8; use the filebase64 function to obtain the "
            "Base64 encoded contents"
        )
        raise FunctionError(msg) from None


def read_base64(path: str) -> str:
    return base64.b64encode(_read(path)).decode()


def _read(path: str) -> bytes:
    full = _locate(path)
    try:
        return reading.read_bytes(full)
    except FileNotFoundError:
        msg = f"no file exists at {full}"
        raise FunctionError(msg) from None
    except limits.LimitError as error:
        raise FunctionError(error.message) from None
    except OSError:
        msg = f"failed to read {full}"
        raise FunctionError(msg) from None


def _locate(path: str) -> str:
    try:
        return _clean(expand_home(path))
    except FunctionError as error:
        msg = f"failed to expand ~: {error}"
        raise FunctionError(msg) from None


def does_exist(path: str) -> bool:
    full = _locate(path)
    try:
        mode = os.stat(full).st_mode  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError):
        msg = f"failed to stat {full}"
        raise FunctionError(msg) from None
    if not stat.S_ISREG(mode):
        msg = f'{full} is not a regular file, but "{stat.filemode(mode)}"'
        raise FunctionError(msg)
    return True


def _refuse(*_: values.Value) -> NoReturn:
    msg = "filesystem function disabled"
    raise FunctionError(msg, hint=_HINT)


def _refuse_always(*_: values.Value) -> NoReturn:
    msg = "filesystem function disabled"
    raise FunctionError(msg, hint="name the files instead")


ALLOWED: Final = {
    "abspath": Function(make_absolute, (text("path"),)),
    "basename": Function(take_base, (text("path"),)),
    "dirname": Function(take_directory, (text("path"),)),
    "file": Function(read_text, (text("path"),)),
    "filebase64": Function(read_base64, (text("path"),)),
    "fileexists": Function(does_exist, (text("path"),)),
    "pathexpand": Function(expand_home, (text("path"),)),
}
FUNCTIONS: Final = {
    **{name: Function(_refuse, each.parameters) for name, each in ALLOWED.items()},
    "fileset": Function(_refuse_always, (text("path"), text("pattern"))),
}
