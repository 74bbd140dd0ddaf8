from __future__ import annotations

import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import locations


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com/org/app", "github.com"),
        ("https://GitHub.com.:443/org/app.git", "github.com"),
        ("ssh://git@git.example.com:2222/org/app", "git.example.com"),
        ("ssh://git.example.com/~alice/app", "git.example.com"),
        ("git://[2606:4700::1111]:9418/app", "2606:4700::1111"),
        ("http://127.0.0.1:3000/app", "127.0.0.1"),
        ("git@github.com:org/app.git", "github.com"),
        ("git@[::1]:org/app", "::1"),
        ("github.com:org/app", "github.com"),
        ("git@10.0.0.1:/srv/app", "10.0.0.1"),
    ],
)
def test_the_host_of_a_repository_is_read_from_each_form(url: str, host: str) -> None:
    assert locations.read_repository(url)[0] == host


@pytest.mark.parametrize(
    "url",
    [
        "ssh://a#@127.0.0.1/x",
        "ssh://github.com?@127.0.0.1/x",
        "https://github.com\\@127.0.0.1/x",
        "https://github.com#@127.0.0.1/x",
        "https://%31%32%37.0.0.1/x",
        "ssh://%6cocalhost/x",
        "https://user:pass@127.0.0.1/x",
        "https://a@b@127.0.0.1/x",
        "https://2130706433/x",
        "https://0x7f.1/x",
        "ssh://127.1/x",
        "git@0177.0.0.1:x",
        "git@127.1:x",
        "https://[::ffff:7f00:1%25lo]/x",
        "https://\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54/x",
        "https://\u2460\u2461\u2466.0.0.1/x",
        "-oProxyCommand=id@host:x",
        "https://example.com:65536/x",
        "ssh://git@example.com:0/x",
        "ext::sh -c id",
        "file:///etc",
        "/srv/app",
        "../app",
        "https:///x",
        "",
    ],
)
def test_a_repository_whose_host_programs_might_read_differently_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="has"):
        locations.read_repository(url)


@pytest.mark.parametrize(
    ("reference", "registry"),
    [
        ("registry.example.com:5000/team/app:1", "registry.example.com:5000"),
        ("registry.example.com/app@sha256:ab", "registry.example.com"),
        ("registry:5000/app", "registry:5000"),
        ("localhost/app", "localhost"),
        ("REGISTRY/app", "REGISTRY"),
        ("[2606:4700::1111]:5000/app", "[2606:4700::1111]:5000"),
        ("127.0.0.1:5000/app", "127.0.0.1:5000"),
        ("library/redis:7", "docker.io"),
        ("redis:7", "docker.io"),
        ("redis", "docker.io"),
        ("team/app", "docker.io"),
    ],
)
def test_the_registry_of_an_image_is_found_as_container_tools_find_it(
    reference: str, registry: str
) -> None:
    assert locations.read_registry(reference) == registry


@pytest.mark.parametrize(
    ("registry", "host"),
    [
        ("registry.example.com:5000", "registry.example.com"),
        ("Localhost", "localhost"),
        ("[::1]:5000", "::1"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_the_host_of_a_registry_is_what_stands_before_its_port(registry: str, host: str) -> None:
    assert locations.read_registry_host(registry)[0] == host


@pytest.mark.parametrize(
    "registry",
    [
        "2130706433:5000",
        "127.1:5000",
        "0x7f.0.0.1",
        "a@b.c",
        "a:b:5000",
        "a..b:1",
        "a.b:0",
        "a.b:65536",
    ],
)
def test_a_registry_that_is_no_usual_host_is_refused(registry: str) -> None:
    with pytest.raises(ValueError, match="has"):
        locations.read_registry_host(registry)


AUTHORITY = st.text("abz019.:@[]%#?\\/-_+~", max_size=20)


@given(st.sampled_from(["https", "ssh", "git"]), AUTHORITY)
def test_other_parsers_find_the_same_host_in_an_accepted_url(scheme: str, authority: str) -> None:
    url = f"{scheme}://{authority}/x"
    try:
        host, _ = locations.read_repository(url)
    except ValueError:
        return
    other = (urllib.parse.urlsplit(url).hostname or "").removesuffix(".")
    # As Git takes ssh:// apart: all up to the first slash, and of that what follows the last "@".
    git = url.split("://", 1)[1].split("/", 1)[0].rpartition("@")[2]
    assert host == other
    assert git.lower().startswith((host, f"[{host}"))
