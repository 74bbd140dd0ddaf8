"""A container engine for the tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import docker, images, recipes


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[docker.Engine]:
    """A running container engine; one that was started for the tests is stopped after them."""
    engine = docker.ensure(tmp_path_factory.mktemp("docker"))
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def images_folder(engine: docker.Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to make images in; the images themselves are kept by the engine."""
    return tmp_path_factory.mktemp("images")


@pytest.fixture(scope="session")
def busybox(images_folder: Path) -> str:
    """A tiny image with a shell."""
    return images.ensure_busybox(images_folder)


@pytest.fixture(scope="session")
def builder(images_folder: Path) -> str:
    """The image that the phases of a build run in."""
    return images.ensure(recipes.BUILDER, images_folder)
