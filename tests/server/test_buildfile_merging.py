"""A request and a build file together: the request wins, and the file gets no key of the caller without his word."""

from __future__ import annotations

import json
import re
from typing import Any

import pydantic
import pytest
from hypothesis import given, strategies

from server import buildfile, spelling
from server.buildfile import BuildFileError, permissions
from server.request import BuildRequest, Destination, DeviceConstraint, Proxy, Resources, Service

CALLER: dict[str, Any] = {"owner": "claude", "repo_url": "https://git.example.com/team/shop.git"}
REGISTRY: dict[str, Any] = {"registry_url": "r.io/team"}


def request(**fields: Any) -> BuildRequest:
    return BuildRequest.model_validate(CALLER | fields)


def merge(asked: BuildRequest, *, trusted: bool = False, **fields: Any) -> BuildRequest:
    """What a request and a file with these fields ask for."""
    return buildfile.merge(asked, buildfile.parse(json.dumps(fields).encode()), trusted=trusted)


def refusals(asked: BuildRequest, **fields: Any) -> list[str]:
    """The fields for which a file is refused."""
    with pytest.raises(BuildFileError) as raised:
        merge(asked, **fields)
    merge(asked, trusted=True, **fields)
    assert all("trustBuildFile" in problem.message for problem in raised.value.problems)
    return [problem.path for problem in raised.value.problems]


def test_the_address_alone_is_enough_when_the_file_says_the_rest() -> None:
    effective = merge(request(), **REGISTRY, image_tags=["{git_sha}"], test_commands=["true"])

    assert effective == request(**REGISTRY, image_tags=["{git_sha}"], test_commands=["true"])


def test_what_the_request_says_wins_field_by_field_even_where_it_says_the_default() -> None:
    asked = request(
        registry_url="mine.io", no_cache=False, test_commands=[], test_env={"A": "mine"}, gpu="auto"
    )

    effective = merge(
        asked, **REGISTRY, no_cache=True, test_commands=["x"], test_env={"B": "file"}, gpu="on", lfs=True
    )  # fmt: skip

    assert effective.registry_url == "mine.io"
    assert effective.no_cache is False
    assert effective.test_commands == ()
    assert effective.test_env == {"A": "mine"}
    assert effective.gpu == "auto"
    assert effective.lfs is True


def test_without_a_registry_in_either_nothing_can_be_built() -> None:
    with pytest.raises(BuildFileError, match="neither the request nor the file has it"):
        merge(request(), target="a")
    assert merge(request(**REGISTRY), target="a").target == "a"


def test_fields_that_do_not_fit_together_are_told_once_they_are_together() -> None:
    services = [{"name": "db", "image": "postgres:16"}]
    with pytest.raises(BuildFileError, match="services are of no use without testCommands"):
        merge(request(**REGISTRY), services=services)
    assert merge(request(**REGISTRY, test_commands=["x"]), services=services).tested
    with pytest.raises(BuildFileError, match="A is in testEnv and in testSecrets"):
        merge(
            request(**REGISTRY, test_commands=["x"], test_secrets={"A": "nomad:x#y"}),
            test_env={"A": "b"},
        )


SECRET_FIELDS: dict[str, Any] = {
    "build_secrets": {"npm": "vault:secret/data/x#y"},
    "build_ssh_path": "nomad:nomad/jobs/ssh",
    "test_secrets": {"A": "nomad:x#y"},
    "registry_credentials_path": "nomad:x",
    "publish_to": [{"registry_url": "s.io", "credentials_path": "nomad:x"}],
}
ROUTES: dict[str, Any] = {
    "proxy": {"http": "http://p:3128"},
    "ca_certificates": "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n",
}


@pytest.mark.parametrize("name", [*SECRET_FIELDS, *ROUTES])
def test_a_way_to_a_key_is_refused_unless_the_caller_trusts_the_file_or_says_it_himself(
    name: str,
) -> None:
    value = (SECRET_FIELDS | ROUTES)[name]
    tested = {"test_commands": ["x"]}

    assert refusals(request(**tested), **REGISTRY, **{name: value}) == [name]
    merge(request(**tested, **REGISTRY, **{name: value}), **{name: value})


