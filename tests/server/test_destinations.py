from __future__ import annotations

import ipaddress
import socket
import urllib.parse

import pytest
import urllib3.util
from hypothesis import example, given
from hypothesis import strategies as st

from server import destinations
from server.destinations import AllowedHosts

PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "100.100.100.200",  # of Alibaba's
    "192.0.0.192",  # of Oracle's
    "168.63.129.16",  # of Azure's
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::8.8.8.8]",
    "[2002:7f00:1::]",
    "[2001:0:1::1]",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "[2606:4700::1111]",
    "[::ffff:8.8.8.8]",
    "[64:ff9b::8.8.8.8]",
]
# What the C library takes for 127.0.0.1, 10.0.0.1 and the like.
UNUSUAL = [
    "2130706433",
    "0x7f000001",
    "0X7F.1",
    "017700000001",
    "127.1",
    "127.0.1",
    "0177.0.0.1",
    "0x7f.0x0.0x0.0x1",
    "010.0.0.1",
    "8.8.8.8.8",
    "256.1.1.1",
    "1.2.3.4.0x",
    "[::1",
    "[fe80::1%25eth0]",
    "[127.0.0.1]",
]


def test_a_public_url_is_read_into_its_parts() -> None:
    target = destinations.check_url("HTTPS://CI.Example.com.:8443/hook?a=1&b=/x")

    assert target == destinations.Target(
        scheme="https", host="ci.example.com", address=None, port=8443, path="/hook?a=1&b=/x"
    )
    assert target.origin == "https://ci.example.com:8443"


@pytest.mark.parametrize(
    ("url", "port", "path"),
    [
        ("http://example.com", 80, "/"),
        ("https://example.com", 443, "/"),
        ("https://example.com?x=1", 443, "/?x=1"),
        ("https://[2606:4700::1111]/a", 443, "/a"),
    ],
)
def test_port_and_path_have_their_defaults(url: str, port: int, path: str) -> None:
    target = destinations.check_url(url)

    assert (target.port, target.path) == (port, path)


@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_accepted(host: str) -> None:
    address = destinations.check_url(f"http://{host}/").address

    assert address == ipaddress.ip_address(host.strip("[]"))


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not a public address"):
        destinations.check_url(f"http://{host}:8080/")


@pytest.mark.parametrize("host", UNUSUAL)
def test_an_address_in_an_unusual_spelling_is_refused_wherever_it_leads(host: str) -> None:
    allowed = AllowedHosts.parse(["0.0.0.0/0", "::/0"])
    with pytest.raises(ValueError, match="has"):
        destinations.check_url(f"http://{host}/", allowed)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "metadata.google.internal",
        "nas.local",
        "x.home.arpa",
    ],
)
def test_a_name_of_private_networks_is_refused_unless_it_is_allowed(host: str) -> None:
    with pytest.raises(ValueError, match="a name of private networks"):
        destinations.check_url(f"http://{host}/")
    destinations.check_url(f"http://{host}/", AllowedHosts.parse([host]))


