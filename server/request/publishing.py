"""Where the tested image goes, under which names, and with which evidence."""

from __future__ import annotations

from typing import Annotated, Literal

import pydantic

from server.request.parts import Destination, Part, Resources, Tags
from server.request.patterns import ImageName, RegistryURL
from server.request.references import SecretPath


class PublishFields(Part):
    """The fields of a request that say what is published."""

    registry_url: Annotated[
        RegistryURL,
        pydantic.Field(
            description="Registry and path, e.g. registry.example.com:5000/team; default: what "
            ".nomad-build.yaml says"
        ),
    ] = ""
    image_name: Annotated[
        ImageName,
        pydantic.Field(description="Default: the repository's name"),
    ] = ""
    image_tags: Annotated[
        Tags,
        pydantic.Field(
            description="With {git_sha}, {git_short_sha}, {job_id}, {date}; default: the job id"
        ),
    ] = ()
    registry_credentials_path: Annotated[
        SecretPath,
        pydantic.Field(description="vault:PATH or nomad:PATH of username and password"),
    ] = ""
    publish_to: Annotated[
        tuple[Destination, ...],
        pydantic.Field(strict=False, max_length=4, description="Further registries"),
    ] = ()
    publish_resources: Annotated[Resources, pydantic.Field(description="Of publishing")] = (
        Resources()
    )
    sbom: Annotated[
        Literal["", "spdx", "cyclonedx"],
        pydantic.Field(description="Attach a list of its content"),
    ] = ""
    provenance: Annotated[bool, pydantic.Field(description="Attach a SLSA statement")] = False