def referring(model: type[pydantic.BaseModel]) -> set[str]:
    """The fields of a model whose values are checked to be references to secrets."""
    checks = re.compile(r"_require_(?:secret|value)\b")
    return {
        name
        for name, field in model.model_fields.items()
        if checks.search(f"{field.annotation!r} {field.metadata!r}")
    }


def test_every_field_with_a_reference_to_a_secret_is_known_as_one() -> None:
    # Whoever adds such a field has to say here, and in the permissions, who may decide it.
    assert referring(BuildRequest) - permissions.CALLERS == set(SECRET_FIELDS) - {"publish_to"}
    parts: list[type[pydantic.BaseModel]] = [
        Destination,
        DeviceConstraint,
        Proxy,
        Resources,
        Service,
    ]
    assert {part: referring(part) for part in parts if referring(part)} == {
        Destination: {"credentials_path"}
    }


@pytest.mark.parametrize(
    "credentials",
    [
        {"registry_credentials_path": "nomad:x"},
        {"publish_to": [{"registry_url": "s.io", "credentials_path": "nomad:x"}]},
    ],
)
def test_with_the_request_s_credentials_a_file_cannot_say_where_to_write(
    credentials: dict[str, Any],
) -> None:
    asked = request(**credentials)

    assert refusals(asked, registry_url="evil.io", imageName="other", cacheTo="r.io/team/prod") == [
        "registry_url",
        "imageName",
        "cacheTo",
    ]
    asked = request(**credentials, registry_url="r.io", image_name="shop", cache_to="")
    assert merge(asked, registry_url="evil.io", image_name="other", image_tags=["v1"]).image_tags
    if "publish_to" not in credentials:
        assert refusals(asked, publishTo=[{"registryURL": "r.io/prod"}]) == ["publishTo"]


def test_without_credentials_a_file_may_say_where_to_write() -> None:
    effective = merge(
        request(), **REGISTRY, image_name="x", cache_to="r.io/c", publish_to=[{"registry_url": "s.io"}]
    )  # fmt: skip

    assert (effective.repository, effective.cache_to) == ("r.io/team/x", "r.io/c")


@pytest.mark.parametrize("name", ["submodules", "lfs"])
def test_with_the_request_s_git_credentials_a_file_cannot_have_further_addresses_asked(
    name: str,
) -> None:
    asked = request(git_credentials_path="nomad:git")

    assert refusals(asked, **REGISTRY, **{name: True}) == [name]
    assert getattr(merge(asked, **REGISTRY, **{name: False}), name) is False
    assert getattr(merge(request(), **REGISTRY, **{name: True}), name) is True


def test_a_field_that_says_nothing_needs_no_trust() -> None:
    nothing: dict[str, Any] = {
        "build_secrets": {},
        "test_secrets": {},
        "proxy": {},
        "publish_to": [],
    }
    assert merge(request(), **REGISTRY, **nothing) == request(**REGISTRY)


def test_a_refusal_is_told_at_the_field_s_place() -> None:
    file = buildfile.parse(b"registryURL: r.io\nbuildSecrets:\n  npm: vault:a#b\n")
    with pytest.raises(BuildFileError) as raised:
        buildfile.merge(request(), file, trusted=False)
    (problem,) = raised.value.problems
    assert (problem.line, problem.column, problem.path) == (3, 3, "buildSecrets")


FIELDS: dict[str, Any] = {
    "dockerfile_path": "a/Dockerfile",
    "context_path": "a",
    "target": "t",
    "build_args": {"A": "b"},
    "labels": {"a": "b"},
    "platform": "linux/arm64",
    "image_format": "docker",
    "reproducible": True,
    "no_cache": True,
    "cache": "off",
    "cache_from": ["r.io/c"],
    "build_resources": {"cpu": 100},
    "test_commands": ["x", ["y", "z"]],
    "test_reports": ["/r.xml"],
    "image_tags": ["a"],
    "sbom": "spdx",
    "provenance": True,
}


@given(strategies.sets(strategies.sampled_from(sorted(FIELDS))))
def test_it_does_not_matter_whether_a_request_or_a_file_says_something(in_file: set[str]) -> None:
    theirs = {spelling.camelize(name): FIELDS[name] for name in in_file}
    ours = {name: value for name, value in FIELDS.items() if name not in in_file}

    assert merge(request(**REGISTRY, **ours), **theirs) == request(**REGISTRY, **FIELDS)
