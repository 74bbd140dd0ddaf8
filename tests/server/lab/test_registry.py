"""The registry, with images pushed by the real engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import Credentials, Registry, docker, errors, process, registry

pytestmark = pytest.mark.docker


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Registry]:
    started = registry.start(tmp_path / "registry")
    yield started
    started.stop()


def push(image: str, name: str) -> None:
    docker.tag(image, name)
    docker.push(name)
    docker.remove(name)


def test_a_pushed_image_has_a_tag_a_digest_and_a_manifest(here: Registry, busybox: str) -> None:
    push(busybox, f"{here.address}/team/app:v1")
    push(busybox, f"{here.address}/team/app:latest")

    digest = here.digest("team/app", "v1")

    assert here.repositories() == ["team/app"]
    assert here.tags("team/app") == ["latest", "v1"]
    assert digest is not None
    assert digest.startswith("sha256:")
    assert here.digest("team/app", digest) == digest == here.digest("team/app", "latest")
    assert here.manifest("team/app", digest)["schemaVersion"] == 2


def test_what_is_not_there_has_no_tags_and_no_digest(here: Registry) -> None:
    assert here.repositories() == []
    assert here.tags("team/app") == []
    assert here.digest("team/app", "v1") is None
    with pytest.raises(errors.RegistryError, match="404"):
        here.manifest("team/app", "v1")


def test_deleting_a_tag_deletes_every_tag_of_its_digest(here: Registry, busybox: str) -> None:
    push(busybox, f"{here.address}/staging/app:one")
    push(busybox, f"{here.address}/staging/app:two")

    here.delete("staging/app", "one")
    here.delete("staging/app", "one")

    assert here.tags("staging/app") == []
    assert here.digest("staging/app", "two") is None


def test_the_access_log_tells_a_moved_layer_from_a_mounted_one(
    here: Registry, busybox: str, builder: str
) -> None:
    source, insecure = f"docker://{here.address}/one/app:v1", ("--tls-verify=false",)
    push(busybox, f"{here.address}/one/app:v1")
    before = here.log_position()

    docker.run(
        builder,
        *("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"),
        *("--preserve-digests", source, f"docker://{here.address}/two/app:v1"),
        options=("--network=host",),
    )
    copied = here.log_position()
    docker.run(
        builder,
        *("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false"),
        *("--preserve-digests", source, f"docker://{here.address}/two/app:v2"),
        options=("--network=host",),
    )
    said = docker.run(builder, "skopeo", "inspect", *insecure, source, options=("--network=host",))

    moved = [line for line in here.access_log(since=before) if line.moves_layer]
    assert len(moved) == 1
    assert moved[0].path.startswith("/v2/one/app/blobs/sha256:")
    assert moved[0].agent.startswith("skopeo/")
    assert not [line for line in here.access_log(since=copied) if line.moves_layer]
    assert str(here.digest("two/app", "v2")) in said


def test_with_credentials_every_request_needs_them(tmp_path: Path) -> None:
    login = Credentials("pusher", "s3cret:%")
    closed = registry.start(tmp_path / "registry", credentials=login)
    try:
        assert closed.repositories() == []
        assert registry.start(tmp_path / "registry", credentials=login).repositories() == []
        for other in (None, Credentials("pusher", "wrong")):
            stranger = registry.start(tmp_path / "registry", credentials=other)
            with pytest.raises(errors.RegistryError, match="401"):
                stranger.repositories()
    finally:
        closed.stop()


def test_content_and_address_are_there_again_in_the_next_run(tmp_path: Path, busybox: str) -> None:
    first = registry.start(tmp_path / "registry")
    push(busybox, f"{first.address}/app:v1")
    digest = first.digest("app", "v1")
    first.stop()

    second = registry.start(tmp_path / "registry")

    assert second.address == first.address
    assert second.digest("app", "v1") == digest
    second.stop()


def test_a_running_registry_of_the_folder_is_used_again(here: Registry, tmp_path: Path) -> None:
    again = registry.start(tmp_path / "registry")

    assert again.address == here.address
    assert again.process.pid == here.process.pid
    assert again.process.adopted


def test_a_registry_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.lab.ports.remembered", lambda _: 1 << 17)

    with pytest.raises(errors.NotReady, match="invalid port"):
        registry.start(tmp_path / "registry")

    assert process.find("docker-registry", tmp_path / "registry") is None
