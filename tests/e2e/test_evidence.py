"""What is known of an image hangs on it before a tag moves: its parts, and where it comes from."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from server.lab import docker, registry
from tests.e2e.ground import Ground
from tests.e2e.jobs import PackJob
from tests.e2e.staged import (
    Staged,
    new_build_id,
    put_manifest,
    stage,
    writes_since,
)
from tests.waiting import wait_for

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

INDEX = "application/vnd.oci.image.index.v1+json"
IN_TOTO = "application/vnd.in-toto+json"
FORMATS = {"spdx": "application/spdx+json", "cyclonedx": "application/vnd.cyclonedx+json"}

# Whatever is in a document, it is a blob: nothing of it gets into the JSON around it.
STATEMENT = (
    '{"_type": "https://in-toto.io/Statement/v1", "note": "\\"]}, $(id) `id` \\\\ %s ☃\\n"}\n'
)


@pytest.fixture(scope="module")
def own_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[registry.Registry]:
    started = registry.start(tmp_path_factory.mktemp("registry"))
    yield started
    started.stop()


@pytest.fixture
def staged(ground: Ground, own_registry: registry.Registry) -> Staged:
    return stage(ground.lab, own_registry, new_build_id())


@pytest.fixture(scope="module")
def scanner() -> str:
    """The image with syft; there is no hub here to take it from."""
    image = os.environ.get("NOMAD_BUILD_SBOM_IMAGE") or "nomad-build/syft:local"
    if not docker.present(image):
        message = f"NOT TESTED, no SBOM is made: the image {image} is not here (NOMAD_BUILD_SBOM_IMAGE names another)"
        warnings.warn(pytest.PytestWarning(message), stacklevel=1)
        pytest.skip(message)
    return image


def list_name(digest: str) -> str:
    """The tag below which a registry without a list of its own has it."""
    return digest.replace(":", "-")


def attached(
    where: registry.Registry, repository: str, digest: str
) -> dict[str, list[dict[str, Any]]]:
    """What refers to an image, by type: the manifests, each with its own digest as ``_digest``."""
    index: Any = where.manifest(repository, list_name(digest))
    assert index["mediaType"] == INDEX
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in index["manifests"]:
        manifest: Any = where.manifest(repository, entry["digest"])
        assert manifest["artifactType"] == entry["artifactType"]
        found.setdefault(entry["artifactType"], []).append(manifest | {"_digest": entry["digest"]})
    return found


def document(where: registry.Registry, repository: str, manifest: dict[str, Any]) -> bytes:
    """The document in an artifact, as curl fetches it, of the size and digest that the manifest says."""
    (layer,) = manifest["layers"]
    address = f"http://{where.address}/v2/{repository}/blobs/{layer['digest']}"
    content = subprocess.run(
        ["curl", "--silent", "--fail", address], capture_output=True, check=True
    ).stdout
    assert len(content) == layer["size"]
    assert f"sha256:{hashlib.sha256(content).hexdigest()}" == layer["digest"]
    return content


def evidence_of(job: PackJob) -> dict[str, str]:
    """What the job says it has attached: digests by type."""
    return dict(line.split() for line in job.result("evidence").splitlines())


def test_a_statement_is_attached_byte_for_byte_everywhere_before_any_tag(staged: Staged) -> None:
    second = f"{staged.registry.address}/public/{staged.build_id}"
    position = staged.registry.log_position()
    job = staged.publish(
        provenance=STATEMENT,
        destinations=[{"image": second, "tags": ["stable"], "credentials": ""}],
    )
    job.succeed()
    for repository in (staged.repository, f"public/{staged.build_id}"):
        found = attached(staged.registry, repository, staged.digest)
        assert list(found) == [IN_TOTO]
        (manifest,) = found[IN_TOTO]
        assert evidence_of(job) == {IN_TOTO: manifest["_digest"]}
        image = json.dumps(staged.registry.manifest(repository, staged.digest), indent=3)
        assert manifest["subject"] == {
            "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "digest": staged.digest,
            "size": len(image),
        }
        assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
        assert document(staged.registry, repository, manifest).decode() == STATEMENT
    written = [path.rpartition("/")[2] for path in writes_since(staged, position)]
    listed = list_name(staged.digest)
    first_tag = min(written.index(tag) for tag in (*staged.tags, "stable"))
    assert max(number for number, name in enumerate(written) if name == listed) < first_tag


def test_another_attempt_attaches_nothing_twice(staged: Staged) -> None:
    staged.publish(provenance=STATEMENT).succeed()
    position = staged.registry.log_position()
    again = staged.publish(2, provenance=STATEMENT)
    again.succeed()
    artifact = f"PUT /v2/{staged.repository}/manifests/{evidence_of(again)[IN_TOTO]}"
    assert set(writes_since(staged, position)) <= {artifact}  # which is there, and stays the same
    assert len(attached(staged.registry, staged.repository, staged.digest)[IN_TOTO]) == 1


def test_two_attempts_side_by_side_attach_one_statement(staged: Staged) -> None:
    for job in [staged.publish(1, provenance=STATEMENT), staged.publish(2, provenance=STATEMENT)]:
        job.succeed()
    assert len(attached(staged.registry, staged.repository, staged.digest)[IN_TOTO]) == 1


@pytest.mark.parametrize("indent", [None, 3])
def test_what_others_have_attached_stays_in_the_list(staged: Staged, indent: int | None) -> None:
    # Published before, as another image would be, so that there is something to refer to.
    staged.publish(provenance='{"_type": "theirs"}', tags=["before"]).succeed()
    ((theirs,),) = attached(staged.registry, staged.repository, staged.digest).values()
    hostile = 'x", "manifests": [ ], ]} $(id) `id` & \\1 |☃'
    entry = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": theirs["_digest"],
        "size": len(json.dumps(theirs)),
        "artifactType": IN_TOTO,
        "annotations": {"note": hostile, "manifests": "["},
    }
    index = {
        "schemaVersion": 2,
        "mediaType": INDEX,
        "annotations": {"all": hostile},
        "manifests": [entry],
    }
    name = list_name(staged.digest)
    text = json.dumps(index, indent=indent)
    put_manifest(staged.registry, staged.repository, name, text, INDEX)

    staged.publish(2, provenance=STATEMENT).succeed()
    after: Any = staged.registry.manifest(staged.repository, name)
    ours, kept = after.pop("manifests")
    assert (kept, after) == (index.pop("manifests")[0], index)  # type: ignore[index]
    assert ours["artifactType"] == IN_TOTO
    manifest: Any = staged.registry.manifest(staged.repository, ours["digest"])
    assert document(staged.registry, staged.repository, manifest).decode() == STATEMENT


def test_a_list_that_is_empty_gets_its_first_member(staged: Staged) -> None:
    staged.publish(tags=["before"]).succeed()
    text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}, indent=2)
    put_manifest(staged.registry, staged.repository, list_name(staged.digest), text, INDEX)
    staged.publish(2, provenance=STATEMENT).succeed()
    assert list(attached(staged.registry, staged.repository, staged.digest)) == [IN_TOTO]


def test_a_tag_that_only_looks_like_a_list_is_left_alone_and_nothing_is_published(
    staged: Staged,
) -> None:
    staged.publish(tags=["before"]).succeed()
    name = list_name(staged.digest)
    before = staged.registry.digest(staged.repository, "before")
    manifest = json.dumps(staged.registry.manifest(staged.repository, "before"), indent=3)
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    put_manifest(staged.registry, staged.repository, name, manifest, kind)
    word, sentence = staged.publish(2, provenance=STATEMENT).fail()
    assert word == "publish_incomplete"
    assert "no tag was moved" in sentence
    assert staged.registry.digest(staged.repository, name) == before
    assert staged.digests() == dict.fromkeys(staged.tags)


@pytest.mark.parametrize("wanted", FORMATS)
def test_the_parts_of_the_image_are_attached_and_a_second_scan_gives_the_same(
    staged: Staged, scanner: str, wanted: str
) -> None:
    job = staged.publish(sbom=wanted, sbom_image=scanner, provenance=STATEMENT)
    job.succeed()
    kind = FORMATS[wanted]
    assert staged.digests() == dict.fromkeys(staged.tags, staged.digest)
    found = attached(staged.registry, staged.repository, staged.digest)
    assert evidence_of(job) == {
        kind: found[kind][0]["_digest"],
        IN_TOTO: found[IN_TOTO][0]["_digest"],
    }
    (manifest,) = found[kind]
    content = document(staged.registry, staged.repository, manifest)
    parts: Any = json.loads(content)
    names = [each["name"] for each in parts["packages" if wanted == "spdx" else "components"]]
    assert "busybox" in names
    scanned: Any = json.loads(job.result("sbom.json"))
    assert _without_moment(parts) == _without_moment(scanned)
    if wanted == "cyclonedx":
        assert re.fullmatch(
            r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", parts["serialNumber"]
        )

    # Staging is empty now: the scan looks where the image stays.
    again = staged.publish(2, sbom=wanted, sbom_image=scanner, provenance=STATEMENT)
    again.succeed()
    assert again.result("sbom.json") != job.result("sbom.json")
    assert evidence_of(again) == evidence_of(job)
    assert attached(staged.registry, staged.repository, staged.digest) == found


def _without_moment(parts: dict[str, Any]) -> dict[str, Any]:
    """The document without what is another one with each scan."""
    changing = {"documentNamespace": "", "serialNumber": ""}
    rest = {key: value for key, value in parts.items() if key not in changing}
    for block, member in (("creationInfo", "created"), ("metadata", "timestamp")):
        if block in rest:
            rest[block] = {key: value for key, value in rest[block].items() if key != member}
    return rest


def test_nothing_is_published_when_the_scan_fails(ground: Ground, staged: Staged) -> None:
    # An image without a scanner: its entry point ends at once, and badly.
    job = staged.publish(sbom="spdx", sbom_image=ground.lab.images.copy)
    wait_for(lambda: job.wait()["State"] == "dead", "publishing is stopped")
    assert job.allocation()["ClientStatus"] == "failed"
    assert staged.digests() == dict.fromkeys(staged.tags)
    assert staged.registry.tags(staged.staging) == [staged.build_id]
