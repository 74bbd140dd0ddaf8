"""What can go wrong in the lab.

LabError
├── ProgramMissing      a program is not installed; the message names the package
├── CommandFailed       a program ended with an error
├── NotReady            something did not become ready before its deadline
└── RegistryError       the registry answered something unexpected
"""

from __future__ import annotations


class LabError(Exception):
    """A part of the lab could not be started or asked; the message says what to do next."""


class ProgramMissing(LabError):
    """A program that the lab needs is not on PATH."""


class CommandFailed(LabError):
    """A program ended with an exit code other than zero."""


class NotReady(LabError):
    """A part did not become ready in the time it was given."""


class RegistryError(LabError):
    """The registry answered with a status that was not expected."""
