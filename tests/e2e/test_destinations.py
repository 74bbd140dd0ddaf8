"""One image to several places: everywhere or nowhere as far as registries allow, with each place's credentials."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.lab import registry
from server.lab.credentials import Credentials
from tests.e2e.ground import Ground
from tests.e2e.staged import (
    Staged,
    keep_secret,
    large_image_of,
    new_build_id,
    stage,
    unanswering,
    writes_since,
)
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

MEMBER = Credentials("member", "a password: \"quoted\" and 'so'")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[registry.Registry]:
    """The registry that has staging."""
    started = registry.start(tmp_path_factory.mktemp("home"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[registry.Registry]:
    """Another registry, which takes images from one member only."""
    started = registry.start(tmp_path_factory.mktemp("closed"), credentials=MEMBER)
    yield started
    started.stop()


@pytest.fixture
def staged(ground: Ground, home: registry.Registry) -> Staged:
    return stage(ground.lab, home, new_build_id())


def other_places(
    staged: Staged, closed: registry.Registry, credentials: str
) -> tuple[dict[str, Any], list[str]]:
    """A second repository of the registry that has staging, and one of the other: variables, and all names."""
    second = f"{staged.registry.address}/public/{staged.build_id}"
    third = f"{closed.address}/{staged.repository}"
    places = [
        {"image": second, "tags": ["stable"], "credentials": ""},
        {"image": third, "tags": ["latest", "v1"], "credentials": credentials},
    ]
    first = f"{staged.registry.address}/{staged.repository}"
    names = [*(f"{first}:{tag}" for tag in staged.tags), f"{second}:stable"]
    names += [f"{third}:latest", f"{third}:v1"]
    registries = [staged.registry.address, closed.address]
    return {"destinations": places, "insecure_registries": registries}, names


def found(staged: Staged, closed: registry.Registry, names: list[str]) -> dict[str, str | None]:
    """What each name stands for."""
    by_address = {each.address: each for each in (staged.registry, closed)}
    digests = {}
    for name in names:
        address, _, rest = name.partition("/")
        repository, _, tag = rest.partition(":")
        digests[name] = by_address[address].digest(repository, tag)
    return digests


def test_every_place_has_the_image_under_its_own_tags_and_a_second_attempt_writes_nothing(
    ground: Ground, staged: Staged, closed: registry.Registry
) -> None:
    reference = keep_secret(ground.lab, "nomad/jobs/closed-registry", MEMBER)
    values, names = other_places(staged, closed, reference)
    job = staged.publish(**values)
    job.succeed()
    assert found(staged, closed, names) == dict.fromkeys(names, staged.digest)
    assert job.result("published") == "".join(f"{name} {staged.digest}\n" for name in names)
    assert staged.registry.tags(staged.staging) == []

    here, there = staged.registry.log_position(), closed.log_position()
    again = staged.publish(2, **values)
    again.succeed()
    assert writes_since(staged, here) == []
    assert [each for each in closed.access_log(since=there) if each.method == "PUT"] == []
    assert again.result("published") == job.result("published")


def test_no_tag_moves_anywhere_when_one_place_refuses_the_image(
    ground: Ground, staged: Staged, closed: registry.Registry
) -> None:
    stranger = Credentials(MEMBER.user, "guessed")
    reference = keep_secret(ground.lab, "nomad/jobs/stranger", stranger)
    values, names = other_places(staged, closed, reference)
    word, sentence = staged.publish(**values).fail()
    assert word == "push_denied"
    assert f"to {closed.address}/{staged.repository}, no tag was moved" in sentence
    assert found(staged, closed, names) == dict.fromkeys(names)
    assert staged.registry.tags(staged.staging) == [staged.build_id]


def test_two_repositories_of_one_registry_are_written_with_the_credentials_of_each(
    ground: Ground, tmp_path: Path
) -> None:
    # The registry knows one member: whoever writes with the credentials of the other place is refused there.
    where = registry.start(tmp_path)
    staged = stage(ground.lab, where, new_build_id())
    where.stop()
    where = registry.start(tmp_path, credentials=MEMBER)
    try:
        staged.registry = where
        good = keep_secret(ground.lab, "nomad/jobs/good", MEMBER)
        bad = keep_secret(ground.lab, "nomad/jobs/bad", Credentials("nobody", "nothing"))
        second = {"image": f"{where.address}/public/hello", "tags": ["v1"]}

        job = staged.publish(
            registry_credentials=good, destinations=[second | {"credentials": bad}]
        )
        word, sentence = job.fail()
        assert (word, where.tags("public/hello")) == ("push_denied", [])
        assert f"{where.address}/public/hello" in sentence

        job = staged.publish(
            2, registry_credentials=good, destinations=[second | {"credentials": good}]
        )
        job.succeed()
        assert where.digest("public/hello", "v1") == staged.digest
        assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    finally:
        where.stop()


def test_a_place_that_lost_the_image_gets_it_from_another_when_staging_is_empty(
    ground: Ground, staged: Staged, closed: registry.Registry
) -> None:
    reference = keep_secret(ground.lab, "nomad/jobs/closed-registry", MEMBER)
    values, names = other_places(staged, closed, reference)
    staged.publish(**values).succeed()
    staged.registry.delete(staged.repository, staged.digest)
    again = staged.publish(2, **values)
    again.succeed()
    assert " has the image from " in again.log()
    assert found(staged, closed, names) == dict.fromkeys(names, staged.digest)


def test_a_registry_that_goes_away_in_the_middle_is_said_with_the_names_that_stand(
    ground: Ground, home: registry.Registry, closed: registry.Registry
) -> None:
    # So many tags at the first place that the other registry is stopped long before its turn.
    staged = stage(ground.lab, home, new_build_id(), *(f"t{number:02}" for number in range(60)))
    reference = keep_secret(ground.lab, "nomad/jobs/closed-registry", MEMBER)
    values, names = other_places(staged, closed, reference)
    tags = Path(home.process.log.parent, "storage/docker/registry/v2/repositories")
    first = tags / staged.repository / "_manifests/tags/t00/current/link"
    job = staged.publish(registry_timeout=3, **values)
    wait_for(first.exists, "the first tag is written")
    with unanswering(closed):
        word, sentence = job.fail()
    assert word == "registry_unreachable"
    said, _, rest = sentence.partition("; not confirmed: ")
    standing = said.partition(": tags ")[2].removesuffix(" point at the tested image").split(", ")
    assert standing == [name for name in names if not name.startswith(closed.address)]
    assert rest.split(", ") == [name for name in names if name.startswith(closed.address)]

    staged.publish(2, **values).succeed()
    assert found(staged, closed, names) == dict.fromkeys(names, staged.digest)


def test_publishing_a_large_image_inside_one_registry_moves_no_layer(
    ground: Ground, home: registry.Registry, large_image: str
) -> None:
    staged = stage(ground.lab, home, new_build_id(), image=large_image)
    manifest: Any = home.manifest(staged.staging, staged.build_id)
    assert sum(layer["size"] for layer in manifest["layers"]) > 200_000_000
    position = home.log_position()
    staged.publish().succeed()
    requests = home.access_log(since=position)
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    assert [each for each in requests if each.moves_layer] == []
    # Nor the other way: a blob that is sent is begun and filled; one that is mounted is there at once.
    assert [each for each in requests if each.method == "PATCH"] == []
    mounted = [each for each in requests if each.method == "POST" and "mount=" in each.path]
    assert [each.status for each in mounted] == [201] * 2  # its configuration and its layer


@pytest.fixture(scope="module")
def large_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with large_image_of(tmp_path_factory.mktemp("large")) as name:
        yield name
