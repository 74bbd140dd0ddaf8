"""Registries as the large ones are: they hand out tokens, and list what refers to an image by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from server.lab import registry
from server.lab.credentials import Credentials
from tests.e2e import front
from tests.e2e.ground import Ground
from tests.e2e.jobs import PackJob
from tests.e2e.staged import Staged, keep_secret, new_build_id, stage

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

MEMBER = Credentials("member", "a password")
IN_TOTO = "application/vnd.in-toto+json"


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[registry.Registry]:
    started = registry.start(tmp_path_factory.mktemp("registry"))
    yield started
    started.stop()


@pytest.fixture
def staged(ground: Ground, behind: registry.Registry) -> Staged:
    return stage(ground.lab, behind, new_build_id())


def publish(
    staged: Staged, before: front.Front, credentials: Credentials, **values: Any
) -> PackJob:
    reference = keep_secret(staged.lab, f"nomad/jobs/{staged.build_id}", credentials)
    return staged.publish(
        staging_image=f"{before.address}/{staged.staging}:{staged.build_id}",
        image=f"{before.address}/{staged.repository}",
        insecure_registries=[before.address],
        registry_credentials=reference,
        **values,
    )


def test_blobs_are_mounted_in_a_registry_that_hands_out_tokens(staged: Staged) -> None:
    position = staged.registry.log_position()
    with front.stand_before(staged.registry.address, MEMBER, lists=False) as before:
        publish(staged, before, MEMBER).succeed()
    requests = staged.registry.access_log(since=position)
    mounted = [each for each in requests if each.method == "POST"]
    assert {each.status for each in mounted} == {201}
    assert all("mount=" in each.path for each in mounted)
    assert [each for each in requests if each.method == "PATCH"] == []
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)


def test_whoever_gets_no_token_moves_no_tag(staged: Staged) -> None:
    with front.stand_before(staged.registry.address, MEMBER, lists=True) as before:
        stranger = Credentials(MEMBER.user, "guessed")
        word, sentence = publish(staged, before, stranger, provenance="{}").fail()
    assert word == "push_denied"
    assert "no tag was moved" in sentence
    assert staged.digests() == dict.fromkeys(staged.tags)


def test_the_list_of_a_registry_without_one_is_written_with_a_token(staged: Staged) -> None:
    with front.stand_before(staged.registry.address, MEMBER, lists=False) as before:
        publish(staged, before, MEMBER, provenance="{}").succeed()
    listed = staged.digest.replace(":", "-")
    assert staged.registry.tags(staged.repository) == sorted([*staged.tags, listed])


def test_a_registry_that_lists_referrers_itself_gets_no_list(staged: Staged) -> None:
    with front.stand_before(staged.registry.address, MEMBER, lists=True) as before:
        job = publish(staged, before, MEMBER, provenance="{}")
        job.succeed()
        (found,) = before.referrers[staged.repository, staged.digest]
    assert f"{found['artifactType']} {found['digest']}\n" == job.result("evidence")
    assert found["artifactType"] == IN_TOTO
    assert staged.registry.tags(staged.repository) == sorted(staged.tags)
