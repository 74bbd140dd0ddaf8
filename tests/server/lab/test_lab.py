"""The lab as a whole; who runs the jobs is given by address, so that only the other parts are started."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from server import config
from server.lab import Lab, docker, errors, lab, loopback, stop_left_running
from server.lab.lab import default_folder

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("builder", "busybox")]

_SOMEWHERE = "http://127.0.0.1:4646"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "lab"
    yield folder
    stop_left_running(folder)


def test_everything_that_a_build_needs_is_there(folder: Path) -> None:
    with Lab(engine=_SOMEWHERE, folder=folder) as here:
        repository = here.git.create("hello-world", {"Dockerfile": f"FROM {here.base_image}\n"})

        assert here.registry.digest("library/busybox", "latest") is not None
        assert here.base_image == f"{here.registry.address}/library/busybox:latest"
        assert docker.present(here.images.builder)
        assert repository.url.startswith("http://127.0.0.1:")
        assert here.cache.stat().st_uid == lab.BUILD_UID
        assert here.environment() == {
            "NOMAD_ADDR": _SOMEWHERE,
            "NOMAD_BUILD_BUILDER_IMAGE": here.images.builder,
            "NOMAD_BUILD_SOURCE_IMAGE": here.images.source,
            "NOMAD_BUILD_COPY_IMAGE": here.images.copy,
            "NOMAD_BUILD_INSECURE_REGISTRIES": here.registry.address,
            "NOMAD_BUILD_GIT_PROTOCOLS": "http,https,ssh",
            "NOMAD_BUILD_GIT_HOSTS": "127.0.0.1,localhost",
            "NOMAD_BUILD_REGISTRY_HOSTS": "127.0.0.1,localhost",
            "NOMAD_BUILD_NETWORK_MODE": "host",
        }


def test_the_environment_is_one_that_the_service_understands(folder: Path) -> None:
    with Lab(engine=_SOMEWHERE, folder=folder) as here:
        settings = config.read_config(here.environment())

    assert settings.network_mode == "host"
    assert settings.builder_image == here.images.builder


def test_the_next_run_has_the_same_addresses_and_content(folder: Path) -> None:
    files = {"Dockerfile": "FROM scratch\n"}
    with Lab(engine=_SOMEWHERE, folder=folder) as here:
        first = (here.base_image, here.git.create("hello-world", files))
        base = here.registry.digest("library/busybox", "latest")
    with Lab(engine=_SOMEWHERE, folder=folder) as here:
        assert (here.base_image, here.git.create("hello-world", files)) == first
        assert here.registry.digest("library/busybox", "latest") == base


def test_what_was_started_is_stopped_at_the_end_also_after_an_error(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), Lab(engine=_SOMEWHERE, folder=folder) as here:
        _ = 1 // (here.registry.process.pid - here.registry.process.pid)

    assert not here.registry.process.alive()
    assert docker.running()


def test_a_lab_that_is_kept_is_found_again_and_stopped_on_demand(folder: Path) -> None:
    with Lab(engine=_SOMEWHERE, folder=folder, keep=True) as here:
        left = here.registry.process
    assert left.alive()

    with Lab(engine=_SOMEWHERE, folder=folder) as here:
        assert here.registry.process.pid == left.pid
    assert left.alive()

    assert stop_left_running(folder) == ["docker-registry"]
    assert not left.alive()
    assert stop_left_running(folder) == []


def test_two_labs_never_share_a_folder(folder: Path) -> None:
    with (
        Lab(engine=_SOMEWHERE, folder=folder),
        pytest.raises(errors.NotReady, match="another lab uses"),
        Lab(engine=_SOMEWHERE, folder=folder),
    ):
        pass


def test_state_is_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "nomad-build/lab"

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_folder() == tmp_path / "home/.cache/nomad-build/lab"


@pytest.mark.skipif(os.geteuid() != 0, reason="the folder is given away by root here")
def test_the_stores_folder_is_put_right_when_it_belongs_to_somebody_else(folder: Path) -> None:
    cache = folder / lab.CACHE_VOLUME
    cache.mkdir(parents=True)
    os.chown(cache, 12345, 12345)

    with Lab(engine=_SOMEWHERE, folder=folder):
        assert cache.stat().st_uid == lab.BUILD_UID


def test_the_embedded_engine_offers_the_stores_volume_and_is_kept_like_every_part(
    folder: Path,
) -> None:
    with Lab(engine="embedded", folder=folder, keep=True) as here:
        address = here.nomad_address
        nodes = loopback.ask("GET", f"{address}/v1/nodes").json()
        node = loopback.ask("GET", f"{address}/v1/node/{nodes[0]['ID']}").json()
    assert node["HostVolumes"][lab.CACHE_VOLUME]["Path"] == str(here.cache)

    with Lab(engine="embedded", folder=folder) as here:
        assert here.nomad_address == address
        assert loopback.answers(f"{address}/v1/status/leader")

    assert stop_left_running(folder) == ["engine", "docker-registry"]
    assert not loopback.answers(f"{address}/v1/status/leader")
