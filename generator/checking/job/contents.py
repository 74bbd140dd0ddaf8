"""What is put into a task: artifacts, templates, a payload; and what can be done in it: actions.

Mirrors the ``Validate`` methods of Nomad's structs.go and actions.go.
"""

from __future__ import annotations

import posixpath
import re

from generator.checking.job import rules, task_models
from generator.checking.job.problems import Path, Problems, one_of, problem
from generator.golang import durations

_CHANGES = ("noop", "restart", "signal", "script")
_MODES = ("any", "file", "dir")
_VARIABLE = re.compile(r"\$\{[a-zA-Z0-9_\-.]+\}")
_PERMISSIONS = re.compile(r"[0-7]+", re.ASCII)
_HIGHEST_PERMISSIONS = 0o7777
_SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "sha512": 64}
_ACTION = re.compile(r"[^\x00\t\n\f\r ]{1,128}")


def check_contents(task: task_models.Task, path: Path) -> Problems:
    """What a task's artifacts, templates, payload and actions miss."""
    for index, artifact in enumerate(task.artifacts):
        yield from _check_artifact(artifact, (*path, "Artifacts", index))
    destinations: set[str] = set()
    for index, template in enumerate(task.templates):
        at = (*path, "Templates", index)
        yield from _check_template(template, at)
        if template.destination in destinations:
            msg = f'another template has the destination "{template.destination}" too'
            yield problem(rules.DUPLICATE, (*at, "DestPath"), msg)
        destinations.add(template.destination)
    if task.dispatch_payload is not None and escapes("task/local", task.dispatch_payload.file):
        msg = f'the payload\'s file "{task.dispatch_payload.file}" lies outside of the allocation'
        yield problem(rules.TEMPLATE, (*path, "DispatchPayload", "File"), msg)
    yield from _check_actions(task, path)


def escapes(prefix: str, path: str) -> bool:
    """Whether a path leads out of the allocation's folder (helper/escapingfs)."""
    inside = "/alloc-dir/alloc-id/"
    joined = posixpath.normpath(f"{inside}{prefix}/{path}") + "/"
    # A file in the allocation whose name begins with two dots counts as outside, too.
    return not joined.startswith(inside) or joined.startswith(f"{inside}..")


def _check_artifact(artifact: task_models.Artifact, path: Path) -> Problems:
    rule = rules.TEMPLATE
    if not artifact.source:
        yield problem(rule, path, "the artifact has no source")
    if artifact.mode not in ("", *_MODES):
        msg = f'there is no mode "{artifact.mode}" for artifacts'
        yield problem(rule, (*path, "GetterMode"), msg, one_of(artifact.mode, _MODES))
    destination = artifact.destination
    if destination is not None and escapes("task", destination):
        msg = f'the destination "{destination}" lies outside of the allocation'
        yield problem(rule, (*path, "RelativeDest"), msg)
    checksum = artifact.options.get("checksum")
    if checksum is not None and not _VARIABLE.search(checksum) and (wrong := _wrong(checksum)):
        yield problem(rule, (*path, "GetterOptions", "checksum"), wrong)


def _wrong(checksum: str) -> str:
    """What is wrong with a checksum, empty if nothing is."""
    kind, colon, digits = checksum.strip().partition(":")
    if not colon or ":" in digits:
        return f'the checksum "{checksum}" is not written as type:value'
    if kind not in _SIZES:
        return f'there is no checksum of type "{kind}", only {", ".join(_SIZES)}'
    if not re.fullmatch(f"[0-9a-fA-F]{{{2 * _SIZES[kind]}}}", digits, re.ASCII):
        return f"a {kind} checksum has {2 * _SIZES[kind]} hexadecimal digits"
    return ""


def _check_template(template: task_models.Template, path: Path) -> Problems:
    rule = rules.TEMPLATE
    if not template.source and not template.data:
        yield problem(rule, path, "the template has neither a source nor data")
    if not template.destination:
        yield problem(rule, path, "the template has no destination")
    if escapes("task", template.destination):
        msg = f'the destination "{template.destination}" lies outside of the allocation'
        yield problem(rule, (*path, "DestPath"), msg)
    yield from _check_change(template, path)
    if template.splay < 0:
        yield problem(rule, (*path, "Splay"), "splay is less than zero")
    if template.perms and not _is_permissions(template.perms):
        msg = f'"{template.perms}" are no permissions as 0644'
        yield problem(rule, (*path, "Perms"), msg)
    wait = template.wait
    if wait and wait.min is not None and wait.max is not None and wait.min > wait.max:
        msg = (
            f"the least time to wait, {durations.write(wait.min)}, is longer than the most, "
            f"{durations.write(wait.max)}"
        )
        yield problem(rule, (*path, "Wait"), msg)


def _check_change(template: task_models.Template, path: Path) -> Problems:
    rule = rules.TEMPLATE
    mode = template.change_mode
    if mode not in _CHANGES:
        msg = f'there is no change_mode "{mode}"'
        yield problem(rule, (*path, "ChangeMode"), msg, one_of(mode, _CHANGES))
    if mode == "signal":
        if template.change_signal == "":
            msg = 'change_mode = "signal" needs a change_signal'
            yield problem(rule, (*path, "ChangeSignal"), msg)
        if template.envvars:
            msg = 'a template of environment variables cannot have change_mode = "signal"'
            hint = "the environment of a running task does not change: use restart"
            yield problem(rule, (*path, "ChangeMode"), msg, hint)
    if mode == "script":
        if template.change_script is None:
            msg = 'change_mode = "script" needs a change_script block'
            yield problem(rule, (*path, "ChangeMode"), msg)
        elif not template.change_script.command:
            yield problem(rule, (*path, "ChangeScript"), "the change_script has no command")


def _is_permissions(text: str) -> bool:
    """Whether Go's strconv.ParseUint reads an octal number of twelve bits."""
    return bool(_PERMISSIONS.fullmatch(text)) and int(text, 8) <= _HIGHEST_PERMISSIONS


def _check_actions(task: task_models.Task, path: Path) -> Problems:
    seen: set[str] = set()
    for index, action in enumerate(task.actions):
        at = (*path, "Actions", index)
        if not action.command:
            yield problem(rules.TASK, at, f'the action "{action.name}" has no command')
        if not _ACTION.fullmatch(action.name):
            msg = f'"{action.name}" is no name for an action: 1 to 128 characters, none a space'
            yield problem(rules.TASK, (*at, "Name"), msg)
        if action.name in seen:
            msg = f'the action "{action.name}" stands in the task twice'
            yield problem(rules.DUPLICATE, (*at, "Name"), msg)
        seen.add(action.name)
