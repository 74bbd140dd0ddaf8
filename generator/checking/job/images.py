"""Images whose name may mean something else tomorrow: no tag, or one that moves."""

from __future__ import annotations

import re

from generator.checking.job import rules, task_models
from generator.checking.job.problems import Path, Problems, problem

_MOVING = frozenset(
    (
        "latest", "stable", "edge", "nightly", "rolling", "canary", "main", "master", "dev",
        "devel", "develop", "development", "unstable",
    )
)  # fmt: skip
# Images from files: what is in them does not hang on a name.
_LOCAL = re.compile(r"(?:docker-archive|oci-archive|oci|dir|containers-storage):")


def check_task(task: task_models.Task, path: Path) -> Problems:
    """Whether the image of a task, if it has one, is named for good."""
    image = task.config.get("image")
    if not isinstance(image, str) or not image or task.config.get("load"):
        return
    if _LOCAL.match(image) or "@" in image:
        return
    name, colon, tag = image.rpartition("/")[2].partition(":")
    # What is only known on the node is the operator's to pin.
    if "${" in name or "${" in tag:
        return
    at = (*path, "Config", "image")
    hint = "name a version, or better a digest: name@sha256:…"
    if not colon:
        yield problem(rules.FLOATING_TAG, at, f'the image "{image}" has no tag', hint)
    elif tag in _MOVING:
        msg = f'the tag "{tag}" of the image "{image}" moves'
        yield problem(rules.FLOATING_TAG, at, msg, hint)
