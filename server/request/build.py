"""How the image is built: arguments, secrets, format, cache, resources, network."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from server.request import credentials
from server.request.parts import Environment, Part, Proxy, Resources
from server.request.patterns import (
    LABEL,
    PLATFORM,
    SECRET_ID,
    STAGE,
    Line,
    Repository,
    Text,
    matching,
)
from server.request.references import SecretPath, SecretValue

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
Switch = Literal["auto", "on", "off"]


class BuildFields(Part):
    """The fields of a request that say how the image is built."""

    build_args: Annotated[
        Environment, pydantic.Field(description="Values of the Dockerfile's ARGs; never secrets")
    ] = {}
    build_secrets: Annotated[
        dict[Annotated[str, matching(SECRET_ID, "the id of a secret")], SecretValue],
        pydantic.Field(
            max_length=32,
            description="For RUN --mount=type=secret: id to vault:PATH#FIELD or nomad:PATH#FIELD",
        ),
    ] = {}
    build_ssh_path: Annotated[
        SecretPath,
        pydantic.Field(description="Secret with private_key for RUN --mount=type=ssh"),
    ] = ""
    target: Annotated[
        Line, pydantic.Field(max_length=128, description="Stage of the Dockerfile to stop at")
    ] = ""
    labels: Annotated[
        dict[
            Annotated[str, matching(LABEL, "the name of a label")],
            Annotated[Line, pydantic.Field(max_length=4096)],
        ],
        pydantic.Field(max_length=64, description="Besides the usual OCI ones"),
    ] = {}
    platform: Annotated[Line, pydantic.Field(description="As linux/arm64")] = ""
    image_format: Literal["oci", "docker"] = "oci"
    reproducible: Annotated[
        bool, pydantic.Field(description="The commit's time in the image, not today's")
    ] = False
    build_network: Literal["on", "off"] = "on"
    ca_certificates: Annotated[
        Text,
        pydantic.Field(max_length=16_384, description="Further CAs to trust, PEM"),
    ] = ""
    proxy: Annotated[
        Proxy, pydantic.Field(description="For Git, registries and the Dockerfile's steps")
    ] = Proxy()
    build_resources: Annotated[Resources, pydantic.Field(description="Of the build")] = Resources()

    cache: Annotated[Switch, pydantic.Field(description="Keep layers on the build node")] = "auto"
    no_cache: Annotated[bool, pydantic.Field(description="Use no earlier layer")] = False
    clear_cache: Annotated[bool, pydantic.Field(description="Empty this owner's cache first")] = (
        False
    )
    cache_from: Annotated[
        tuple[Repository, ...],
        pydantic.Field(strict=False, max_length=8, description="Repositories with earlier layers"),
    ] = ()
    cache_to: Annotated[
        Repository, pydantic.Field(description="Repository to keep this build's layers in")
    ] = ""

    @pydantic.field_validator("build_args")
    @classmethod
    def _check_build_args(cls, value: dict[str, str]) -> dict[str, str]:
        credentials.require_no_secrets(value, "its reference in buildSecrets")
        return value

    @pydantic.field_validator("labels")
    @classmethod
    def _check_labels(cls, value: dict[str, str]) -> dict[str, str]:
        credentials.require_no_secrets(value, "no secret: labels are public", by_name=False)
        if any("$" in text for text in value.values()):
            msg = "has a value with '$', which Buildah would take for a variable's name"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("target")
    @classmethod
    def _check_target(cls, value: str) -> str:
        if value and not STAGE.fullmatch(value):
            msg = "is not the name or number of a stage"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("platform")
    @classmethod
    def _check_platform(cls, value: str) -> str:
        if value and not PLATFORM.fullmatch(value):
            msg = "is not a platform like linux/amd64 or linux/arm/v7"
            raise ValueError(msg)
        return value

    @pydantic.field_validator("ca_certificates")
    @classmethod
    def _check_ca_certificates(cls, value: str) -> str:
        if credentials.describe_form(value):
            msg = "holds a private key: only certificates belong here"
            raise ValueError(msg)
        if value and _CERTIFICATE not in value:
            msg = f"has no certificate in PEM, which begins with {_CERTIFICATE}"
            raise ValueError(msg)
        return value
