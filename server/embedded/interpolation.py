"""``${…}`` in a job: what the client evaluates on the node, in env, in driver config, in constraints.

Nomad has two ways. In env (helper/args ReplaceEnv) a reference that is unknown stays as it is. In a
driver's config each string is an HCL template; there the engine takes plain references, plain texts in
quotes (``${"$"}``) and HCL's escapes, and refuses expressions by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from server.embedded import faults, records

_REFERENCE = re.compile(r"\$\{([a-zA-Z0-9_\-.]+)\}")
_TEMPLATE = re.compile(r"\$\$\{|%%\{|\$\{([^}]*)\}|%\{")
_LITERAL = re.compile(r"\s*\"([^\"\\$%]*|[$%])\"\s*")
_TRAVERSAL = re.compile(r"\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)(?:\[\"([^\"]*)\"\])?\s*")


def node_values(node: records.Node) -> dict[str, str]:
    """Name everything of the node that a job may refer to, as taskenv's node attributes."""
    values = {
        "node.unique.id": node.id,
        "node.unique.name": node.name,
        "node.datacenter": node.datacenter,
        "node.region": node.region,
        "node.class": "",
        "node.pool": "default",
    }
    values |= {f"attr.{key}": value for key, value in node.attributes.items()}
    values |= {f"meta.{key}": value for key, value in node.meta.items()}
    return values


def resolve_target(target: str, values: Mapping[str, str]) -> str | None:
    """Look a constraint's target up (feasible.go resolveTarget); a plain text is itself."""
    if not target.startswith("${"):
        return target
    return values.get(target[2:-1])


def replace_references(text: str, values: Mapping[str, str]) -> str:
    """Replace the known references in an env value; unknown ones stay as they are."""
    return _REFERENCE.sub(lambda match: values.get(match[1], match[0]), text)


def evaluate_config(value: records.Json, values: Mapping[str, str]) -> records.Json:
    """Evaluate all strings of a driver's config, at every depth."""
    match value:
        case str():
            return _evaluate(value, values)
        case list():
            return [evaluate_config(item, values) for item in value]
        case dict():
            return {
                _evaluate(key, values): evaluate_config(item, values) for key, item in value.items()
            }
        case _:
            return value


def _evaluate(text: str, values: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[0] in ("$${", "%%{"):
            return match[0][1:]
        if match[0] == "%{":
            problem = 'The embedded engine does not support template directives ("%{").'
            raise faults.ConfigFault([f"Unsupported template: {problem}"])
        return _look_up(match[1], values)

    return _TEMPLATE.sub(replace, text)


def _look_up(expression: str, values: Mapping[str, str]) -> str:
    literal = _LITERAL.fullmatch(expression)
    if literal is not None:
        return literal[1]
    traversal = _TRAVERSAL.fullmatch(expression)
    if traversal is None:
        problem = f'The embedded engine does not evaluate the expression "{expression}".'
        raise faults.ConfigFault([f"Unsupported template: {problem}"])
    name = traversal[1]
    if traversal[2] is not None:
        name = traversal[2] if name == "env" else f"{name}.{traversal[2]}"
    if name in values:
        return values[name]
    root, dot, rest = name.partition(".")
    if dot and any(key.startswith(f"{root}.") for key in values):
        attribute = rest.partition(".")[0]
        problem = f'This object does not have an attribute named "{attribute}".'
        raise faults.ConfigFault([f"Unsupported attribute: {problem}"])
    problem = f'There is no variable named "{root}".'
    raise faults.ConfigFault([f"Unknown variable: {problem}"])
