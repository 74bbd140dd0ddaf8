"""The rules of ``scaling`` blocks that no table holds: jobspec2/hcl_conversions.go.

A task's blocks are labelled by what they scale, at most one each; a group's block is always
horizontal and needs a maximum.
"""

from __future__ import annotations

from generator.hcl import nodes
from generator.jobspec import problems, tree
from generator.jobspec.schema import fields

_TASK_TYPES = {"cpu": "vertical_cpu", "mem": "vertical_mem"}


def complete_task_policies(policies: list[tree.Object], blocks: list[nodes.Block]) -> None:
    """Give a task's decoded policies, one for each block, the type that their label means."""
    seen: dict[str, nodes.Block] = {}
    for policy, block in zip(policies, blocks, strict=True):
        del policy[fields.LABEL]
        label = block.label_nodes[0]
        name = label.value.lower()
        if name not in _TASK_TYPES:
            message = 'Invalid scaling policy name; scaling policy name must be "cpu" or "mem"'
            raise problems.problem(label.source, label.start, message)
        if name in seen:
            message = (
                f'Duplicate scaling "{name}" block; Only one scaling {name} block is allowed. '
                f"Another was defined at {seen[name].position}."
            )
            raise problems.problem(block.source, block.start, message)
        seen[name] = block
        wanted = _TASK_TYPES[name]
        if policy["Type"] not in ("", wanted):
            message = (
                "Invalid scaling policy type; "
                f'Invalid policy type, expected "{wanted}" but found "{policy["Type"]}"'
            )
            raise problems.problem(block.source, block.start, message)
        policy["Type"] = wanted


def complete_group_policy(policy: tree.Object, block: nodes.Block) -> None:
    """Give a group's decoded policy its type."""
    policy["Type"] = policy["Type"] or "horizontal"
    given = {attribute.name: attribute for attribute in block.body.attributes}
    if "max" not in given:
        raise problems.missing_argument(block.body, "max")
    if policy["Type"] != "horizontal":
        message = (
            "Invalid group scaling type; "
            f'task group scaling policy had invalid type: "{policy["Type"]}"'
        )
        value = given["type"].expression
        raise problems.problem(value.source, value.start, message)
