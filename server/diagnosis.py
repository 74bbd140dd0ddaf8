"""From what Nomad reports of an allocation to why a build failed: one reason of the fixed list, and a hint.

A script that knows why it fails leaves the reason as a word, and a sentence below it, in the allocation's folder
(``packs/_common.tpl``, ``fail``). Nomad's own events come first: a task that was out of memory may well have left
another word.
"""

from __future__ import annotations

from typing import get_args

from server import cluster, task_names, terminal
from server.record import Failure, Phase, Reason

_REASONS: frozenset[Reason] = frozenset(get_args(Reason))
_FETCHING: frozenset[Reason] = frozenset(
    {"git_auth", "git_ref_not_found", "git_unreachable", "disk_full", "internal"}
)
# What a script of each phase may claim. The test's allocation is open to the image under test.
_CLAIMS: dict[Phase, frozenset[Reason]] = {
    "plan": _FETCHING | {"build_file_invalid"},
    "build": _REASONS
    - {
        "test_failed",
        "killed",
        "superseded",
        "conflict",
        "publish_incomplete",
        "result_lost",
        "service_failed",
        "build_file_invalid",
    },
    "test": frozenset({"test_failed", "timeout", "service_failed"}),
    "publish": frozenset(
        {"push_denied", "registry_unreachable", "publish_incomplete", "timeout", "internal"}
    ),
}
# What waits for a service runs in an image of the operator's, which can lack something.
_HELPERS: frozenset[Reason] = frozenset({"internal"})
_DEFAULTS: dict[Phase, Reason] = {
    "plan": "internal",
    "build": "step_failed",
    "test": "test_failed",
    "publish": "internal",
}
# coreutils' timeout ends with 124 when it had to send its signal, with 137 when it had to kill.
_TIMEOUT_EXIT_CODE = 124
# Where the kernel's memory control is version 2, Nomad does not always hear what killed a task.
_KILLED_EXIT_CODE = 137
_SENTENCE_LIMIT = 500
# How the messages of Nomad's docker driver and template hook begin, and what they contain.
_PULL_FAILURES = ("Failed to pull", "Failed to find docker auth")
_NO_SHELL = ("executable file not found", "no such file or directory")
_SECRETS = ("vault.read", "vault.list", "nomad.var")

_HINTS: dict[Reason, str] = {
    "queue_timeout": "The cluster was busy all the time; submit again later; an operator can see what was short",
    "placement_failed": "No node can take the job as it is; an operator has to look at the cluster",
    "node_lost": "The node went away under the build; submit again",
    "image_pull": "Nomad's node could not pull an image; check its name, the registry and the node's access to it",
    "start_failed": "Nomad's node could not start a task; an operator has to look at the node's driver and volumes",
    "git_auth": "Check repoURL; if it is private, name a secret in gitCredentialsPath: username and password, "
    "or for ssh private_key and known_hosts",
    "git_ref_not_found": "Check gitRef: it has to be a branch, tag or full commit hash of that repository",
    "git_unreachable": "Check repoURL, and that the build nodes reach that host",
    "dockerfile_missing": "Check dockerfilePath; it counts from the root of the repository",
    "step_failed": "Mend the Dockerfile where the log shows the failing step, push, and submit again",
    "out_of_memory": "Use less memory, or give the phase more: buildResources or testResources",
    "disk_full": "Make the image smaller, or have an operator free the disk of the build node or its cache",
    "timeout": "Make the phase quicker, or give it more time: buildResources, testResources or publishResources",
    "test_failed": "Nothing was published. Mend what the log shows and submit again",
    "push_denied": "Check registryURL and registryCredentialsPath: the registry has to allow a push there",
    "registry_unreachable": "Check registryURL; a registry without TLS has to be in NOMAD_BUILD_INSECURE_REGISTRIES",
    "publish_incomplete": "Every tag points at a tested image, but not all at this one; submit again",
    "secret_unavailable": "Check that the secret exists and that the job may read it",
    "result_lost": "Whether the phase ended well is not known; submit again",
    "killed": "Submit again when it was a mistake",
    "superseded": "Follow the build that took its place",
    "conflict": "Wait for the build in the way, or submit with onConflict queue or supersede",
    "host_unfit": "An operator has to give the build nodes what the message names, or keep builds off that node",
    "service_failed": "Check the service's image, env, port and readyCommand; its own log is in getLogs",
    "build_file_invalid": "Mend the build file; `nomad-build validate FILE` checks it before it is pushed",
    "nomad_unreachable": "An operator has to look at Nomad",
    "internal": "This is not the fault of the repository; an operator has to look at the log",
}


