from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import config
from server.errors import ConfigError

NAMES = [field.alias or "" for field in config.Config.model_fields.values()]


@pytest.mark.parametrize("name", ["NOMAD_BUILD_URL", "NOMAD_BUILD_TOKEN"])
def test_what_is_set_for_those_who_speak_to_a_service_is_none_of_its_settings(name: str) -> None:
    assert config.read_config({name: "x"}) == config.read_config({})


def test_nothing_has_to_be_set() -> None:
    settings = config.read_config({})
    assert settings.nomad_address == "http://127.0.0.1:4646"
    assert settings.builder_image.startswith("quay.io/buildah/stable")
    assert settings.cache_volume == "buildah-cache"
    assert settings.git_protocols == ("https", "ssh")


def test_every_variable_is_named_as_users_know_it() -> None:
    assert all(name.startswith("NOMAD_") for name in NAMES)
    assert {
        "NOMAD_ADDR",
        "NOMAD_TOKEN",
        "NOMAD_NAMESPACE",
        "NOMAD_REGION",
        "NOMAD_CACERT",
        "NOMAD_CAPATH",
        "NOMAD_CLIENT_CERT",
        "NOMAD_CLIENT_KEY",
        "NOMAD_TLS_SERVER_NAME",
        "NOMAD_SKIP_VERIFY",
        "NOMAD_BUILD_BUILDER_IMAGE",
        "NOMAD_BUILD_SOURCE_IMAGE",
        "NOMAD_BUILD_COPY_IMAGE",
        "NOMAD_BUILD_INSECURE_REGISTRIES",
        "NOMAD_BUILD_GIT_PROTOCOLS",
    } <= set(NAMES)


def test_an_empty_variable_counts_as_not_set() -> None:
    assert config.read_config(dict.fromkeys(NAMES, "")) == config.read_config({})


def test_variables_of_others_are_none_of_its_business() -> None:
    settings = config.read_config({"NOMAD_ALLOC_ID": "x", "PATH": "/bin", "NOMAD_VAR_x": "y"})
    assert settings == config.read_config({})


def test_lists_are_written_with_commas() -> None:
    settings = config.read_config(
        {
            "NOMAD_BUILD_INSECURE_REGISTRIES": "127.0.0.1:5000, registry.cluster:5000,",
            "NOMAD_BUILD_GIT_PROTOCOLS": "https,git",
            "NOMAD_BUILD_SECURITY_OPT": "seccomp=/etc/build.json,apparmor=unconfined,label=disable",
        }
    )
    assert settings.insecure_registries == ("127.0.0.1:5000", "registry.cluster:5000")
    assert settings.git_protocols == ("https", "git")
    assert len(settings.security_opt) == 3


def test_a_misspelt_variable_is_an_error_that_knows_better() -> None:
    with pytest.raises(ConfigError, match="NOMAD_BUILD_BUILDER_IMAG") as caught:
        config.read_config({"NOMAD_BUILD_BUILDER_IMAG": "x"})
    assert "Did you mean NOMAD_BUILD_BUILDER_IMAGE?" in str(caught.value)


def test_a_variable_that_is_like_none_gets_the_list() -> None:
    with pytest.raises(ConfigError, match=r"Known are: .*NOMAD_BUILD_CACHE_VOLUME"):
        config.read_config({"NOMAD_BUILD_QWXZ_9": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NOMAD_ADDR", "127.0.0.1:4646"),
        ("NOMAD_ADDR", "unix:///var/run/nomad.sock"),
        ("NOMAD_SKIP_VERIFY", "perhaps"),
        ("NOMAD_NAMESPACE", "a${b}"),
        ("NOMAD_REGION", 'a"b'),
        ("NOMAD_BUILD_NODE_POOL", "a b"),
        ("NOMAD_BUILD_NETWORK_MODE", "host\n"),
        ("NOMAD_BUILD_BUILDER_IMAGE", "a b"),
        ("NOMAD_BUILD_COPY_IMAGE", "${meta.image}"),
        ("NOMAD_BUILD_INSECURE_REGISTRIES", "https://registry"),
        ("NOMAD_BUILD_GIT_PROTOCOLS", "https,file"),
        ("NOMAD_BUILD_GIT_PROTOCOLS", "ext"),
        ("NOMAD_BUILD_SECURITY_OPT", "seccomp=a b"),
        ("NOMAD_BUILD_DATACENTERS", "dc1,dc 2"),
        ("NOMAD_BUILD_BUILD_TIMEOUT", "0"),
        ("NOMAD_BUILD_BUILD_TIMEOUT", "30m"),
        ("NOMAD_BUILD_BUILD_TIMEOUT", "-1"),
        ("NOMAD_BUILD_CACHE_VOLUME", "a/b"),
        ("NOMAD_BUILD_ALLOWED_HOSTS", "a.*.example.com"),
        ("NOMAD_BUILD_ALLOWED_HOSTS", "https://example.com"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}"):
        config.read_config({name: value})


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        config.read_config({"NOMAD_ADDR": "x", "NOMAD_BUILD_TEST_TIMEOUT": "x"})
    assert "NOMAD_ADDR" in str(caught.value)
    assert "NOMAD_BUILD_TEST_TIMEOUT" in str(caught.value)


def test_the_token_never_shows() -> None:
    settings = config.read_config({"NOMAD_TOKEN": "hunter2"})
    assert settings.nomad_token.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    with pytest.raises(ConfigError) as caught:
        config.read_config({"NOMAD_TOKEN": "hunter2", "NOMAD_ADDR": "x"})
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:4646",
        "https://nomad.example.com",
        "https://gateway/nomad",
        "http://[::1]:4646",
    ],
)
def test_an_address_is_taken_without_its_last_slash(address: str) -> None:
    assert config.read_config({"NOMAD_ADDR": address + "/"}).nomad_address == address


@given(st.sampled_from(NAMES), st.text(min_size=1, max_size=20))
def test_any_value_is_taken_or_refused_with_our_error(name: str, value: str) -> None:
    try:
        config.read_config({name: value})
    except ConfigError as error:
        assert name in str(error)


@pytest.mark.parametrize(
    "name", ["NOMAD_CACERT", "NOMAD_CAPATH", "NOMAD_CLIENT_CERT", "NOMAD_CLIENT_KEY"]
)
def test_a_file_that_is_not_there_is_told_at_the_start(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name}: there is no /nope"):
        config.read_config({name: "/nope"})


def test_a_certificate_without_its_key_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="NOMAD_CLIENT_KEY"):
        config.read_config({"NOMAD_CLIENT_CERT": str(tmp_path)})
