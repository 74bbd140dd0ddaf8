"""The lab's images: take one from its hub where that is reached, else make it from Debian packages.

An image made here carries its recipe's digest as a label; it is made again only when the recipe has changed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import io
import json
import logging
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.lab import docker, errors, process
from server.lab.recipes import BUILDER, PAUSE, Recipe

_LOG = logging.getLogger(__name__)

_LABEL = "nomad-build.recipe"
_MAKE_DEADLINE = 1200.0
_HUB_DEADLINE = 300.0
_QUICK = 60.0

BUILDAH_ON_HUB = "quay.io/buildah/stable:latest"
SKOPEO_ON_HUB = "quay.io/skopeo/stable:latest"

# The service's variables for the images, by the phase's name here.
VARIABLES = {
    "builder": "NOMAD_BUILD_BUILDER_IMAGE",
    "source": "NOMAD_BUILD_SOURCE_IMAGE",
    "copy": "NOMAD_BUILD_COPY_IMAGE",
}

BUSYBOX = "nomad-build/busybox:local"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseImages:
    """The images that the phases of a build run in: buildah, git and skopeo."""

    builder: str
    source: str
    copy: str


def phase_images(folder: Path, *, hub: bool, wanted: Mapping[str, str]) -> PhaseImages:
    """Images for the phases, those in ``wanted`` (the process's environment) first.

    Else our own if it is here, else the hub's if it may be asked and is reached, else our own, made now.
    """
    named = {phase: wanted[name] for phase, name in VARIABLES.items() if wanted.get(name)}
    if len(named) == len(VARIABLES):
        return PhaseImages(**named)
    return dataclasses.replace(_default_images(folder, hub=hub), **named)


def _default_images(folder: Path, *, hub: bool) -> PhaseImages:
    if not _made(BUILDER) and hub and _pulled(BUILDAH_ON_HUB, SKOPEO_ON_HUB):
        return PhaseImages(builder=BUILDAH_ON_HUB, source=BUILDAH_ON_HUB, copy=SKOPEO_ON_HUB)
    own = ensure(BUILDER, folder)
    return PhaseImages(builder=own, source=own, copy=own)


def _pulled(*names: str) -> bool:
    """Whether the images are here, fetched now if need be."""
    try:
        for image in names:
            if not docker.present(image):
                _LOG.info("pulling %s", image)
                docker.pull(image, deadline=_HUB_DEADLINE)
    except errors.LabError as error:
        _LOG.info("no hub is reached from here: %s", error)
        return False
    return True


def ensure(recipe: Recipe, folder: Path) -> str:
    """The recipe's image, made if it is not here as the recipe says."""
    with _one_at_a_time(folder):
        if not _made(recipe):
            _LOG.info("making %s from Debian packages, about a minute the first time", recipe.image)
            _make(recipe, folder)
    return recipe.image


def ensure_busybox(folder: Path) -> str:
    """A tiny image with a shell, of Debian's busybox-static: a base for hello-world builds."""
    with _one_at_a_time(folder):
        if not docker.present(BUSYBOX):
            _make_busybox(folder)
    return BUSYBOX


def ensure_pause(folder: Path) -> str:
    """An image that does nothing until it is stopped, at once: it holds the network of a Nomad group."""
    busybox = ensure_busybox(folder)
    with _one_at_a_time(folder):
        if not docker.present(PAUSE):
            command = ["sh", "-c", "trap 'exit 0' TERM; sleep infinity & wait"]
            docker.derive(busybox, PAUSE, (f"CMD {json.dumps(command)}",))
    return PAUSE


def _made(recipe: Recipe) -> bool:
    found = docker.labels(recipe.image)
    return found is not None and found.get(_LABEL) == recipe.digest


def _make(recipe: Recipe, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix="image-") as scratch:
        archive = Path(scratch, "root.tar")
        script = Path(scratch, "script.sh")
        script.write_text(recipe.script)
        process.run(
            "mmdebstrap",
            "--variant=essential",
            '--aptopt=Apt::Install-Recommends "false"',
            *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale")),
            f"--include={','.join(recipe.packages)}",
            f'--customize-hook=sh {script} "$1"',
            recipe.suite,
            str(archive),
            *_mirror(),
            deadline=_MAKE_DEADLINE,
        )
        changes = (*recipe.changes, f"LABEL {_LABEL}={recipe.digest}")
        docker.import_archive(archive, recipe.image, changes)


def _make_busybox(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder, prefix="busybox-") as scratch:
        # The address of the package is apt's to know, so that the machine's mirrors and pins hold.
        process.run(
            "sh",
            "-c",
            'cd "$1" && apt-get download -q busybox-static && dpkg-deb -x busybox-static_*.deb root',
            "sh",
            scratch,
            deadline=_QUICK,
        )
        binary = next(Path(scratch, "root").glob("**/bin/busybox"))
        applets = process.run(str(binary), "--list", deadline=_QUICK).split()
        archive = Path(scratch, "root.tar")
        archive.write_bytes(_busybox_archive(binary.read_bytes(), applets))
        changes = (
            "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            'CMD ["sh"]',
        )
        docker.import_archive(archive, BUSYBOX, changes)


def _busybox_archive(binary: bytes, applets: list[str]) -> bytes:
    """A root filesystem as a tar archive whose bytes depend on nothing but the arguments."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:

        def add(name: str, kind: bytes, mode: int, content: bytes = b"", target: str = "") -> None:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode, entry.linkname = kind, mode, target
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))

        for name, mode in (("bin", 0o755), ("etc", 0o755), ("root", 0o700), ("tmp", 0o1777)):
            add(name, tarfile.DIRTYPE, mode)
        add("etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0:root:/root:/bin/sh\n")
        add("etc/group", tarfile.REGTYPE, 0o644, b"root:x:0:\n")
        add("bin/busybox", tarfile.REGTYPE, 0o755, binary)
        for applet in sorted(set(applets) - {"busybox"}):
            add(f"bin/{applet}", tarfile.SYMTYPE, 0o777, target="busybox")
    return buffer.getvalue()


def _mirror() -> tuple[str, ...]:
    """The Debian mirror that this machine's apt uses; none leaves mmdebstrap its own default."""
    listed = process.run(
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI) $(LABEL)",
        "Created-By: Packages",
        "Origin: Debian",
        deadline=_QUICK,
    )
    mirrors = [
        line.removesuffix(" Debian") for line in listed.splitlines() if line.endswith(" Debian")
    ]
    return tuple(mirrors[:1])


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Two runs that need the same image make it once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
