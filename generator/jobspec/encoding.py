"""A job as JSON text: the same bytes for the same job, for ``nomad job run -json`` and for review."""

from __future__ import annotations

import json

from generator.jobspec import tree


def encode(job: tree.Object) -> str:
    """Keys in byte order, two spaces of indent, text as it is, one newline at the end."""
    return json.dumps(job, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
