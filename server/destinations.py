"""Where the service and its jobs may connect: hosts read in one way only, and which of them are allowed. Pure.

What is checked and what is connected to come from the same reading, so that no two parsers can disagree.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# 1 to 65535, written as every program reads it: a number that is cut to sixteen bits leads to another port.
PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"

_URL_LIMIT = 2048
_WEBHOOK_HOSTS = "NOMAD_BUILD_WEBHOOK_HOSTS"
# The entry of an operator's list that leaves nothing but the list.
_NOT_PUBLIC_ENTRY = "!public"
_SHOWN = 80  # characters of a caller's value that a message repeats

_URL = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<authority>[^/?#]*)"
    r"(?P<path>(?:/[^?#]*)?(?:\?[^#]*)?)"
    r"(?P<fragment>#.*)?",
    re.IGNORECASE | re.DOTALL,
)
# What RFC 3986 has no place for without percent-encoding; parsers differ in what they make of it.
_UNENCODED = re.compile(r"[^!-~]|[\"<>\\^`{|}]")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
# The C library takes such a name for an IPv4 address: 127.1, 0x7f000001, 0177.0.0.1 and 2130706433 are one.
_NUMERIC_NAME = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)", re.IGNORECASE)

# Names that public DNS never answers, so that they lead to this machine or into a private network: RFC 6761,
# RFC 6762, RFC 8375 and, for "internal", ICANN's decision of 2024. They are refused when the build is
# submitted, not hours later; what any other name leads to is seen when the connection is made.
_PRIVATE_NAMES = re.compile(r"(?:.*\.)?(?:localhost|local|internal|home\.arpa)", re.IGNORECASE)

# Not public, whatever the version of the module ipaddress says: protocol assignments, where a cloud keeps
# its metadata (192.0.0.192), and the address at which Azure's hosts answer their guests.
_NOT_PUBLIC = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "168.63.129.16/32")))
# All of IPv6 that has been given out for use in the internet at large.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a URL leads: ``host`` is a name in lower case or an address without brackets."""

    scheme: Literal["http", "https"]
    host: str
    address: Address | None
    port: int
    path: str

    @property
    def origin(self) -> str:
        """The URL without path and query: these may hold what is not for everybody's eyes."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """What an operator allows: hosts and networks of a list, and public addresses unless ``public`` is false."""

    names: frozenset[str] = frozenset()
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    public: bool = True

    @classmethod
    def parse(cls, entries: Iterable[str]) -> AllowedHosts:
        """Read names of hosts, addresses and networks such as ``10.0.0.0/8``.

        They are allowed in addition to all that is public; ``!public`` among them says that nothing else is.

        Raises:
            ValueError: an entry is none of these.
        """
        names, networks, public = set(), [], True
        for entry in entries:
            if entry == _NOT_PUBLIC_ENTRY:
                public = False
                continue
            bare = entry[1:-1] if entry.startswith("[") and entry.endswith("]") else entry
            try:
                networks.append(ipaddress.ip_network(bare))
            except ValueError as error:
                name = entry.lower().removesuffix(".")
                if not _NAME.fullmatch(name) or _NUMERIC_NAME.fullmatch(name):
                    msg = f"{shorten(entry)} is neither the name of a host nor an address or network: {error}"
                    raise ValueError(msg) from None
                names.add(name)
        return cls(frozenset(names), tuple(networks), public)

    def accepts(self, host: str, address: Address) -> bool:
        """Tell whether a connection to this address may be used for this host."""
        if host in self.names or (self.public and is_public(address)):
            return True
        plain = _embedded(address) or address
        return any(address in network or plain in network for network in self.networks)


NONE_ALLOWED = AllowedHosts()


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the open internet's, also when IPv6 wraps an IPv4 address."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or any(address in network for network in _NOT_PUBLIC)
    )


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address to which packets for this IPv6 address go, if any."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def parse_url(url: str) -> Target:
    """Read a webhook's URL, without regard to where it leads.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    if len(url) > _URL_LIMIT:
        msg = f"has more than {_URL_LIMIT} characters"
        raise ValueError(msg)
    if wrong := _UNENCODED.search(url):
        msg = f"has {wrong[0]!a}: such characters must be percent-encoded, in a host's name with punycode"
        raise ValueError(msg)
    match = _URL.fullmatch(url)
    if match is None:
        msg = "is not an address like https://HOST/PATH; the protocol must be https or http"
        raise ValueError(msg)
    if match["fragment"] is not None:
        msg = "has a fragment ('#...'), which is never sent: leave it out"
        raise ValueError(msg)
    if "@" in match["authority"]:
        msg = "carries credentials; leave them out, and let the receiver verify the signature"
        raise ValueError(msg)
    parts = _AUTHORITY.fullmatch(match["authority"])
    if parts is None or not parts["host"] or not 0 < int(parts["port"] or 1) < 65536:
        msg = f"has no usable host and port: {shorten(match['authority'])}"
        raise ValueError(msg)
    scheme: Literal["http", "https"] = "https" if match["scheme"].lower() == "https" else "http"
    host, address = read_host(parts["host"])
    path = match["path"]
    return Target(
        scheme=scheme,
        host=host,
        address=address,
        port=int(parts["port"] or (443 if scheme == "https" else 80)),
        path=path if path.startswith("/") else f"/{path}",
    )


def read_host(text: str) -> tuple[str, Address | None]:
    """Read a host: a name, an IPv4 address in its usual spelling, or an IPv6 address in brackets.

    Raises:
        ValueError: it is none of these, or an address that another program might read otherwise.
    """
    name = text.lower().removesuffix(".")
    try:
        if text.startswith("["):
            if "%" in text:  # a zone: such addresses are of one link only
                raise ValueError
            six = ipaddress.IPv6Address(text[1:-1])
            return str(six), six
        if _NUMERIC_NAME.fullmatch(name):
            four = ipaddress.IPv4Address(name)
            return str(four), four
    except ValueError:
        msg = f"has a host that is no address as they are usually written: {shorten(text)}"
        raise ValueError(msg) from None
    if not _NAME.fullmatch(name):
        msg = f"has a host that is neither a name nor an address: {shorten(text)}"
        raise ValueError(msg)
    return name, None


def check_url(url: str, allowed: AllowedHosts = NONE_ALLOWED) -> Target:
    """Read a webhook's URL and refuse what can be seen to lead into a private network.

    Where a name leads is seen only when it is connected to: ``outbound`` looks again, at each connection.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    target = parse_url(url)
    check_host(target.host, target.address, allowed, _WEBHOOK_HOSTS)
    return target


def check_host(host: str, address: Address | None, allowed: AllowedHosts, variable: str) -> None:
    """Refuse a host that can be seen not to be allowed; ``variable`` is what an operator allows it with.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    if host in allowed.names or (address is not None and allowed.accepts(host, address)):
        return
    if address is not None and not is_public(address):
        problem = f"{host}, which is not a public address"
    elif _PRIVATE_NAMES.fullmatch(host):
        problem = f"{shorten(host)}, a name of private networks"
    elif not allowed.public and (address is not None or not allowed.networks):
        problem = f"{shorten(host)}, which is not on the list of what is allowed here"
    else:
        return
    msg = f"leads to {problem}; an operator can allow it with {variable}"
    raise ValueError(msg)


def shorten(text: str) -> str:
    """Return a caller's value as a message can show it: quoted, in ASCII, and cut."""
    return ascii(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
