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
            description="Registry and path to publish below, e.g. registry.example.com:5000/team; "
            "left out, the repository's .nomad-build.yaml says it"
        ),
    ] = ""
    image_name: Annotated[
        ImageName,
        pydantic.Field(description="Name of the image; the repository's name when left out"),
    ] = ""
    image_tags: Annotated[
        Tags,
        pydantic.Field(
            description="Tags to publish, with {git_sha}, {git_short_sha}, {job_id}, {date}; the job id when left out"
        ),
    ] = ()
    registry_credentials_path: Annotated[
        SecretPath,
        pydantic.Field(
            description="Where username and password for the registry are: vault:PATH or nomad:PATH"
        ),
    ] = ""
    publish_to: Annotated[
        tuple[Destination, ...],
        pydantic.Field(strict=False, max_length=4, description="Further registries"),
    ] = ()
    publish_resources: Annotated[
        Resources, pydantic.Field(description="What publishing may use")
    ] = Resources()
    sbom: Annotated[
        Literal["", "spdx", "cyclonedx"],
        pydantic.Field(description="Attach a list of what is in the image"),
    ] = ""
    provenance: Annotated[
        bool, pydantic.Field(description="Attach a SLSA statement of how it was built")
    ] = False
