"""A pack and the values for its variables -> the one job that it renders, as Nomad's API takes it."""

from __future__ import annotations

from typing import Unpack

from generator import choices, jobspec, pipeline
from generator.errors import PackError
from generator.jobspec import tree
from generator.pack import Pack


def render_job(pack: Pack, **overrides: Unpack[choices.Overrides]) -> tree.Object:
    """Render the pack's only job, as Nomad's API takes it."""
    jobs = pipeline.render(pack, auxiliary=False, formatted=False, **overrides).jobs
    if len(jobs) != 1:
        found = ", ".join(jobs) or "none"
        msg = f"{pack.folder}: exactly one job is wanted, but the pack renders: {found}"
        raise PackError(msg)
    ((name, text),) = jobs.items()
    return jobspec.parse(text, name)
