"""The locals of a job file: each is evaluated after those that it refers to.

Nomad tries all of them again and again (types.config.go, evaluateLocalVariables); where that does
not depend on its luck, the values are the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from generator.errors import HclError
from generator.hcl import evaluator, nodes, references, scopes, types
from generator.jobspec import content


def evaluate(blocks: Iterable[nodes.Block], scope: scopes.Scope) -> dict[str, types.Value]:
    """The locals' values; one may refer to others wherever they stand, but not in a circle."""
    given = [each for block in blocks for each in content.just_arguments(block.body)]
    found: dict[str, types.Value] = {}
    pending = _ordered(given)
    while pending:
        failed: list[tuple[nodes.Attribute, HclError]] = []
        for attribute in pending:
            known = dict(found) if _takes_all(attribute) else found
            inner = scope.with_variables({"local": known})
            try:
                found[attribute.name] = evaluator.evaluate(attribute.expression, inner)
            except HclError as error:
                failed.append((attribute, error))
        if len(failed) == len(pending):
            raise _explained(failed)
        pending = [attribute for attribute, _ in failed]
    return found


def _ordered(given: list[nodes.Attribute]) -> list[nodes.Attribute]:
    """The locals, each behind those that it refers to, but for circles; else as they stand."""
    by_name: dict[str, list[nodes.Attribute]] = {}
    for attribute in given:
        by_name.setdefault(attribute.name, []).append(attribute)
    ordered: list[nodes.Attribute] = []
    seen: set[str] = set()
    for name in by_name:
        stack = [(name, False)]
        while stack:
            current, is_ready = stack.pop()
            if is_ready:
                ordered += by_name[current]
            elif current not in seen:
                seen.add(current)
                stack.append((current, True))
                needed = _needed(by_name[current])
                stack += [(each, False) for each in reversed(needed) if each in by_name]
    return ordered


def _needed(attributes: Iterable[nodes.Attribute]) -> list[str]:
    return [
        step.name
        for attribute in attributes
        for reference in references.find(attribute.expression)
        for step in reference.steps[:1]
        if reference.root == "local" and isinstance(step, nodes.GetAttribute)
    ]


def _takes_all(attribute: nodes.Attribute) -> bool:
    """Whether the value may hold all locals, as they are by then."""
    found = references.find(attribute.expression)
    return any(reference.root == "local" and not reference.steps for reference in found)


def _explained(failed: list[tuple[nodes.Attribute, HclError]]) -> HclError:
    """The first failure, with a hint if the locals left refer to each other."""
    names = [attribute.name for attribute, _ in failed]
    attribute, error = failed[0]
    if error.hint is None and set(_needed([attribute])) & set(names):
        error.hint = f"these locals refer to each other, or to one that fails: {', '.join(names)}"
    return error
