"""The parts of a request that have fields of their own: resources, services, further destinations, a proxy."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import pydantic

from server import spelling
from server.request import credentials
from server.request.patterns import (
    EVALUATED,
    IMAGE,
    SERVICE,
    TAG,
    VARIABLE,
    ImageName,
    Line,
    RegistryURL,
    Text,
    matching,
    require_not_staging,
)
from server.request.references import SecretPath

# How long what stands in a placeholder's place can be: a commit is SHA-1 or SHA-256.
PLACEHOLDERS = {"{git_sha}": 64, "{git_short_sha}": 12, "{job_id}": 26, "{date}": 8}
_PROXY = re.compile(r"https?://[A-Za-z0-9.\[\]:-]+/?")
_ATTRIBUTE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
# What Nomad knows of every device; all else are attributes that its plugin tells.
_FACTS = ("vendor", "type", "model")
_QUANTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _./+-]{0,63}")


class Part(pydantic.BaseModel):
    """A frozen part of a request, in either spelling, that knows no other fields."""

    model_config = pydantic.ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=spelling.camelize,
        validate_by_name=True,
        validate_by_alias=True,
    )


class Resources(Part):
    """What the tasks of a phase may use; the service's own setting where a field is left out."""

    cpu: Annotated[int | None, pydantic.Field(ge=50, le=1_000_000, description="MHz")] = None
    memory: Annotated[int | None, pydantic.Field(ge=32, le=8_000_000, description="MiB")] = None
    disk: Annotated[int | None, pydantic.Field(ge=64, le=100_000_000, description="MiB")] = None
    timeout: Annotated[int | None, pydantic.Field(ge=1, le=86_400, description="Seconds")] = None


def _require_proxy(value: str) -> str:
    if value and not _PROXY.fullmatch(value):
        msg = "must be http://HOST:PORT, without credentials"
        raise ValueError(msg)
    return value


class Proxy(Part):
    """The proxies that Git, image pulls and the steps of a Dockerfile go through."""

    http: Annotated[Line, pydantic.AfterValidator(_require_proxy)] = ""
    https: Annotated[Line, pydantic.AfterValidator(_require_proxy)] = ""
    no_proxy: Annotated[
        Line, pydantic.Field(max_length=2048, description="Hosts that are reached directly")
    ] = ""


def require_arguments(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse words of a command that Nomad itself would read as something to be evaluated."""
    for word in value:
        if EVALUATED.search(word):
            msg = (
                f"{word[:80]!r} has '${{' or '%{{', which Nomad evaluates in a list of arguments: "
                "write the command as text, for a shell"
            )
            raise ValueError(msg)
    return value


Word = Annotated[Text, pydantic.Field(max_length=4096)]
VariableName = Annotated[str, matching(VARIABLE, "the name of a variable")]
Environment = Annotated[
    dict[VariableName, Annotated[Text, pydantic.Field(max_length=8192)]],
    pydantic.Field(max_length=128),
]


def require_plain_environment(value: dict[str, str]) -> dict[str, str]:
    """Refuse names that are Nomad's, and values that have the form of a secret."""
    for name in value:
        if name.startswith("NOMAD_"):
            msg = f"{name[:80]} is one of Nomad's own variables"
            raise ValueError(msg)
    return value


class Service(Part):
    """What runs beside the tests, and is reached from them by its name."""

    name: Annotated[str, matching(SERVICE, "a name like db: lower-case letters, digits and '-'")]
    # As long as the pack takes one to be.
    image: Annotated[
        Line,
        pydantic.Field(max_length=255),
        matching(IMAGE, "the name of an image"),
        pydantic.AfterValidator(require_not_staging),
    ]
    command: Annotated[
        tuple[Word, ...],
        pydantic.Field(strict=False, max_length=128, description="Instead of the image's own"),
        pydantic.AfterValidator(require_arguments),
    ] = ()
    env: Annotated[Environment, pydantic.AfterValidator(require_plain_environment)] = {}
    port: Annotated[
        int | None, pydantic.Field(ge=1, le=65_535, description="The tests wait until it is open")
    ] = None
    ready_command: Annotated[
        Text,
        pydantic.Field(
            max_length=4096,
            description="Shell command in the service's image that ends with 0 once it is ready",
        ),
    ] = ""
    ready_timeout: Annotated[int, pydantic.Field(ge=1, le=3600, description="Seconds")] = 60
    cpu: Annotated[int, pydantic.Field(ge=50, le=1_000_000, description="MHz")] = 200
    memory: Annotated[int, pydantic.Field(ge=32, le=8_000_000, description="MiB")] = 256

    @pydantic.field_validator("env")
    @classmethod
    def _check_env(cls, value: dict[str, str]) -> dict[str, str]:
        # The password of a database that lives as long as a test is no secret; a token of somebody is.
        credentials.require_no_secrets(value, "no secret: services get none", by_name=False)
        return value


class DeviceConstraint(Part):
    """What a graphics processor must have, as ``memory >= 16 GiB``."""

    attribute: Annotated[
        str, matching(_ATTRIBUTE, "an attribute of a device, like memory or model")
    ]
    operator: Literal["=", "!=", ">", ">=", "<", "<="] = "="
    value: Annotated[str, matching(_QUANTITY, "a value like 16 GiB or A100")]

    @property
    def name(self) -> str:
        """The attribute as jobs name it, ``device.model`` or ``device.attr.memory``."""
        return f"device.{'' if self.attribute in _FACTS else 'attr.'}{self.attribute}"


def require_tags(value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is not a tag once its placeholders are replaced, and drop what is there twice."""
    for tag in value:
        filled = tag
        for placeholder, length in PLACEHOLDERS.items():
            filled = filled.replace(placeholder, "x" * length)
        if TAG.fullmatch(filled):
            continue
        if rest := re.search(r"\{[^}]*\}", filled):
            known = ", ".join(PLACEHOLDERS)
            msg = f"{tag[:80]!r} has {rest[0][:40]!r}: known are {known}"
        else:
            msg = f"{tag[:80]!r} is not a tag: letters, digits, '_', '.', '-', at most 128"
        raise ValueError(msg)
    return tuple(dict.fromkeys(value))


Tags = Annotated[
    tuple[Annotated[str, pydantic.Field(max_length=128)], ...],
    pydantic.Field(strict=False, max_length=32),
    pydantic.AfterValidator(require_tags),
]


class Destination(Part):
    """Another place to publish to; name and tags are as for the first where they are left out, credentials are not."""

    registry_url: Annotated[RegistryURL, pydantic.Field(min_length=1)]
    image_name: ImageName = ""
    image_tags: Tags = ()
    credentials_path: SecretPath = ""
