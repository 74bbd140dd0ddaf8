"""The published JSON Schema: current, valid, and of one mind with what the service itself reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from server import buildfile, spelling
from server.buildfile import permissions

PUBLISHED = Path(__file__).parents[2] / "server/data/nomad-build.schema.json"

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
# Of every field the values that it takes.
TAKEN: dict[str, list[Any]] = {
    "dockerfilePath": ["Dockerfile", "a/b/Dockerfile", "a..b", ".ci/D", "..a/D", "ünicode dir/D"],
    "contextPath": ["", "a/b", "."],
    "submodules": [True, False],
    "lfs": [True],
    "buildArgs": [{}, {"A_1": ""}, {"_b": "any ☃ text\nof lines"}],
    "buildSecrets": [{}, {"npm.token-1": "vault:secret/data/x#y"}, {"a": "nomad:nomad/jobs#b.c"}],
    "buildSshPath": ["", "nomad:nomad/jobs/ssh", "secret/data/ssh"],
    "target": ["", "release", "2"],
    "labels": [{}, {"org.example/a-b": "x"}],
    "platform": ["", "linux/amd64", "linux/arm/v7"],
    "imageFormat": ["oci", "docker"],
    "reproducible": [True],
    "buildNetwork": ["on", "off"],
    "caCertificates": ["", CERTIFICATE],
    "proxy": [{}, {"http": "http://p:3128", "noProxy": "localhost"}],
    "buildResources": [{}, {"cpu": 50, "memory": 8_000_000, "disk": None, "timeout": 86_400}],
    "cache": ["auto", "on", "off"],
    "noCache": [True],
    "cacheFrom": [[], ["r.io:5000/a/b_c", "[::1]:5000/x"]],
    "cacheTo": ["", "r.io/a--b"],
    "testCommands": [[], ["a", ["/b", "c d"]], ["x"] * 64],
    "testEntryPoint": [True],
    "testEnv": [{"A": "b"}],
    "testSecrets": [{"A": "nomad:x#y"}],
    "testWorkingDirectory": ["", "/srv/app"],
    "testNetwork": ["on", "off"],
    "testReports": [[], ["/tmp/r.xml"]],
    "testResources": [{"timeout": 1}],
    "services": [
        [],
        [{"name": "db", "image": "postgres:16"}],
        [{"name": "a-1", "image": "r.io:5000/x/y@sha256:" + "0" * 64, "command": ["a"], "env": {"A": "b"},
          "port": 1, "readyCommand": "x", "readyTimeout": 1, "cpu": 50, "memory": 32}],
    ],
    "gpu": ["auto", "on", "off"],
    "gpuCount": [0, 64],
    "gpuConstraints": [[], [{"attribute": "memory", "operator": ">=", "value": "16 GiB"}]],
    "registryURL": ["", "r.io", "r.io:5000/team/x", "[::1]:5000", "localhost/a"],
    "imageName": ["", "a", "a/b-c__d.e"],
    "imageTags": [[], ["1.0", "{git_sha}", "{date}-{git_short_sha}"]],
    "registryCredentialsPath": ["", "vault:secret/data/r", "nomad:nomad/jobs/r"],
    "publishTo": [[], [{"registryURL": "s.io", "imageName": "b", "imageTags": ["a"], "credentialsPath": "nomad:x"}]],
    "publishResources": [{"cpu": 100}],
    "sbom": ["", "spdx", "cyclonedx"],
    "provenance": [True],
}  # fmt: skip

# Values that neither takes.
REFUSED: dict[str, list[Any]] = {
    "dockerfilePath": ["", "/etc/passwd", "../D", "a/../D", "-f", "a/..", 1, None],
    "contextPath": ["/", "..", None],
    "submodules": ["yes", 1, None],
    "buildArgs": [[], {"1A": "x"}, {"A-B": "x"}, {"A": 1}, {"A": None}, "A=b"],
    "buildSecrets": [{"npm": "the secret itself"}, {"npm": "vault:secret/data/x"}, {"a/b": "nomad:x#y"}],
    "buildSshPath": ["nomad:x#y", "-----BEGIN PRIVATE KEY-----"],
    "target": ["a b", "-a"],
    "labels": [{"": "x"}, {"a b": "x"}, {"a": True}],
    "platform": ["amd64", "Linux/amd64", "linux/amd64/x"],
    "imageFormat": ["", "OCI"],
    "buildNetwork": [True, False, "none"],
    "proxy": [None, "http://p", {"ftp": "x"}],
    "buildResources": [{"cpu": 49}, {"cpu": "100"}, {"cpu": 1.5}, {"gpu": 1}, 100],
    "cache": [True, "yes"],
    "cacheFrom": ["r.io/a", ["r.io"], ["r.io/a:tag"], ["r.io/a"] * 9],
    "cacheTo": ["r.io", "r.io/A", "https://r.io/a"],
    "testCommands": ["a", [1], [True], [None], [["a", 1]], ["x"] * 65],
    "testEnv": [{"A B": "c"}],
    "testSecrets": [{"A": "value"}, {"A": "nomad:x"}],
    "testWorkingDirectory": ["srv", "/a b"],
    "testReports": [[""], "r.xml", ["/r.xml"] * 9],
    "services": [
        [{"image": "x"}], [{"name": "db"}], [{"name": "DB", "image": "x"}], [{"name": "db", "image": "a b"}],
        [{"name": "db", "image": "x", "port": 0}], [{"name": "db", "image": "x", "volumes": []}],
    ],
    "gpu": [True],
    "gpuCount": [-1, 65, "1"],
    "gpuConstraints": [[{"attribute": "memory", "operator": "~", "value": "1"}], [{"attribute": "memory"}]],
    "registryURL": ["https://r.io", "r.io/Team", "r.io/", "a b", "r.io/x:tag", None],
    "imageName": ["A", "a/", "a:b", None],
    "imageTags": ["latest", [1.1], [None], ["x" * 129], ["a"] * 33],
    "registryCredentialsPath": ["user:password@x", "vault:"],
    "publishTo": [[{"imageName": "b"}], [{"registryURL": ""}], [{"registryURL": "s.io"}] * 9],
    "sbom": [True, "json"],
    "provenance": ["slsa"],
    # The caller's, unknown ones, and other spellings.
    "owner": ["a"],
    "repoURL": ["https://r.io/x.git"],
    "clearCache": [True],
    "webhookURL": ["https://r.io"],
    "trustBuildFile": [True],
    "tags": [["a"]],
    "imagename": ["a"],
    "": [1],
}  # fmt: skip


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text()))


def is_read(values: dict[str, Any]) -> bool:
    """Whether the service takes a file with these fields."""
    try:
        buildfile.parse(json.dumps(values).encode())
    except buildfile.BuildFileError:
        return False
    return True


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text() == buildfile.render_schema(), (
        "nomad-build schema > server/data/nomad-build.schema.json writes it anew"
    )


def test_the_schema_is_one_and_says_what_it_is(validator: Any) -> None:
    jsonschema.Draft202012Validator.check_schema(validator.schema)
    assert validator.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert validator.schema["$id"].endswith("/server/data/nomad-build.schema.json")
    assert validator.schema["title"]
    assert validator.schema["description"]


def test_the_schema_has_the_fields_of_a_file_and_no_other(validator: Any) -> None:
    names = {spelling.camelize(name) for name in permissions.FIELDS}
    assert set(validator.schema["properties"]) == names == set(TAKEN)


def test_the_schema_s_examples_are_files(validator: Any) -> None:
    assert validator.schema["examples"]
    for example in validator.schema["examples"]:
        validator.validate(example)
        buildfile.summarize(buildfile.parse(json.dumps(example).encode()))


@pytest.mark.parametrize("name", TAKEN)
def test_what_the_service_reads_the_schema_accepts(validator: Any, name: str) -> None:
    for value in TAKEN[name]:
        assert is_read({name: value}), value
        assert validator.is_valid({name: value}), value


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_schema_refuses_the_service_does_not_read(validator: Any, name: str) -> None:
    for value in REFUSED[name]:
        assert not validator.is_valid({name: value}), value
        assert not is_read({name: value}), value


def test_all_fields_together_are_accepted_by_both(validator: Any) -> None:
    everything = {name: values[-1] for name, values in TAKEN.items()} | {"gpu": "on"}

    assert validator.is_valid(everything)
    assert is_read(everything)
