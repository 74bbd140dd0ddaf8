"""Which source to build: repository, commit, and how it is reached."""

from __future__ import annotations

import re
from typing import Annotated

import pydantic

from server.request.parts import Part
from server.request.patterns import OWNER, Line, RepositoryPath
from server.request.references import SecretPath

_URL = re.compile(
    r"(?P<protocol>[a-z][a-z0-9+.-]*)://(?:(?P<user>[^/\s]*)@)?(?P<host>[^@/\s]+)/+[^/\s]\S*"
)
_SCP_LIKE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s:-]\S*")

BUILD_FILE = ".nomad-build.yaml"


class SourceFields(Part):
    """The fields of a request that say what is built."""

    owner: Annotated[Line, pydantic.Field(description="Who asks: a person, team or agent")]
    repo_url: Annotated[
        Line,
        pydantic.Field(
            max_length=2048, description="Git repository, e.g. https://github.com/org/app"
        ),
    ]
    git_ref: Annotated[
        Line,
        pydantic.Field(
            min_length=1,
            max_length=255,
            description="Branch, tag, full commit hash or refs/pull/7/head",
        ),
    ] = "HEAD"
    build_file: Annotated[
        RepositoryPath,
        pydantic.Field(
            description="File with more of these fields; .nomad-build.yaml if registryURL is left out"
        ),
    ] = ""
    trust_build_file: Annotated[
        bool,
        pydantic.Field(description="Let that file name secrets and registries, too"),
    ] = False
    dockerfile_path: Annotated[
        RepositoryPath,
        pydantic.Field(min_length=1, description="Path within the repository"),
    ] = "Dockerfile"
    context_path: Annotated[
        RepositoryPath,
        pydantic.Field(description="Folder that COPY sees; default: the whole repository"),
    ] = ""
    submodules: bool = False
    lfs: Annotated[bool, pydantic.Field(description="Fetch Git LFS files")] = False
    git_credentials_path: Annotated[
        SecretPath,
        pydantic.Field(
            description="vault:PATH or nomad:PATH of username and password, or for ssh of private_key and "
            "known_hosts"
        ),
    ] = ""

    @pydantic.field_validator("owner")
    @classmethod
    def _check_owner(cls, value: str) -> str:
        return require_owner(value)

    @pydantic.field_validator("repo_url")
    @classmethod
    def _check_repo_url(cls, value: str) -> str:
        match = _URL.fullmatch(value)
        if match is None and not _SCP_LIKE.fullmatch(value):
            msg = "is not the address of a Git repository like https://HOST/PATH or git@HOST:PATH"
            raise ValueError(msg)
        if match is None:
            return value
        user = match["user"] or ""
        if ":" in user or (user and match["protocol"] != "ssh"):
            msg = "carries credentials; store them as a secret and name it in gitCredentialsPath"
            raise ValueError(msg)
        if match["host"].startswith("-") or user.startswith("-"):
            msg = "has a user or host that begins with '-'"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("git_ref")
    @classmethod
    def _check_git_ref(cls, value: str) -> str:
        # As git check-ref-format, and no refspec ('+', ':') or option ('-').
        wrong = re.search(r"^[-+./]|[\s~^:?*\[\\]|\.\.|@\{|//|[./]$|\.lock$", value)
        if wrong:
            msg = f"is not a branch, tag or commit: {wrong[0]!r} cannot stand there"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("context_path")
    @classmethod
    def _check_context_path(cls, value: str) -> str:
        if wrong := re.search(r"[\[\]*?\\]", value):
            msg = f"has {wrong[0]!r}, with which Buildah finds no folder"
            raise ValueError(msg)
        return value

    @property
    def protocol(self) -> str:
        """The protocol that Git speaks to the repository."""
        match = _URL.fullmatch(self.repo_url)
        return match["protocol"] if match else "ssh"

    @property
    def repository_name(self) -> str:
        """The last part of the repository's address, as an image could be called."""
        last = re.split(r"[/:]", self.repo_url.rstrip("/"))[-1]
        return last.removesuffix(".git").lower()


def require_owner(value: str) -> str:
    """Refuse what cannot be an owner's name."""
    if not OWNER.fullmatch(value):
        msg = "must be 1 to 64 letters, digits, '.', '_', '@' or '-', the first a letter or digit"
        raise ValueError(msg)
    return value
