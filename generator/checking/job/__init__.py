"""Checks of one job: what Nomad would refuse, what weakens isolation, images that float.

Here belongs what looks at a job as Nomad's API has it, whoever wrote it: models of its parts, rules on
them, and the way back from a part to its place in the text. How a pack renders is not known here.
Only here may pydantic be used.
"""

from __future__ import annotations

from generator.checking.job.checks import check
from generator.checking.job.rules import RULES

__all__ = ["RULES", "check"]