@pytest.mark.parametrize("host", ["localhost.example.com", "internal.example.com", "mylocalhost"])
def test_a_name_that_only_looks_so_is_accepted(host: str) -> None:
    assert destinations.check_url(f"http://{host}/").host == host


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "is not an address"),
        ("ftp://example.com/", "must be https or http"),
        ("javascript:alert(1)", "must be https or http"),
        ("//example.com/", "must be https or http"),
        ("https:///path", "no usable host"),
        ("https://", "no usable host"),
        ("https://example.com:0/", "no usable host and port"),
        ("https://example.com:65536/", "no usable host and port"),
        ("https://example.com:/", "no usable host and port"),
        ("https://user:pass@example.com/", "carries credentials"),
        ("https://user@example.com/", "carries credentials"),
        ("https://example.com/#part", "fragment"),
        ("https://example.com#", "fragment"),
        ("https://example.com\\@127.0.0.1/", "percent-encoded"),
        ("https://example.com/a b", "percent-encoded"),
        ("https://example.com/\r\nX: y", "percent-encoded"),
        ("https://bücher.example/", "punycode"),
        ("https://\uff41.example/", "punycode"),
        ("https://a..example/", "neither a name nor an address"),
        ("https://-a.example/", "neither a name nor an address"),
        (f"https://{'a' * 64}.example/", "neither a name nor an address"),
        (f"https://{'a.' * 127}example/", "neither a name nor an address"),
        (f"https://example.com/{'a' * 2048}", "more than 2048"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_reason(url: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        destinations.check_url(url)


def test_a_refused_url_does_not_show_its_credentials() -> None:
    with pytest.raises(ValueError, match="credentials") as caught:
        destinations.check_url("https://user:hunter2@example.com/")
    assert "hunter2" not in str(caught.value)


def test_an_operator_allows_names_addresses_and_networks() -> None:
    allowed = AllowedHosts.parse(
        ["CI.internal.", "10.0.0.0/8", "192.168.1.7", "[fd00::1]", "fd01::/16"]
    )

    for host in (
        "ci.internal",
        "10.9.9.9",
        "192.168.1.7",
        "[fd00::1]",
        "[fd01::2]",
        "[::ffff:10.0.0.1]",
    ):
        destinations.check_url(f"http://{host}/", allowed)
    for host in ("192.168.1.8", "[fd00::2]", "other.internal", "[::ffff:192.168.1.8]"):
        with pytest.raises(ValueError, match="leads to"):
            destinations.check_url(f"http://{host}/", allowed)


@pytest.mark.parametrize(
    "entry", ["", "10.0.0.1/8", "127.1", "a b", "http://example.com", "*.example.com"]
)
def test_what_is_no_host_cannot_be_allowed(entry: str) -> None:
    with pytest.raises(ValueError, match="is neither"):
        AllowedHosts.parse([entry])


PIECES = r"http https :// / \ @ : # ? [ ] ::1 127.0.0.1 0x7f . .. 1 8.8.8.8 a localhost % %00 80 64:ff9b:: ü"
PIECE = st.sampled_from([*PIECES.split(), "\n", " ", "\ud800"])
URL_LIKE = st.lists(PIECE, max_size=12).map("".join)
ANY = st.one_of(st.text(), URL_LIKE, URL_LIKE.map("http://".__add__))


@given(ANY)
@example("http://[" + "1" * 60 + "]/")
@example("http://" + "9" * 2000)
def test_whatever_url_is_given_it_is_read_or_refused_with_a_sentence(url: str) -> None:
    try:
        destinations.check_url(url)
    except ValueError as error:
        assert type(error) is ValueError
        assert str(error).isascii()
        assert str(error).isprintable()


@given(ANY)
def test_other_parsers_read_an_accepted_url_in_the_same_way(url: str) -> None:
    try:
        target = destinations.parse_url(url)
    except ValueError:
        return
    other = urllib.parse.urlsplit(url)
    third = urllib3.util.parse_url(url)
    host = (other.hostname or "").removesuffix(".")
    assert target.address == ipaddress.ip_address(host) if target.address else host == target.host
    assert (third.host or "").strip("[]").lower().removesuffix(".") == host
    assert target.scheme == other.scheme == third.scheme
    assert other.port in (None, target.port)
    assert other.username is other.password is third.auth is None


NUMBER = st.integers(0, 2**32).flatmap(lambda n: st.sampled_from([str(n), hex(n), f"0{n:o}"]))


@given(
    st.lists(st.one_of(NUMBER, st.integers(0, 255).map(str)), min_size=1, max_size=4).map(".".join)
)
@example("127.1")
def test_no_name_reaches_the_resolver_that_it_would_take_for_an_address(host: str) -> None:
    try:
        packed = socket.inet_aton(host)
    except OSError:
        packed = None
    try:
        target = destinations.parse_url(f"http://{host}/")
    except ValueError:
        return
    # Only the usual spelling passes, and means the same to both.
    assert packed is not None
    assert target.address == ipaddress.IPv4Address(packed)


@given(st.ip_addresses())
def test_wrapping_an_address_in_ipv6_does_not_make_it_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if isinstance(address, ipaddress.IPv6Address):
        assert not destinations.is_public(address) or address.is_global
        return
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        wrapped = ipaddress.IPv6Address(prefix + int(address))
        assert destinations.is_public(wrapped) == destinations.is_public(address)
