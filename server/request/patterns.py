"""What values may look like that become fields of a job, names in a registry or words of a command. Pure.

Whatever has another form only ever reaches a task as base64; these are the exceptions, and they are strict.
"""

from __future__ import annotations

import re
from typing import Annotated

import pydantic

from server import confinement
from server.destinations import PORT

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::{PORT})?"
_TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"

REGISTRY_URL = re.compile(rf"{_HOST}(?:/{_COMPONENT})*")
IMAGE_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
REPOSITORY = re.compile(rf"{_HOST}(?:/{_COMPONENT})+")
# An image that a node pulls: also one of a hub, without a host, and by digest.
IMAGE = re.compile(
    rf"(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::{_TAG})?(?:@sha256:[0-9a-f]{{64}})?"
)
TAG = re.compile(_TAG)
OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
# As POSIX has names of environment variables; a Dockerfile's ARG follows the same.
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
# A secret's id in a Dockerfile, and the name of a service: both become names of files and of tasks.
SECRET_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")
SERVICE = re.compile(r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?")
LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9])?")
STAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
PLATFORM = re.compile(r"[a-z0-9]{1,16}/[a-z0-9_]{1,16}(?:/v[0-9]{1,2})?")
# Nomad evaluates what stands between a dollar or percent sign and a brace, in every string of a driver's configuration.
EVALUATED = re.compile(r"[$%]\{")
FOLDER = re.compile(r"/(?:[A-Za-z0-9_.@+~,=:-]+/?)*")


def require_printable(value: str) -> str:
    """Refuse line ends and whatever else cannot be printed."""
    if not value.isprintable():
        msg = "contains characters that cannot be printed, such as line ends"
        raise ValueError(msg)
    return value


def require_text(value: str) -> str:
    """Refuse what no environment and no file of a shell can hold, and what has no encoding."""
    if "\0" in value:
        msg = "has a NUL character"
        raise ValueError(msg)
    try:
        value.encode()
    except UnicodeEncodeError:
        msg = "has half of a surrogate pair, which is no text"
        raise ValueError(msg) from None
    return value


def require_registry(value: str) -> str:
    """Refuse what is not a registry, perhaps with a path below it."""
    if "://" in value:
        msg = f"has no protocol: write {value.split('://', 1)[1]!r}"
        raise ValueError(msg)
    if value and not REGISTRY_URL.fullmatch(value):
        msg = "must be HOST, HOST:PORT or HOST:PORT/PATH: a port to 65535, a path in lower case"
        raise ValueError(msg)
    return value


def require_image_name(value: str) -> str:
    """Refuse what is not the name of an image."""
    if value and not IMAGE_NAME.fullmatch(value):
        msg = "must be lower-case letters and digits, separated by '.', '_', '-' or '/'"
        raise ValueError(msg)
    return value


def require_repository(value: str) -> str:
    """Refuse what is not a repository of a registry."""
    if value and not REPOSITORY.fullmatch(value):
        msg = f"{value[:80]!r} must be HOST/PATH or HOST:PORT/PATH in lower case, without a tag"
        raise ValueError(msg)
    return value


def require_not_staging(value: str) -> str:
    """Refuse a name any part of which is one for images that wait for their tests."""
    confinement.check_repository(value)
    return value


def require_path(value: str) -> str:
    """Refuse a path that leads out of the repository, or that a command could take for an option."""
    if value.startswith(("/", "-")) or ".." in value.split("/"):
        msg = "must be a path within the repository, without '..' and not beginning with '/' or '-'"
        raise ValueError(msg)
    return value


Line = Annotated[str, pydantic.AfterValidator(require_printable)]
Text = Annotated[str, pydantic.AfterValidator(require_text)]
RepositoryPath = Annotated[
    Line, pydantic.Field(max_length=1024), pydantic.AfterValidator(require_path)
]
RegistryURL = Annotated[
    Line,
    pydantic.Field(max_length=255),
    pydantic.AfterValidator(require_registry),
    pydantic.AfterValidator(require_not_staging),
]
ImageName = Annotated[
    Line,
    pydantic.Field(max_length=255),
    pydantic.AfterValidator(require_image_name),
    pydantic.AfterValidator(require_not_staging),
]
Repository = Annotated[
    Line,
    pydantic.Field(max_length=255),
    pydantic.AfterValidator(require_repository),
    pydantic.AfterValidator(require_not_staging),
]


def matching(pattern: re.Pattern[str], what: str) -> pydantic.AfterValidator:
    """Return a validator that takes what a pattern matches as a whole; ``what`` says what that is."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            msg = f"{value[:80]!r} is not {what}"
            raise ValueError(msg)
        return value

    return pydantic.AfterValidator(check)
