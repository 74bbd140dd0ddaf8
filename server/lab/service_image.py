"""The service's own image, built by ``docker build`` so that the build itself needs no network.

The pinned wheels are downloaded here, by the pip of this machine with its mirrors and certificates, for the Python of
the base image, and go into the build's context.
"""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path

from server.lab import docker, errors, images, process
from server.lab.recipes import PYTHON

_LOG = logging.getLogger(__name__)

BASE_ON_HUB = "python:3.11-slim"

_HUB_DEADLINE = 120.0
_DOWNLOAD_DEADLINE = 600.0
_BUILD_DEADLINE = 600.0

_ROOT = Path(__file__).parents[2]

# What of the tree the Dockerfile copies.
_FILES = ("Dockerfile", ".ci/requirements.txt", "pyproject.toml", "README.md")
_PACKAGES = ("generator", "server", "packs")

_DESCRIBE_PYTHON = "import platform, sys; print(sys.version_info.major, sys.version_info.minor, platform.machine())"


def build(folder: Path, *, tag: str, base: str = "") -> str:
    """Build the image on ``base`` (by default what ``base_image`` says) and give the base that was used."""
    chosen = base or base_image(folder)
    context = folder / "service-image"
    shutil.rmtree(context, ignore_errors=True)
    _LOG.info("building %s on %s", tag, chosen)
    _copy_sources(context)
    _download_wheels(chosen, context / "wheels")
    _build_own_wheel(context)
    process.run(
        "docker",
        "build",
        "--quiet",
        "--force-rm",
        "--network=none",
        f"--build-arg=BASE_IMAGE={chosen}",
        f"--tag={tag}",
        str(context),
        deadline=_BUILD_DEADLINE,
    )
    return chosen


def base_image(folder: Path) -> str:
    """The hub's Python image if it is here or can be had, else one made from Debian packages."""
    if docker.present(PYTHON.image) and not docker.present(BASE_ON_HUB):
        return images.ensure(PYTHON, folder)
    try:
        if not docker.present(BASE_ON_HUB):
            docker.pull(BASE_ON_HUB, deadline=_HUB_DEADLINE)
    except errors.LabError:
        return images.ensure(PYTHON, folder)
    return BASE_ON_HUB


def _copy_sources(context: Path) -> None:
    for name in _FILES:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(_ROOT / name, context / name)
    for name in _PACKAGES:
        shutil.copytree(
            _ROOT / name,
            context / name,
            ignore=shutil.ignore_patterns("__pycache__"),
            symlinks=True,
        )


def _download_wheels(base: str, folder: Path) -> None:
    major, minor, machine = docker.run(base, "python3", "-c", _DESCRIBE_PYTHON).split()
    _pip(
        "download",
        "--no-deps",  # The pins are complete; a marker for another system must not fail the download.
        "--require-hashes",
        "--only-binary=:all:",
        f"--python-version={major}.{minor}",
        *(f"--platform={tag}_{machine}" for tag in ("manylinux_2_28", "manylinux2014", "linux")),
        f"--dest={folder}",
        f"--requirement={_ROOT / '.ci/requirements.txt'}",
    )


def _build_own_wheel(context: Path) -> None:
    """Our wheel, by the build backend of this virtual environment; the Dockerfile would have to download one."""
    _pip(
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        f"--wheel-dir={context / 'wheels'}",
        str(context),
    )


def _pip(command: str, *options: str) -> None:
    process.run(
        sys.executable,
        *("-m", "pip", "--disable-pip-version-check", "--quiet", command, *options),
        deadline=_DOWNLOAD_DEADLINE,
    )
