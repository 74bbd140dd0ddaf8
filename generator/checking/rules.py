"""All rules by name, as each module of rules has them in its own table."""

from __future__ import annotations

from collections.abc import Mapping

from generator.checking import (
    assignments,
    calling,
    escaping,
    findings,
    job,
    layout,
    loading,
    references,
    renders,
    silencing,
)

RULES: Mapping[str, findings.Rule] = {
    rule.name: rule
    for table in (
        references.RULES,
        calling.RULES,
        escaping.RULES,
        assignments.RULES,
        loading.RULES,
        layout.RULES,
        renders.RULES,
        job.RULES,
        silencing.RULES,
    )
    for rule in table
}
