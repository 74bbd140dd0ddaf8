"""The lab's images, made from Debian packages, used as Nomad's docker driver would use them."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import Registry, docker, images, process, recipes, registry

pytestmark = pytest.mark.docker

# The container that Nomad's docker driver makes of the build task (docs of the pack): no capability but three, no
# default seccomp profile, and a host volume for the store.
_AS_BUILD_TASK = (
    "--user=build",
    "--network=host",
    "--cap-drop=all",
    "--cap-add=setuid",
    "--cap-add=setgid",
    "--cap-add=sys_chroot",
    "--security-opt=seccomp=unconfined",
)

_BUILD = """\
set -eu
export STORAGE_DRIVER=overlay TMPDIR=/store/tmp XDG_DATA_HOME=/store/data
mkdir -p /store/tmp /tmp/context "$HOME/.config/containers/registries.conf.d"
printf '[[registry]]\\nlocation = "%s"\\ninsecure = true\\n' "$1" \
    > "$HOME/.config/containers/registries.conf.d/lab.conf"
printf 'FROM %s/library/busybox\\nRUN id -u && echo made > /made\\n' "$1" > /tmp/context/Dockerfile
build() { buildah --root /store/storage --runroot /tmp/run "$@"; }
build info | grep 'Native Overlay Diff'
build build --quiet --layers --tag app /tmp/context
build push --quiet --digestfile /tmp/digest app "docker://$1/app:v1"
cat /tmp/digest
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, busybox: str) -> Iterator[Registry]:
    started = registry.start(tmp_path_factory.mktemp("registry"))
    name = f"{started.address}/library/busybox:latest"
    docker.tag(busybox, name)
    docker.push(name)
    docker.remove(name)
    yield started
    started.stop()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A host volume's folder, owned by the user that builds."""
    folder = tmp_path / "store"
    folder.mkdir(mode=0o700)
    os.chown(folder, 1000, 1000)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to uid 1000")
def test_buildah_builds_and_pushes_rootless_with_native_overlay(
    here: Registry, builder: str, store: Path
) -> None:
    said = docker.run(
        builder,
        *("bash", "-c", _BUILD, "build", here.address),
        options=(*_AS_BUILD_TASK, f"--volume={store}:/store"),
    )

    assert '"true"' in said.splitlines()[0]
    assert said.endswith(f"{here.digest('app', 'v1')}")
    image = f"{here.address}/app:v1"
    docker.pull(image)
    assert docker.run(image, "cat", "/made") == "made\n"
    docker.remove(image)


def test_the_builder_runs_as_build_and_maps_ids_by_file_capabilities(builder: str) -> None:
    said = docker.run(builder, "bash", "-c", "id -u; getcap $(command -v newuidmap newgidmap)")

    assert said.splitlines() == [
        "1000",
        "/usr/bin/newuidmap cap_setuid=ep",
        "/usr/bin/newgidmap cap_setgid=ep",
    ]


@pytest.mark.parametrize("program", ["buildah", "git", "skopeo", "curl", "timeout", "flock"])
def test_one_image_serves_every_phase(builder: str, program: str) -> None:
    assert program in docker.run(builder, "bash", "-c", f"command -v {program}")


def test_the_builder_cannot_fall_back_to_fuse(builder: str) -> None:
    assert docker.run(builder, "bash", "-c", "command -v fuse-overlayfs || echo none") == "none\n"


def test_an_image_is_made_once_and_again_only_for_a_new_recipe(
    images_folder: Path, builder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(images, "_make", lambda recipe, _: made.append(recipe.image))
    changed = recipes.Recipe(image=builder, suite="trixie", packages=("another",))

    images.ensure(recipes.BUILDER, images_folder)
    assert made == []
    images.ensure(changed, images_folder)
    assert made == [builder]


def test_our_builder_is_used_for_all_phases_when_it_is_here(
    images_folder: Path, builder: str
) -> None:
    chosen = images.phase_images(images_folder, hub=True, wanted={})

    assert {chosen.builder, chosen.source, chosen.copy} == {builder}


def test_images_that_the_user_names_come_first(images_folder: Path, builder: str) -> None:
    wanted = {"NOMAD_BUILD_COPY_IMAGE": "example.com/skopeo:1", "NOMAD_BUILD_SOURCE_IMAGE": ""}

    chosen = images.phase_images(images_folder, hub=False, wanted=wanted)

    assert chosen == images.PhaseImages(
        builder=builder, source=builder, copy="example.com/skopeo:1"
    )


def test_without_ours_the_hub_is_asked_and_ours_made_when_it_is_not_reached(
    images_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(images, "_made", lambda _: False)
    monkeypatch.setattr(images, "_make", lambda recipe, _: made.append(recipe.image))
    monkeypatch.setattr(images, "BUILDAH_ON_HUB", "127.0.0.1:9/buildah/stable:latest")

    chosen = images.phase_images(images_folder, hub=True, wanted={})

    assert made == [recipes.BUILDER.image]
    assert chosen.builder == recipes.BUILDER.image


def test_what_the_hub_gives_is_used_when_ours_is_not_here(
    images_folder: Path, busybox: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_made", lambda _: False)
    monkeypatch.setattr(images, "BUILDAH_ON_HUB", busybox)
    monkeypatch.setattr(images, "SKOPEO_ON_HUB", busybox)

    chosen = images.phase_images(images_folder, hub=True, wanted={})

    assert chosen == images.PhaseImages(builder=busybox, source=busybox, copy=busybox)


def test_the_busybox_image_has_a_shell_and_its_applets(busybox: str) -> None:
    assert docker.run(busybox, "sh", "-c", "echo $((6 * 7)) | tee /tmp/x") == "42\n"
    inspected = process.run("docker", "image", "inspect", busybox, deadline=10)
    assert json.loads(inspected)[0]["Size"] < 5_000_000


def test_the_pause_image_runs_until_it_is_stopped_and_then_ends_at_once(
    images_folder: Path, busybox: str
) -> None:
    del busybox
    image = images.ensure_pause(images_folder)
    holder = process.run("docker", "run", "--detach", "--rm", image, deadline=30).strip()
    try:
        running = ["docker", "inspect", "--format={{.State.Running}}", holder]
        assert process.run(*running, deadline=30).strip() == "true"
    finally:
        # Whoever does not listen is given 60 seconds: longer than this may take.
        process.run("docker", "stop", "--time=60", holder, deadline=30)
