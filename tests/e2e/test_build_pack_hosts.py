"""What a host lacks for rootless Buildah is said in one word and one sentence, before anything is built."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from server.lab import docker
from tests.e2e.ground import Ground
from tests.e2e.pack_builds import build, fresh_scope, scope_folder

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

ONLY_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount and give files away")


@pytest.fixture
def image_with(ground: Ground) -> Iterator[Callable[[str], str]]:
    """Make a builder image in which a command was run, for the test's time."""
    made: list[str] = []

    def make(command: str) -> str:
        name, image = f"unfit-{uuid.uuid4().hex[:10]}", f"unfit:{uuid.uuid4().hex[:10]}"
        made.append(image)
        run = ["docker", "run", "--name", name, "--user", "root", ground.lab.images.builder]
        subprocess.run([*run, "sh", "-c", command], check=True, capture_output=True)
        try:
            commit = ["docker", "commit", "--change", "USER build", name, image]
            subprocess.run(commit, check=True, capture_output=True)
        finally:
            subprocess.run(["docker", "rm", name], check=True, capture_output=True)
        return image

    yield make
    docker.remove(*made)


def unfitness(ground: Ground, **values: Any) -> tuple[str, str]:
    """What a build says of the host: the word and the sentence."""
    # A step for another user needs what is looked for; it is not to be reached.
    failing = build(ground, "FROM {base}\nRUN echo a step runs; chown 7:7 /tmp\n", **values)
    word, sentence = failing.fail()
    assert word == "host_unfit", sentence
    assert "a step runs" not in failing.log()
    what, _, why = sentence.partition(": ")
    return what, why


def test_user_namespaces_that_are_forbidden(ground: Ground) -> None:
    # Docker's own profile lets nobody make one.
    word, why = unfitness(ground, security_opt=[])
    assert word == "userns"
    assert "seccomp=unconfined" in why


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("rm /usr/bin/newuidmap", "no program newuidmap"),
        ("setcap -r /usr/bin/newuidmap", "file capabilities"),
        (": >/etc/subgid", "no subordinate ids in /etc/subgid"),
    ],
)
def test_subordinate_ids_that_are_not_to_be_had(
    ground: Ground, image_with: Callable[[str], str], command: str, part: str
) -> None:
    word, why = unfitness(ground, builder_image=image_with(command))
    assert word == "newuidmap"
    assert part in why


def test_an_image_without_buildah_or_with_an_old_one(
    ground: Ground, image_with: Callable[[str], str]
) -> None:
    missing = image_with("rm /usr/bin/buildah")
    assert unfitness(ground, builder_image=missing)[0] == "buildah"
    # One that knows no --cache-from is older than what was tried.
    old = image_with(
        "mv /usr/bin/buildah /usr/bin/buildah.real; "
        "printf '#!/bin/sh\\n/usr/bin/buildah.real \"$@\" | sed /--cache-from/d\\n' >/usr/bin/buildah; "
        "chmod 755 /usr/bin/buildah"
    )
    word, why = unfitness(ground, builder_image=old)
    assert (word, "too old" in why) == ("buildah", True)


def test_containers_of_other_builds_that_vanish_meanwhile_are_no_fault_of_the_host(
    ground: Ground, image_with: Callable[[str], str]
) -> None:
    # Whoever reads the containers one by one fails at the one that another build has just removed.
    vanishing = image_with(
        "mv /usr/bin/buildah /usr/bin/buildah.real; "
        "printf '#!/bin/sh\\n"
        'case " $* " in *" containers "*) echo Error: container not known >&2; exit 125;; esac\\n'
        'exec /usr/bin/buildah.real "$@"\\n'
        "' >/usr/bin/buildah; chmod 755 /usr/bin/buildah"
    )
    build(ground, "FROM {base}\nRUN true\n", builder_image=vanishing).succeed()


@ONLY_ROOT
def test_a_store_that_belongs_to_somebody_else(ground: Ground) -> None:
    scope = fresh_scope()
    scope_folder(ground, scope).mkdir(mode=0o755)
    word, why = unfitness(ground, cache_scope=scope)
    assert word == "store"
    assert "uid 1000" in why
    assert "chown 1000:1000" in why


@pytest.fixture
def layered(ground: Ground, tmp_path: Path) -> Iterator[str]:
    """A store's folder on an overlay, on which there can be no other; the scope's name."""
    scope = fresh_scope()
    folder = scope_folder(ground, scope)
    lower, upper, work = (tmp_path / name for name in ("lower", "upper", "work"))
    for each in (folder, lower, upper, work):
        each.mkdir()
        os.chown(each, 1000, 1000)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(folder)], check=True)
    yield scope
    subprocess.run(["umount", str(folder)], check=True)


@ONLY_ROOT
def test_a_file_system_on_which_there_is_no_overlay_and_vfs_builds_there(
    ground: Ground, layered: str
) -> None:
    word, why = unfitness(ground, cache_scope=layered)
    assert word == "overlay"
    assert "storage_driver to vfs" in why
    build(
        ground, "FROM {base}\nRUN chown 7:7 /tmp\n", cache_scope=layered, storage_driver="vfs"
    ).succeed()
