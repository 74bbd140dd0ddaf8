"""Why a build has failed, as its log shows it: the step, its line in the Dockerfile, a family of failures, evidence.

Here belongs what reads texts, logs and Dockerfiles. Where they come from, and what a failure is otherwise known by,
from Nomad and from what scripts leave, never does: ``results`` and ``diagnosis`` know that. All of it is pure, and its
work is bounded by the size of what it reads.
"""

from server.failures.analysis import (
    Analysis,
    analyse_build,
    analyse_task,
    excerpt,
    locate,
    shorten,
)
from server.failures.examination import examine, task_of
from server.failures.families import FAMILIES
from server.failures.steps import Step, current_step, own_output

__all__ = [
    "FAMILIES",
    "Analysis",
    "Step",
    "analyse_build",
    "analyse_task",
    "current_step",
    "examine",
    "excerpt",
    "locate",
    "own_output",
    "shorten",
    "task_of",
]
