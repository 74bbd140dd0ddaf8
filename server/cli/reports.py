"""How answers look to a person: a build, a list of builds, what was cleaned up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from server import terminal
from server.cli.screen import STYLES, Screen

ENDED = ("SUCCEEDED", "FAILED")


def show_build(shown: Screen, build: Mapping[str, Any]) -> None:
    """Show what getStatus answers."""
    status = str(build.get("status", ""))
    shown.pair("id", build.get("jobID"))
    shown.pair("status", status, STYLES.get(status, ""))
    if build.get("elapsedSeconds") is not None:
        shown.pair("time", show_seconds(build["elapsedSeconds"]))
    shown.pair("owner", build.get("owner"))
    variant = [str(build[key]) for key in ("variant", "variantReason") if build.get(key)]
    shown.pair("variant", ": ".join(variant))
    shown.pair("commit", build.get("commit"))
    shown.pair("step", build.get("step"))
    queue = build.get("queue") or {}
    if queue:
        shown.pair("queue", f"place {queue.get('position')}: {queue.get('reason', '')}")
    for name, phase in (build.get("phases") or {}).items():
        shown.pair(name, _describe_phase(phase))
    _show_tests(shown, build.get("tests") or {})
    shown.pair("image", ", ".join(build.get("images") or ()))
    shown.pair("digest", build.get("digest"))
    if build.get("size"):
        shown.pair("size", f"{int(build['size']) / 1_000_000:.1f} MB")
    killed = build.get("killed") or {}
    if killed:
        why = f": {killed['why']}" if killed.get("why") else ""
        shown.pair("killed", f"by {killed.get('by') or 'somebody'}{why}")
    shown.pair("webhook", (build.get("webhook") or {}).get("lastError"))
    _show_failure(shown, build.get("failure") or {})
    if status not in ENDED:
        shown.pair("next", build.get("nextStep"))


def _show_tests(shown: Screen, tests: Mapping[str, Any]) -> None:
    if not tests:
        return
    counts = ("passed", "failed", "errors", "skipped")
    shown.pair("tests", ", ".join(f"{tests[key]} {key}" for key in counts if tests.get(key)))
    for failed in tests.get("failures") or ():
        shown.line(f"           {failed['suite']} {failed['name']}: {failed['message']}")


def _show_failure(shown: Screen, failure: Mapping[str, Any]) -> None:
    """Show why a build failed: first what, then where, then what it said."""
    if not failure:
        return
    task = f", task {failure['task']}" if failure.get("task") else ""
    code = failure.get("exitCode")
    ended = "" if code is None else f", exit code {code}"
    shown.pair(
        "failed", f"{failure['reason']} in phase {failure['phase']}{task}{ended}", "bold red"
    )
    shown.pair("", failure.get("message"))
    step = failure.get("step") or {}
    if step:
        shown.pair("step", _describe_step(step))
    shown.pair("family", failure.get("family"))
    shown.pair("evidence", _join(failure.get("evidence")))
    shown.pair("hint", failure.get("hint"), "bold")
    tail = str(failure.get("logTail") or "").rstrip("\n")
    if tail:
        shown.line()
        for line in tail.split("\n"):
            shown.line(f"  {line}")


def _describe_step(step: Mapping[str, Any]) -> str:
    of = f"/{step['of']}" if step.get("of") else ""
    where = f" ({step.get('file') or 'Dockerfile'}:{step['line']})" if step.get("line") else ""
    return f"{step.get('number', '')}{of} {step.get('instruction', '')}{where}"


def _join(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " | ".join(map(str, value))
    return str(value or "")


def _describe_phase(phase: Mapping[str, Any]) -> str:
    parts = []
    if phase.get("seconds") is not None:
        parts.append(show_seconds(phase["seconds"]))
    elif phase.get("startedAt"):
        parts.append("running")
    elif phase.get("registeredAt"):
        parts.append("waiting for a place")
    if phase.get("node"):
        parts.append(f"on {phase['node']}")
    if phase.get("waiting"):
        parts.append(str(phase["waiting"]))
    if (phase.get("attempt") or 1) > 1:
        parts.append(f"attempt {phase['attempt']}, after {phase.get('lastError', 'a failure')}")
    return " ".join(parts)


def show_seconds(seconds: float) -> str:
    """Return a time as people read it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


_COLUMNS = {
    "BUILD": ("jobID",),
    "STATUS": ("status",),
    "CREATED": ("createdAt",),
    "SECONDS": ("seconds",),
    "OWNER": ("owner",),
    "REASON": ("reason",),
    "REPOSITORY": ("repoURL",),
    "REF": ("gitRef",),
}

_CUT = ("OWNER", "REPOSITORY", "REF")
_FOR_WIDE = ("SECONDS", "OWNER", "REF")
_WIDE = 120  # characters


def show_history(shown: Screen, answer: Mapping[str, Any]) -> None:
    """Show what getHistory answers, a line a build."""
    builds = answer.get("builds") or ()
    if not builds:
        shown.note("No build is known.")
        return
    narrow = shown.is_seen and shown.out.width < _WIDE
    columns = {
        name: keys
        for name, keys in _COLUMNS.items()
        if not (narrow and name in _FOR_WIDE)
        and any(build.get(key) is not None for build in builds for key in keys)
    }
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        # What may be copied is never cut: where there is too little room, these are.
        table.add_column(name, no_wrap=name not in _CUT, overflow="ellipsis")
    for build in builds:
        cells = [_cell(build, keys, brief=shown.is_seen) for keys in columns.values()]
        table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in cells))
    shown.out.print(table)
    if answer.get("nextCursor"):
        shown.note(f"There are more: --cursor {answer['nextCursor']}", "dim")


def _cell(build: Mapping[str, Any], keys: Sequence[str], *, brief: bool) -> str:
    """Return a field as a column shows it; ``brief`` is for eyes, which know the rest."""
    value = next((build[key] for key in keys if build.get(key) is not None), "")
    text = terminal.strip(str(value)).replace("\n", " ")
    if keys[0] == "createdAt":
        return _local_time(text)
    if brief and keys[0] == "repoURL":
        return "/".join(re.split(r"[/:]", text.rstrip("/").removesuffix(".git"))[-2:])
    if brief and keys[0] == "gitRef" and re.fullmatch(r"[0-9a-f]{40}", text):
        return text[:12]
    return text


def _local_time(text: str) -> str:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return text
    return time.astimezone().strftime("%Y-%m-%d %H:%M")


def show_cleanup(shown: Screen, answer: Mapping[str, Any]) -> None:
    """Show what cleanup answers: each thing that was removed, or would be."""
    for removal in answer.get("removed") or ():
        shown.line(f"{removal['kind']:<12} {removal['name']}  ({removal['why']})")
    shown.note(str(answer.get("message", "")))
