from __future__ import annotations

import ipaddress

import pytest

from server import config, egress
from server.destinations import Address
from server.resolver import Resolver

NAMES = {
    "github.com": ["140.82.121.3"],
    "git.corp.example": ["10.1.2.3"],
    "half.example": ["140.82.121.3", "192.168.0.1"],
    "metadata.example": ["169.254.169.254"],
    "six.example": ["fd00::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "gitlab.internal": ["10.1.2.4"],
    "localhost": ["127.0.0.1", "::1"],
}


def look_up(name: str) -> tuple[Address, ...]:
    return tuple(map(ipaddress.ip_address, NAMES.get(name, ())))


def judge(**variables: str) -> egress.Egress:
    given = {f"NOMAD_BUILD_{name}": value for name, value in variables.items()}
    return egress.Egress(config.read_config(given), Resolver(look_up))


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/org/app",
        "git@github.com:org/app",
        "ssh://git@8.8.8.8/app",
        "https://known.only.to.nodes/app",
    ],
)
def test_a_repository_anywhere_in_public_is_allowed(url: str) -> None:
    judge().check_repository(url)


@pytest.mark.parametrize(
    "host",
    [
        "git.corp.example",
        "half.example",
        "metadata.example",
        "six.example",
        "mapped.example",
        "localhost",
        "gitlab.internal",
        "unknown.internal",
        "127.0.0.1",
        "169.254.169.254",
        "10.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
    ],
)
def test_what_is_private_is_refused_and_the_variable_is_named(host: str) -> None:
    for url in (f"https://{host}/app", f"ssh://git@{host}:22/app", f"git@{host}:app"):
        with pytest.raises(ValueError, match=r"leads to .* with NOMAD_BUILD_GIT_HOSTS"):
            judge().check_repository(url)
    for reference in (f"{host}:5000/app", f"{host}:443/team/app"):
        with pytest.raises(ValueError, match=r"leads to .* with NOMAD_BUILD_REGISTRY_HOSTS"):
            judge().check_image(reference)


def test_a_refused_name_does_not_tell_its_address() -> None:
    with pytest.raises(ValueError, match="not public") as caught:
        judge().check_repository("https://git.corp.example/app")
    assert "10.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        ("git.corp.example", "https://git.corp.example/app"),
        ("10.0.0.0/8", "https://git.corp.example/app"),
        ("10.0.0.0/8", "git@gitlab.internal:app"),
        ("unknown.internal", "git@unknown.internal:app"),
        ("192.168.0.0/16", "https://half.example/app"),
        ("127.0.0.0/8,::1", "http://localhost:3000/app"),
        ("127.0.0.1", "http://127.0.0.1:3000/app"),
        ("[::1]", "http://[::1]:3000/app"),
    ],
)
def test_an_operator_allows_private_hosts_by_name_or_by_network(hosts: str, url: str) -> None:
    with pytest.raises(ValueError, match="leads to"):
        judge().check_repository(url)
    judge(GIT_HOSTS=hosts).check_repository(url)
    with pytest.raises(ValueError, match="leads to"):
        judge(REGISTRY_HOSTS=hosts, WEBHOOK_HOSTS=hosts).check_repository(url)


def test_a_list_that_says_so_is_all_that_is_allowed() -> None:
    judged = judge(GIT_HOSTS="!public,github.com,10.0.0.0/8,8.8.4.0/24")

    for url in ("https://github.com/a", "https://git.corp.example/a", "https://8.8.4.4/a"):
        judged.check_repository(url)
    for host in ("8.8.8.8", "half.example", "unknown.example", "six.example"):
        with pytest.raises(ValueError, match="GIT_HOSTS"):
            judged.check_repository(f"https://{host}/a")


def test_public_hosts_alone_can_be_switched_off() -> None:
    judged = judge(WEBHOOK_HOSTS="!public", REGISTRY_HOSTS="!public")

    with pytest.raises(ValueError, match=r"not on the list .* NOMAD_BUILD_WEBHOOK_HOSTS"):
        judged.check_webhook("https://hooks.example/x")
    with pytest.raises(ValueError, match=r"not on the list .* NOMAD_BUILD_REGISTRY_HOSTS"):
        judged.check_registry("8.8.8.8")
    with pytest.raises(ValueError, match=r"docker\.io"):
        judged.check_image("redis:7")


def test_a_registry_without_tls_is_allowed_by_its_own_list() -> None:
    judged = judge(INSECURE_REGISTRIES="10.0.0.7:5000,Registry.internal:5000")

    judged.check_registry("10.0.0.7:5000")
    judged.check_image("registry.internal:5000/team/app:1")
    for other in ("10.0.0.7:5001/app", "10.0.0.8:5000/app", "registry.internal/app"):
        with pytest.raises(ValueError, match="REGISTRY_HOSTS"):
            judged.check_image(other)


def test_a_webhook_leads_to_public_hosts_or_to_its_own_list() -> None:
    with pytest.raises(ValueError, match="NOMAD_BUILD_WEBHOOK_HOSTS"):
        judge().check_webhook("http://10.0.0.1/hook")
    judge(WEBHOOK_HOSTS="10.0.0.1").check_webhook("http://10.0.0.1/hook")


@pytest.mark.parametrize("url", ["127.0.0.1:5000", "127.0.0.1", "localhost", "10.0.0.1:5000/team"])
def test_a_registry_is_no_image_of_that_name_and_tag(url: str) -> None:
    with pytest.raises(ValueError, match="REGISTRY_HOSTS"):
        judge().check_registry(url)
