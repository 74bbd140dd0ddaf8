"""What a caller may ask to have built: the fields of a build request, and what is accepted in each.

Every value is checked here, once, before anything is stored. Values that become fields of a job (names of
images, tags) pass strict patterns; the others only ever reach a task as base64.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import pydantic

from server import destinations, spelling, validation, webhooks
from server.errors import InvalidRequest

_PATH_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY_URL = re.compile(
    rf"(?:{_HOST_LABEL}(?:\.{_HOST_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?(?:/{_PATH_COMPONENT})*"
)
_IMAGE_NAME = re.compile(rf"{_PATH_COMPONENT}(?:/{_PATH_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_URL = re.compile(
    r"(?P<protocol>[a-z][a-z0-9+.-]*)://(?:(?P<user>[^/\s]*)@)?(?P<host>[^@/\s]+)/+[^/\s]\S*"
)
_SCP_LIKE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:[^\s:-]\S*")
# Registries take at most this many characters for the name of a repository; staging adds an id to it.
_REPOSITORY_LIMIT = 200
_SECRET_PATH = re.compile(r"(?:(?:nomad|vault):)?[A-Za-z0-9_][A-Za-z0-9_./-]{0,255}")

_WEBHOOK_SECRET = re.compile(r"nomad-build/webhooks/[A-Za-z0-9_~-]+(?:/[A-Za-z0-9_~-]+){0,4}")


def _require_printable(value: str) -> str:
    if not value.isprintable():
        msg = "contains characters that cannot be printed, such as line ends"
        raise ValueError(msg)
    return value


_Line = Annotated[str, pydantic.AfterValidator(_require_printable)]
_Tag = Annotated[str, pydantic.Field(max_length=128)]
_Command = Annotated[str, pydantic.Field(min_length=1, max_length=8192)]


class BuildRequest(pydantic.BaseModel):
    """A request to build, test and publish an image."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=spelling.camelize,
        validate_by_name=True,
        validate_by_alias=True,
    )

    owner: Annotated[
        _Line, pydantic.Field(description="Who asks for the build: a person, team or agent")
    ]
    repo_url: Annotated[
        _Line,
        pydantic.Field(
            max_length=2048, description="Git repository, e.g. https://github.com/org/app"
        ),
    ]
    git_ref: Annotated[
        _Line,
        pydantic.Field(min_length=1, max_length=255, description="Branch, tag or full commit hash"),
    ] = "HEAD"
    dockerfile_path: Annotated[
        _Line,
        pydantic.Field(min_length=1, max_length=1024, description="Path within the repository"),
    ] = "Dockerfile"
    registry_url: Annotated[
        _Line,
        pydantic.Field(
            max_length=255,
            description="Registry and path to publish below, e.g. registry.example.com:5000/team",
        ),
    ]
    image_name: Annotated[
        _Line,
        pydantic.Field(
            max_length=255, description="Name of the image; the repository's name when left out"
        ),
    ] = ""
    image_tags: Annotated[
        tuple[_Tag, ...],
        pydantic.Field(
            strict=False, max_length=32, description="Tags to publish; the job id when left out"
        ),
    ] = ()
    test_commands: Annotated[
        tuple[_Command, ...],
        pydantic.Field(
            strict=False,
            max_length=64,
            description="Shell commands to run in the built image; nothing is published unless all end with 0",
        ),
    ] = ()
    git_credentials_path: Annotated[
        _Line,
        pydantic.Field(
            description="Where username and password for the repository are: vault:PATH or nomad:PATH"
        ),
    ] = ""
    registry_credentials_path: Annotated[
        _Line,
        pydantic.Field(
            description="Where username and password for the registry are: vault:PATH or nomad:PATH"
        ),
    ] = ""
    cache: Annotated[
        Literal["auto", "on", "off"],
        pydantic.Field(
            description="Keep layers on the build node: auto takes it where it is there"
        ),
    ] = "auto"
    gpu: Annotated[
        Literal["on", "off"], pydantic.Field(description="Build and test on a node with a GPU")
    ] = "off"

    request_id: Annotated[
        _Line,
        pydantic.Field(
            max_length=128,
            # Whoever knows no more than that names are in camelCase writes the second.
            validation_alias=pydantic.AliasChoices("requestID", "requestId"),
            description="Any text of yours: submitting it again returns the same build instead of another",
        ),
    ] = ""
    on_conflict: Annotated[
        Literal["queue", "supersede", "reject"],
        pydantic.Field(
            description="While an older build publishes to the same tag: wait for it, kill it, or be refused"
        ),
    ] = "queue"
    webhook_url: Annotated[
        _Line,
        pydantic.Field(max_length=2048, description="Where to POST the result when the build ends"),
    ] = ""
    webhook_on_success: Annotated[
        bool, pydantic.Field(description="Call the webhook when the build succeeds")
    ] = True
    webhook_on_failure: Annotated[
        bool, pydantic.Field(description="Call the webhook when the build fails")
    ] = True
    webhook_headers: Annotated[
        dict[str, str],
        pydantic.Field(description="Further headers of the webhook's call; no secrets"),
    ] = {}
    webhook_secret_path: Annotated[
        _Line,
        pydantic.Field(
            description="Nomad Variable below nomad-build/webhooks/ whose item secret signs the webhook's "
            "body (HMAC-SHA256 in X-Webhook-Signature)"
        ),
    ] = ""

    @pydantic.field_validator("owner")
    @classmethod
    def _check_owner(cls, value: str) -> str:
        if not _OWNER.fullmatch(value):
            msg = (
                "must be 1 to 64 letters, digits, '.', '_', '@' or '-', the first a letter or digit"
            )
            raise ValueError(msg)
        return value

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

    @pydantic.field_validator("dockerfile_path")
    @classmethod
    def _check_dockerfile_path(cls, value: str) -> str:
        if value.startswith(("/", "-")) or ".." in value.split("/"):
            msg = "must be a path within the repository, without '..' and not beginning with '/' or '-'"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("registry_url")
    @classmethod
    def _check_registry_url(cls, value: str) -> str:
        if "://" in value:
            msg = f"has no protocol: write {value.split('://', 1)[1]!r}"
            raise ValueError(msg)
        if not _REGISTRY_URL.fullmatch(value):
            msg = "must be HOST, HOST:PORT or HOST:PORT/PATH, the path in lower case"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("image_name")
    @classmethod
    def _check_image_name(cls, value: str) -> str:
        if value and not _IMAGE_NAME.fullmatch(value):
            msg = "must be lower-case letters and digits, separated by '.', '_', '-' or '/'"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("image_tags")
    @classmethod
    def _check_image_tags(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for tag in value:
            if not _TAG.fullmatch(tag):
                msg = f"{tag!r} is not a tag: letters, digits, '_', '.', '-', at most 128"
                raise ValueError(msg)
        return tuple(dict.fromkeys(value))

    @pydantic.field_validator("test_commands")
    @classmethod
    def _check_test_commands(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any("\0" in command or not command.strip() for command in value):
            msg = "has an empty command or one with a NUL character"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("git_credentials_path", "registry_credentials_path")
    @classmethod
    def _check_secret_path(cls, value: str) -> str:
        if value and not _SECRET_PATH.fullmatch(value):
            msg = "must be the path of a secret, vault:PATH or nomad:PATH, never the secret itself"
            raise ValueError(msg)
        return value if not value or ":" in value else f"vault:{value}"

    @pydantic.field_validator("webhook_url")
    @classmethod
    def _check_webhook_url(cls, value: str) -> str:
        if value:
            destinations.parse_url(value)
        return value

    @pydantic.field_validator("webhook_headers")
    @classmethod
    def _check_webhook_headers(cls, value: dict[str, str]) -> dict[str, str]:
        webhooks.check_headers(value)
        return value

    @pydantic.field_validator("webhook_secret_path")
    @classmethod
    def _check_webhook_secret_path(cls, value: str) -> str:
        # Of this one secret the service itself is the reader: it must not be led to any other.
        path = value.removeprefix("nomad:")
        if value and not _WEBHOOK_SECRET.fullmatch(path):
            msg = "must be the path of a Nomad Variable below nomad-build/webhooks/, never the secret itself"
            raise ValueError(msg)
        return path

    @pydantic.model_validator(mode="after")
    def _check_image(self) -> BuildRequest:
        if not _IMAGE_NAME.fullmatch(self.image):
            msg = "imageName cannot be taken from the repository's name: give one"
            raise ValueError(msg)
        if len(self.repository) > _REPOSITORY_LIMIT:
            msg = (
                f"registryURL and imageName together have more than {_REPOSITORY_LIMIT} characters"
            )
            raise ValueError(msg)
        return self

    @property
    def protocol(self) -> str:
        """The protocol that Git speaks to the repository."""
        match = _URL.fullmatch(self.repo_url)
        return match["protocol"] if match else "ssh"

    @property
    def image(self) -> str:
        """The image's name: the one that was given, or the repository's."""
        last = re.split(r"[/:]", self.repo_url.rstrip("/"))[-1]
        return self.image_name or last.removesuffix(".git").lower()

    @property
    def repository(self) -> str:
        """The registry's repository that the image is published to."""
        return f"{self.registry_url}/{self.image}"


_WRAPPERS = ("jobConfig", "job_config")


def parse_request(arguments: Any) -> BuildRequest:
    """Read a request: the fields bare, or below ``jobConfig`` or ``job_config``, in either spelling.

    Raises:
        InvalidRequest: with a sentence for each problem, so that all of them can be mended at once.
    """
    wrapper = next(
        (name for name in _WRAPPERS if isinstance(arguments, dict) and name in arguments), None
    )
    if wrapper is None:
        return validation.validate(BuildRequest, arguments)
    others = sorted(set(arguments) - {wrapper})
    if others:
        raise InvalidRequest((f"{others[0]} stands beside {wrapper}: move it inside",))
    return validation.validate(BuildRequest, arguments[wrapper], name=wrapper)
