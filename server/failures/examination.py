"""From a failure as Nomad and the scripts tell it to one that names step, family and evidence, if its log does. Pure.

What is known already is not guessed again: where Nomad or a script has said that memory or room was out, that is the
family, and the log has only to show the line.
"""

from __future__ import annotations

from server.failures import analysis, signs
from server.failures.analysis import Analysis
from server.record import Failure, Phase, Reason

_AT_STEP: frozenset[Reason] = frozenset({"step_failed", "out_of_memory", "disk_full"})
_AT_REGISTRY: frozenset[Reason] = frozenset(
    {"image_pull", "push_denied", "registry_unreachable", "publish_incomplete", "step_failed"}
)
_AT_GIT: frozenset[Reason] = frozenset({"git_auth", "git_ref_not_found", "git_unreachable"})
_IN_TESTS: frozenset[Reason] = frozenset(
    {"test_failed", "service_failed", "start_failed", "out_of_memory"}
)
_KNOWN: dict[Reason, str] = {"out_of_memory": "out_of_memory", "disk_full": "no_space"}
# What helps against these is said by the reason itself, with the names of the request's fields.
_SAID: frozenset[Reason] = _AT_GIT | {"push_denied"}
# What the build's script says before it sends the image away: no step's words stand after it.
_STAGING = "\nnomad-build: staging the image as "


_TOLD: frozenset[Reason] = _AT_STEP | _AT_REGISTRY | _AT_GIT | _IN_TESTS


def task_of(failure: Failure) -> str:
    """Return the task whose log can say more of a failure; empty if none can."""
    if failure.reason == "timeout":
        # Whoever gives a whole phase up knows no task; of others than the build's nothing is known by their end.
        return "build" if failure.phase == "build" and failure.task in ("", "build") else ""
    return failure.task if failure.reason in _TOLD else ""


def examine(failure: Failure, log: str, dockerfile: str | None, path: str) -> Failure:
    """Return a failure with all that the log of its task shows; ``path`` is the Dockerfile's in the repository."""
    found = _analyse(failure, log, dockerfile)
    family = _KNOWN.get(failure.reason, "")
    if family and found.family != family:
        evidence = analysis.shorten(failure.message, analysis.EVIDENCE_LIMIT)
        found = Analysis(step=found.step, family=family, evidence=evidence)
    changes = {
        "step": found.step and found.step.model_copy(update={"file": path}),
        "family": found.family,
        "evidence": found.evidence,
    }
    if found.family and failure.reason not in _SAID:
        changes["hint"] = _advise(found.family, failure.phase)
    return failure.model_copy(update=changes)


def _advise(word: str, phase: Phase) -> str:
    """Return what helps against failures of a family in a phase."""
    family = signs.named(word)
    return family.in_test if phase == "test" and family.in_test else family.hint


def _analyse(failure: Failure, log: str, dockerfile: str | None) -> Analysis:
    reason, phase, task = failure.reason, failure.phase, task_of(failure)
    if phase == "build" and task == "build":
        if reason in _AT_STEP:
            return analysis.analyse_build(log, dockerfile)
        if reason == "timeout":
            return analysis.locate(log, dockerfile)
        log = log.rpartition(_STAGING)[2]
    if task == "source":
        told = reason in _AT_GIT
        return analysis.analyse_task(log, "git", None) if told else Analysis()
    if phase == "test" and reason != "image_pull":
        told = reason in _IN_TESTS
        return (
            analysis.analyse_task(log, "program", failure.exit_code, failure.message)
            if told
            else Analysis()
        )
    if reason in _AT_REGISTRY:
        return analysis.analyse_task(log, "buildah", None, failure.message)
    return Analysis()
