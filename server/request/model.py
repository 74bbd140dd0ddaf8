"""A request to build, test and publish an image: all of its fields, and what is accepted in them together.

Every value is checked here, once, before anything is stored. Values that become fields of a job (names of
images, tags) pass strict patterns; the others only ever reach a task as base64.
"""

from __future__ import annotations

import pydantic

from server import confinement
from server.request.build import BuildFields
from server.request.delivery import DeliveryFields
from server.request.parts import Destination
from server.request.patterns import IMAGE_NAME
from server.request.publishing import PublishFields
from server.request.source import BUILD_FILE, SourceFields
from server.request.testing import TestFields

# Registries take at most this many characters for the name of a repository; staging adds an id to it.
_REPOSITORY_LIMIT = 200


class BuildRequest(DeliveryFields, PublishFields, TestFields, BuildFields, SourceFields):
    """A request to build, test and publish an image."""

    @pydantic.model_validator(mode="after")
    def _check_image(self) -> BuildRequest:
        if not IMAGE_NAME.fullmatch(self.image) or confinement.names_staging(self.image):
            msg = "imageName cannot be taken from the repository's name: give one"
            raise ValueError(msg)
        if len(self.repository) > _REPOSITORY_LIMIT:
            msg = (
                f"registryURL and imageName together have more than {_REPOSITORY_LIMIT} characters"
            )
            raise ValueError(msg)
        repositories = [self.repository, *(self.repository_of(each) for each in self.publish_to)]
        if len(set(repositories)) < len(repositories):
            msg = "publishTo names a repository twice: give it all of its tags in one place"
            raise ValueError(msg)
        if any(len(each) > _REPOSITORY_LIMIT for each in repositories):
            msg = f"publishTo has a repository of more than {_REPOSITORY_LIMIT} characters"
            raise ValueError(msg)
        return self

    @property
    def file_path(self) -> str:
        """The build file to read from the repository before anything else; empty if there is none to read."""
        return self.build_file or ("" if self.registry_url else BUILD_FILE)

    @property
    def image(self) -> str:
        """The image's name: the one that was given, or the repository's."""
        return self.image_name or self.repository_name

    @property
    def repository(self) -> str:
        """The registry's repository that the image is published to."""
        return f"{self.registry_url}/{self.image}"

    def repository_of(self, destination: Destination) -> str:
        """The repository of another registry that the image is published to."""
        return f"{destination.registry_url}/{destination.image_name or self.image}"
