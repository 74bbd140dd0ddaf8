"""Where allocations may run: constraints, affinities and spreads that cannot be evaluated.

Mirrors the ``Validate`` methods of Nomad's structs.go.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from generator.checking.job import models, rules, versions
from generator.checking.job.problems import Path, Problems, one_of, problem
from generator.golang import regexps

_SETS = ("set_contains", "set_contains_all", "set_contains_any")
_COMPARISONS = ("=", "==", "is", "!=", "not", "<", "<=", ">", ">=")
_PRESENCE = ("is_set", "is_not_set")
DISTINCT = ("distinct_hosts", "distinct_property")
_UINT64 = 1 << 64


def check_constraints(constraints: tuple[models.Constraint, ...], path: Path) -> Problems:
    for index, constraint in enumerate(constraints):
        yield from check_constraint(constraint, (*path, "Constraints", index))


def check_constraint(constraint: models.Constraint, path: Path) -> Problems:
    """The operator exists and has what it needs."""
    operator, value = constraint.operand, constraint.r_target
    if operator == "distinct_property":
        yield from _check_count(value, path)
    elif operator in _PRESENCE:
        if value:
            msg = f'the operator "{operator}" takes no value'
            yield problem(rules.PLACEMENT, (*path, "RTarget"), msg)
    elif operator != "distinct_hosts":
        yield from _check_operator(operator, value, path)
    if operator != "distinct_hosts" and not constraint.l_target:
        msg = f'the operator "{operator}" needs an attribute to look at'
        yield problem(rules.PLACEMENT, path, msg, 'as attribute = "${attr.kernel.name}"')


def _check_count(value: str, path: Path) -> Problems:
    if value and not (re.fullmatch("[0-9]+", value, re.ASCII) and 0 < int(value) < _UINT64):
        msg = f'distinct_property takes a number of 1 or more as value, not "{value}"'
        yield problem(rules.PLACEMENT, (*path, "RTarget"), msg)


def _check_operator(operator: str, value: str, path: Path) -> Problems:
    """An operator that constraints and affinities share."""
    at = (*path, "RTarget")
    checks: dict[str, tuple[str, Callable[[str], str]]] = {
        "regexp": ("pattern", _check_pattern),
        "version": ("version constraint", versions.check_version),
        "semver": ("version constraint", versions.check_semver),
    }
    if operator in (*_SETS, *_COMPARISONS):
        if not value:
            msg = f'the operator "{operator}" needs a value'
            yield problem(rules.PLACEMENT, path, msg)
    elif operator in checks:
        name, check = checks[operator]
        if wrong := check(value):
            yield problem(rules.PLACEMENT, at, f'the {name} "{value}" cannot be read: {wrong}')
    else:
        known = (*_COMPARISONS, *_SETS, *checks)
        msg = f'there is no operator "{operator}"'
        yield problem(rules.PLACEMENT, (*path, "Operand"), msg, one_of(operator, known))


def _check_pattern(pattern: str) -> str:
    try:
        regexps.compile_pattern(pattern)
    except regexps.NotSupportedError:
        return ""
    except regexps.PatternError as error:
        return str(error)
    return ""


def check_affinities(affinities: tuple[models.Affinity, ...], path: Path) -> Problems:
    for index, affinity in enumerate(affinities):
        yield from check_affinity(affinity, (*path, "Affinities", index))


def check_affinity(affinity: models.Affinity, path: Path) -> Problems:
    """The operator exists and has what it needs, the weight pulls one way."""
    yield from _check_operator(affinity.operand, affinity.r_target, path)
    if not affinity.l_target:
        yield problem(rules.PLACEMENT, path, "an affinity needs an attribute to look at")
    if affinity.weight == 0:
        yield problem(rules.PLACEMENT, (*path, "Weight"), "an affinity of weight 0 does nothing")
    if not -100 <= affinity.weight <= 100:
        msg = f"the weight {affinity.weight} is not from -100 to 100"
        yield problem(rules.PLACEMENT, (*path, "Weight"), msg)


def check_spreads(spreads: tuple[models.Spread, ...], path: Path) -> Problems:
    for index, spread in enumerate(spreads):
        yield from check_spread(spread, (*path, "Spreads", index))


def check_spread(spread: models.Spread, path: Path) -> Problems:
    """Targets that differ and share a hundred percent at most."""
    rule = rules.PLACEMENT
    if not spread.attribute:
        yield problem(rule, path, "a spread needs an attribute to look at")
    if not 0 < spread.weight <= 100:
        msg = f"the weight {spread.weight} is not from 1 to 100"
        yield problem(rule, (*path, "Weight"), msg)
    seen = set()
    for index, target in enumerate(spread.spread_target):
        at = (*path, "SpreadTarget", index)
        if target.value in seen:
            yield problem(rule, at, f'the target "{target.value}" stands here twice')
        seen.add(target.value)
        if target.percent > 100:
            yield problem(rule, (*at, "Percent"), f"{target.percent} percent is more than all")
    total = sum(target.percent for target in spread.spread_target)
    if total > 100:
        yield problem(rule, path, f"the targets' percentages sum up to {total}")
