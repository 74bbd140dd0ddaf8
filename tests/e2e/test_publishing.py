"""The publish pack alone: run again, interrupted, contradicted; what it says of tags is what the registry has."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from server.lab import process, registry
from tests.e2e.ground import Ground
from tests.e2e.staged import Staged, new_build_id, stage, writes_since
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def own_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[registry.Registry]:
    started = registry.start(tmp_path_factory.mktemp("registry"))
    yield started
    started.stop()


@pytest.fixture
def build_id() -> str:
    return new_build_id()


@pytest.fixture
def staged(ground: Ground, own_registry: registry.Registry, build_id: str) -> Staged:
    return stage(ground.lab, own_registry, build_id)


def test_a_publish_names_the_image_says_what_it_verified_and_empties_staging(
    staged: Staged,
) -> None:
    job = staged.publish()
    job.succeed()
    assert job.id == f"publish-{staged.build_id}"
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    assert job.result("published") == "".join(f"{tag} {staged.digest}\n" for tag in staged.tags)
    manifest: Any = staged.registry.manifest(staged.repository, "latest")
    size = sum(each["size"] for each in [manifest["config"], *manifest["layers"]])
    assert int(job.result("size")) == size
    assert staged.registry.tags(staged.staging) == []


def test_a_second_attempt_after_a_good_one_succeeds_and_writes_nothing(staged: Staged) -> None:
    staged.publish().succeed()
    position = staged.registry.log_position()
    again = staged.publish(2)
    again.succeed()
    assert again.id == f"publish-{staged.build_id}-2"
    assert writes_since(staged, position) == []
    assert again.result("published") == "".join(f"{tag} {staged.digest}\n" for tag in staged.tags)


def test_a_tag_that_somebody_moved_is_set_again_although_staging_is_gone(staged: Staged) -> None:
    staged.publish().succeed()
    other = staged.move("v1")
    assert staged.digests() == {"latest": staged.digest, "v1": other}
    position = staged.registry.log_position()
    staged.publish(2).succeed()
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    assert writes_since(staged, position) == [f"PUT /v2/{staged.repository}/manifests/v1"]


def test_two_attempts_side_by_side_both_succeed(staged: Staged) -> None:
    for job in [staged.publish(1), staged.publish(2)]:
        job.succeed()
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    assert staged.registry.tags(staged.staging) == []


def test_an_image_that_is_nowhere_is_said_to_be_so(staged: Staged) -> None:
    staged.registry.delete(staged.staging, staged.build_id)
    word, sentence = staged.publish().fail()
    assert word == "publish_incomplete"
    assert sentence.endswith("no tag was moved")
    assert staged.digests() == dict.fromkeys(staged.tags)


def test_a_registry_that_stops_answering_in_the_middle_is_said_with_the_tags_that_stand(
    ground: Ground, own_registry: registry.Registry, build_id: str
) -> None:
    # So many that the registry is stopped long before the last of them, however late the test is.
    staged = stage(ground.lab, own_registry, build_id, *(f"t{number:02}" for number in range(60)))
    tags = Path(own_registry.process.log.parent, "storage/docker/registry/v2/repositories")
    second = tags / staged.repository / "_manifests/tags/t01/current/link"
    job = staged.publish(registry_timeout=3)
    wait_for(second.exists, "the first tag is known to be in place, and the second is written")
    with staged.stopped():
        word, sentence = job.fail()
    assert word == "registry_unreachable"
    there = [tag for tag, digest in staged.digests().items() if digest is not None]
    assert 0 < len(there) < len(staged.tags)
    known, _, rest = sentence.partition("; not confirmed: ")
    said = known.partition(": tag")[2].removeprefix("s ").strip().partition(" point")[0].split(", ")
    assert [*said, *rest.split(", ")] == list(staged.tags)
    # The write that got no answer may have come through.
    assert there in (said, [*said, staged.tags[len(said)]])
    assert staged.registry.tags(staged.staging) == [build_id]

    staged.publish(2).succeed()
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    assert staged.registry.tags(staged.staging) == []


def test_a_registry_that_is_down_has_moved_no_tag(staged: Staged) -> None:
    with staged.stopped():
        word, sentence = staged.publish(registry_timeout=2).fail()
    assert word == "registry_unreachable"
    assert "no tag was moved" in sentence


def test_a_cleanup_says_what_it_found(staged: Staged) -> None:
    removed = staged.clean_up()
    removed.succeed()
    assert removed.result("cleaned") == "removed\n"
    assert staged.registry.tags(staged.staging) == []
    # Under another name: Nomad does not run a job that has succeeded once more.
    absent = staged.clean_up(build_id=f"{staged.build_id}-again")
    absent.succeed()
    assert "is not there: nothing to remove" in absent.log()
    assert absent.result("cleaned") == "absent\n"


@pytest.fixture
def undeleting(tmp_path: Path) -> Iterator[registry.Registry]:
    """A registry that allows no deletes."""
    ready = registry.start(tmp_path)
    ready.stop()
    configuration = tmp_path / "config.json"
    settings = json.loads(configuration.read_text())
    settings["storage"]["delete"]["enabled"] = False
    configuration.write_text(json.dumps(settings))

    def answers() -> bool:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(f"http://{ready.address}/v2/", timeout=5).ok
        return False

    started = process.start(
        "docker-registry",
        ["docker-registry", "serve", str(configuration)],
        folder=tmp_path,
        ready=answers,
        deadline=30,
    )
    yield registry.Registry(address=ready.address, credentials=None, process=started)
    started.stop()


def test_a_registry_without_deletes_is_a_warning_for_publish_and_cleanup(
    ground: Ground, undeleting: registry.Registry, build_id: str
) -> None:
    staged = stage(ground.lab, undeleting, build_id)
    cleanup = staged.clean_up()
    cleanup.succeed()
    assert cleanup.result("cleaned") == "unsupported\n"
    assert "stays: the registry does not allow deletes" in cleanup.log()
    publish = staged.publish()
    publish.succeed()
    assert "does the registry allow deletes?" in publish.log()
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
