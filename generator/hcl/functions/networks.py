"""Functions of IP networks (go-cty-funcs, cidr)."""

from __future__ import annotations

import ipaddress
from typing import Final, TypeAlias

from generator.hcl import numbers, values
from generator.hcl.functions.parameters import number, text, text_list, whole
from generator.hcl.signatures import Function, FunctionError

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_PREFIX: Final = text("prefix")
_MOST_BITS: Final = 32


def find_host(prefix: str, host: numbers.Number) -> str:
    wanted = whole(host)
    network = _parse(prefix)
    size = network.num_addresses
    if not -size <= wanted < size:
        msg = f"prefix of {network.prefixlen} does not accommodate a host numbered {wanted}"
        raise FunctionError(msg)
    return str(network.network_address + wanted % size)


def find_netmask(prefix: str) -> str:
    return str(_parse(prefix).netmask)


def find_subnet(prefix: str, more_bits: numbers.Number, subnet: numbers.Number) -> str:
    bits, wanted = whole(more_bits), whole(subnet)
    network = _parse(prefix)
    if bits > _MOST_BITS:
        msg = f"may not extend prefix by more than {_MOST_BITS} bits"
        raise FunctionError(msg)
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen:
        msg = f"insufficient address space to extend prefix of {network.prefixlen} by {bits}"
        raise FunctionError(msg)
    if not 0 <= wanted < 1 << bits:
        msg = f"prefix extension of {bits} does not accommodate a subnet numbered {wanted}"
        raise FunctionError(msg)
    return str(_subnet(network, length, wanted << (network.max_prefixlen - length)))


def find_subnets(prefix: str, *more_bits: numbers.Number) -> values.TypedList:
    """Networks one after another, each as near to the one before as its size allows."""
    network = _parse(prefix, argument=0)
    found: list[str] = []
    offset = 0
    for index, each in enumerate(more_bits, 1):
        length = network.prefixlen + _extension(each, index)
        if length > network.max_prefixlen:
            msg = (
                f"would extend prefix to {length} bits, which is too long for an "
                f"IPv{network.version} address"
            )
            raise FunctionError(msg, index)
        size = 1 << (network.max_prefixlen - length)
        offset = -(-offset // size) * size
        if offset + size > network.num_addresses:
            msg = f"not enough remaining address space for a subnet with a prefix of {length} bits"
            before = found[-1] if found else prefix
            msg += f" after {before}"
            raise FunctionError(msg, index)
        found.append(str(_subnet(network, length, offset)))
        offset += size
    return text_list(found)


def _extension(given: numbers.Number, argument: int) -> int:
    bits = whole(given, argument=argument)
    if bits < 1:
        msg = "must extend prefix by at least one bit"
        raise FunctionError(msg, argument)
    if bits > _MOST_BITS:
        msg = f"may not extend prefix by more than {_MOST_BITS} bits"
        raise FunctionError(msg, argument)
    return bits


def _subnet(network: Network, length: int, offset: int) -> Network:
    address = network.network_address + offset
    return ipaddress.ip_network(f"{address}/{length}")


def _parse(prefix: str, argument: int | None = None) -> Network:
    msg = f"invalid CIDR expression: invalid CIDR address: {prefix}"
    address, slash, length = prefix.partition("/")
    if not slash or not (length.isascii() and length.isdecimal()):
        raise FunctionError(msg, argument)
    try:
        network = ipaddress.ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        raise FunctionError(msg, argument) from None
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:  # Go takes such an address for one of IPv4
            return ipaddress.ip_network(f"{mapped}/{network.prefixlen - 96}")
    return network


FUNCTIONS: Final = {
    "cidrhost": Function(find_host, (_PREFIX, number("hostnum"))),
    "cidrnetmask": Function(find_netmask, (_PREFIX,)),
    "cidrsubnet": Function(find_subnet, (_PREFIX, number("newbits"), number("netnum"))),
    "cidrsubnets": Function(find_subnets, (_PREFIX,), number("newbits")),
}