def explain(
    phase: Phase, reason: Reason, message: str, *, task: str = "", exit_code: int | None = None
) -> Failure:
    """Return a failure with the hint that belongs to its reason."""
    return Failure(
        phase=phase,
        task=task,
        reason=reason,
        exit_code=exit_code,
        message=message,
        hint=_HINTS[reason],
    )


def diagnose(phase: Phase, allocation: cluster.Allocation, claim: str = "") -> Failure:
    """Say why an allocation failed; ``claim`` is what its script has left: a reason, and a sentence below it."""
    task = failed_task(allocation)
    if task is None:
        message = (
            _printable(allocation.client_description) or "the allocation failed before any task"
        )
        return explain(phase, "internal", message)
    exit_code = task.exit_code
    reason, message = _reason(phase, task, exit_code, claim)
    return explain(phase, reason, message, task=task.name, exit_code=exit_code)


def explain_lost(phase: Phase, allocation: cluster.Allocation) -> Failure:
    """Say that a node went away with an allocation."""
    message = f"node {allocation.node_name or allocation.node_id} was lost in the {phase} phase"
    return explain(phase, "node_lost", message)


def failed_task(allocation: cluster.Allocation) -> cluster.TaskState | None:
    """Return the task that failed first: the others are only stopped in its wake."""
    failed = [task for task in allocation.tasks if task.failed]
    if not failed:
        return None
    return min(failed, key=lambda task: (_is_sibling(task), task.finished_at or "~", task.name))


def _is_sibling(task: cluster.TaskState) -> bool:
    return any(event.type == "Sibling Task Failed" for event in task.events)


def _reason(
    phase: Phase, task: cluster.TaskState, exit_code: int | None, claim: str
) -> tuple[Reason, str]:
    if task.out_of_memory:
        return "out_of_memory", f"task {task.name} used up its memory"
    if exit_code is None:
        return _start_failure(phase, task)
    word, _, sentence = claim.partition("\n")
    plain = f"task {task.name} ended with exit code {exit_code}"
    helping = phase == "test" and task_names.serves(task.name)
    for reason in _CLAIMS[phase] | _HELPERS if helping else _CLAIMS[phase]:
        if word == reason:
            # The image under test can write there, too.
            return reason, _printable(sentence) or plain
    if helping:
        return "service_failed", f"{plain} before the tests had ended"
    if exit_code == _TIMEOUT_EXIT_CODE and phase != "test":
        return "timeout", f"task {task.name} did not end in time and was stopped"
    if exit_code == _KILLED_EXIT_CODE:
        plain += ": it was killed, most often for want of memory"
    return _DEFAULTS[phase], plain


def _printable(text: str) -> str:
    """Return the beginning of a text as one line that can be shown anywhere."""
    line = " ".join(terminal.strip(text[:_SENTENCE_LIMIT]).split())
    return "".join(each for each in line if each.isprintable())


def _start_failure(phase: Phase, task: cluster.TaskState) -> tuple[Reason, str]:
    """Explain a task that never ran: its image, its command or its set-up is wrong."""
    for event in reversed(task.events):
        text = _printable(event.message)
        match event.type:
            case "Driver Failure" if text.startswith(_PULL_FAILURES):
                return "image_pull", text
            case "Driver Failure" if phase == "test" and any(each in text for each in _NO_SHELL):
                if task_names.serves(task.name):
                    return "service_failed", f"task {task.name} could not be started. {text}"
                if "/bin/sh" in text:
                    return "test_failed", f"the image has no /bin/sh to run the commands. {text}"
                return "test_failed", f"the image has no program that {task.name} names. {text}"
            case "Driver Failure" | "Setup Failure" | "Failed Validation":
                return "start_failed", text
            case "Killing" if text.startswith("Vault") or any(each in text for each in _SECRETS):
                return "secret_unavailable", text
    last = _printable(task.events[-1].message) if task.events else "no event was reported"
    return "internal", f"task {task.name} did not run: {last}"


def find_missing_secret(allocation: cluster.Allocation) -> cluster.TaskState | None:
    """Return the task that waits for a secret; Nomad itself would let it wait for ever."""
    return next((task for task in allocation.tasks if task.waits_for_secret), None)
