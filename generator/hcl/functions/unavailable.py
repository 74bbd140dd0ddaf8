"""Functions of files: Nomad's API has their names, and lets no job use them (jobspec2's guardFS)."""

from __future__ import annotations

from typing import Final, NoReturn

from generator.hcl import values
from generator.hcl.functions.parameters import text
from generator.hcl.signatures import Function, FunctionError


def refuse_files(*_: values.Value) -> NoReturn:
    msg = "filesystem function disabled"
    raise FunctionError(msg)


FUNCTIONS: Final = {
    "abspath": Function(refuse_files, (text("path"),)),
    "basename": Function(refuse_files, (text("path"),)),
    "dirname": Function(refuse_files, (text("path"),)),
    "file": Function(refuse_files, (text("path"),)),
    "filebase64": Function(refuse_files, (text("path"),)),
    "fileexists": Function(refuse_files, (text("path"),)),
    "fileset": Function(refuse_files, (text("path"), text("pattern"))),
    "pathexpand": Function(refuse_files, (text("path"),)),
}
