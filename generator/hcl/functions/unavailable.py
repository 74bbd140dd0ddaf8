"""Functions that Nomad has and that give an error here.

The parse API never lets a job look at files (jobspec2's guardFS), and what a pack renders shall not
differ from run to run.
"""

from __future__ import annotations

from typing import Final, NoReturn

from generator.hcl import values
from generator.hcl.functions.parameters import TEXT, number, text
from generator.hcl.signatures import Function, FunctionError


def refuse_files(*_: values.Value) -> NoReturn:
    msg = "filesystem function disabled"
    raise FunctionError(msg)


def refuse_random(*_: values.Value) -> NoReturn:
    msg = "its result differs from call to call, which a job made from a pack may not"
    raise FunctionError(msg)


def refuse_keys(*_: values.Value) -> NoReturn:
    msg = "private keys are not for job files"
    raise FunctionError(msg)


FUNCTIONS: Final = {
    "abspath": Function(refuse_files, (text("path"),)),
    "basename": Function(refuse_files, (text("path"),)),
    "bcrypt": Function(refuse_random, (TEXT,), number("cost")),
    "dirname": Function(refuse_files, (text("path"),)),
    "file": Function(refuse_files, (text("path"),)),
    "filebase64": Function(refuse_files, (text("path"),)),
    "fileexists": Function(refuse_files, (text("path"),)),
    "fileset": Function(refuse_files, (text("path"), text("pattern"))),
    "pathexpand": Function(refuse_files, (text("path"),)),
    "rsadecrypt": Function(refuse_keys, (text("ciphertext"), text("privatekey"))),
    "uuidv4": Function(refuse_random),
}
