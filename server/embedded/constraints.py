"""Placement constraints: a target, an operand, a value -> whether the node fits.

Mirrors scheduler/feasible: targets such as ``${attr.kernel.name}`` are looked up on the node, and a
target that does not resolve fits only ``is_not_set`` and ``!=``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from server.embedded import interpolation, records

_VERSION_PART = re.compile(r"\s*(>=|<=|!=|~>|>|<|=|)\s*v?(\d+(?:\.\d+)*)(-[0-9A-Za-z.-]+)?")
ALWAYS_MET = ("distinct_hosts", "distinct_property")
"""With one node and one allocation a group these never filter."""


def describe(constraint: Mapping[str, str]) -> str:
    """Name a constraint as Nomad's metrics do."""
    parts = (constraint["LTarget"], constraint["Operand"], constraint["RTarget"])
    return " ".join(parts)


def fits(constraint: Mapping[str, str], node: records.Node) -> bool:
    """Tell whether the node meets one constraint."""
    return holds(constraint, interpolation.node_values(node))


def holds(constraint: Mapping[str, str], values: Mapping[str, str]) -> bool:
    """Tell whether a constraint is met by what has these values: a node, a device."""
    operand = constraint["Operand"]
    left = interpolation.resolve_target(constraint["LTarget"], values)
    right = interpolation.resolve_target(constraint["RTarget"], values)
    if operand in ALWAYS_MET:
        return True
    if operand in ("is_set", "is_not_set"):
        return (left is not None) == (operand == "is_set")
    if operand in ("!=", "not"):
        return left != right
    if left is None or right is None:
        return False
    return _compare(operand, left, right)


def _compare(operand: str, left: str, right: str) -> bool:
    if operand in ("=", "==", "is"):
        return left == right
    if operand in ("<", "<=", ">", ">="):
        return _ordered(operand, left, right)
    if operand == "regexp":
        return re.search(right, left) is not None
    if operand in ("version", "semver"):
        return _version_fits(left, right)
    have = {item.strip() for item in left.split(",")}
    want = {item.strip() for item in right.split(",")}
    if operand in ("set_contains", "set_contains_all"):
        return want <= have
    return operand == "set_contains_any" and bool(want & have)


def _ordered(operand: str, left: str, right: str) -> bool:
    """Compare as numbers when both are, else as texts (feasible.go checkOrder)."""
    try:
        a: float | str = float(left)
        b: float | str = float(right)
    except ValueError:
        a, b = left, right
    return _holds(operand, (a > b) - (a < b))  # type: ignore[operator]


def _holds(operand: str, order: int) -> bool:
    return {
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
        "=": order == 0,
        "": order == 0,
        "!=": order != 0,
    }[operand]


def _version_fits(have: str, wanted: str) -> bool:
    """Check a version against a list like ``>= 1.6, < 2`` (hashicorp/go-version)."""
    version = _VERSION_PART.fullmatch(have)
    if version is None:
        return False
    for text in wanted.split(","):
        part = _VERSION_PART.fullmatch(text.rstrip())
        if part is None:
            return False
        order = _version_order(version, part)
        if part[1] == "~>":
            fixed = max(1, part[2].count("."))
            same = _numbers(version[2])[:fixed] == _numbers(part[2])[:fixed]
            if order < 0 or not same:
                return False
        elif not _holds(part[1], order):
            return False
    return True


def _version_order(left: re.Match[str], right: re.Match[str]) -> int:
    a, b = _numbers(left[2]), _numbers(right[2])
    if a != b:
        return 1 if a > b else -1
    first, second = left[3] or "", right[3] or ""
    if first == second:
        return 0
    if not first or not second:
        return 1 if not first else -1
    return 1 if first > second else -1


def _numbers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(".")]
    return numbers + [0] * (3 - len(numbers))
