"""Volumes of a group, and where its tasks mount them.

Mirrors VolumeRequest.Validate and VolumeMount.Validate in Nomad's volumes.go.
"""

from __future__ import annotations

from generator import errors
from generator.checking.job import job_models, rules, task_models
from generator.checking.job.problems import Path, Problem, Problems, one_of, problem

TYPES = ("host", "csi")
_PROPAGATION = ("", "private", "host-to-task", "bidirectional")
_LABELS = ("", "z", "Z")
_HOST_MODES = (
    "",
    "single-node-reader-only",
    "single-node-writer",
    "single-node-single-writer",
    "single-node-multi-writer",
)
_READ_ONLY = ("single-node-reader-only", "multi-node-reader-only")
_ALONE = ("single-node-reader-only", "single-node-writer")


def check_volume(
    volume: job_models.Volume, job_type: str, count: int, canaries: int, path: Path
) -> Problems:
    """A volume that can be found and shared as it is asked for."""
    if volume.type not in TYPES:
        msg = f'a volume of type "{volume.type}" is left out: Nomad knows {" and ".join(TYPES)}'
        yield problem(rules.ADVICE, (*path, "Type"), msg)
        return
    rule = rules.VOLUME
    if not volume.source:
        yield problem(rule, path, "the volume has no source")
    if volume.per_alloc:
        at = (*path, "PerAlloc")
        if job_type in ("system", "sysbatch"):
            yield problem(rule, at, f"a {job_type} job cannot have a volume for each allocation")
        if canaries > 0:
            yield problem(rule, at, "a volume for each allocation excludes canaries")
        if volume.sticky:
            yield problem(rule, at, "a volume for each allocation cannot be sticky")
    if volume.type == "host":
        yield from _check_host(volume, path)
    else:
        yield from _check_csi(volume, count, path)


def _check_host(volume: job_models.Volume, path: Path) -> Problems:
    rule = rules.VOLUME
    mode = volume.access_mode
    if volume.mount_options is not None:
        yield problem(rule, (*path, "MountOptions"), "a host volume has no mount_options")
    if mode not in _HOST_MODES:
        msg = f'a host volume has no access_mode "{mode}"'
        yield problem(rule, (*path, "AccessMode"), msg, one_of(mode, _HOST_MODES))
    if mode in _READ_ONLY and mode in _HOST_MODES and not volume.read_only:
        yield _writable(mode, path)


def _writable(mode: str, path: Path) -> Problem:
    return problem(
        rules.VOLUME, (*path, "AccessMode"), f'access_mode "{mode}" needs read_only = true'
    )


def _check_csi(volume: job_models.Volume, count: int, path: Path) -> Problems:
    rule = rules.VOLUME
    mode = volume.access_mode
    if not volume.attachment_mode:
        yield problem(rule, path, "a csi volume needs an attachment_mode")
    elif volume.attachment_mode == "block-device" and volume.mount_options is not None:
        yield problem(rule, (*path, "MountOptions"), "a block device has no mount_options")
    if not mode:
        yield problem(rule, path, "a csi volume needs an access_mode")
    if mode in _READ_ONLY and not volume.read_only:
        yield _writable(mode, path)
    shared = count > 1 and not volume.per_alloc
    writes = mode == "multi-node-single-writer" and not volume.read_only
    if shared and (mode in _ALONE or writes):
        msg = f'access_mode "{mode}" is for one allocation, but the group\'s count is {count}'
        yield problem(rule, (*path, "AccessMode"), msg, "set per_alloc = true, or another mode")


def check_mount(
    mount: task_models.VolumeMount, volumes: dict[str, job_models.Volume], path: Path
) -> Problems:
    """A mount of a volume that the group has."""
    if mount.volume is None:
        yield problem(rules.ADVICE, path, "a mount without a volume is left out")
        return
    known = [name for name, volume in volumes.items() if volume.type in TYPES]
    if mount.volume == "":
        yield problem(rules.UNDEFINED_VOLUME, (*path, "Volume"), "the mount names no volume")
    elif mount.volume not in known:
        msg = f'the group has no volume "{mount.volume}"'
        has = f"it has {', '.join(known)}" if known else "add a volume block to the group"
        hint = errors.suggest(mount.volume, known, has)
        yield problem(rules.UNDEFINED_VOLUME, (*path, "Volume"), msg, hint)
    if mount.propagation_mode not in _PROPAGATION:
        msg = f'there is no propagation_mode "{mount.propagation_mode}"'
        hint = one_of(mount.propagation_mode, _PROPAGATION)
        yield problem(rules.VOLUME, (*path, "PropagationMode"), msg, hint)
    if mount.selinux_label not in _LABELS:
        msg = f'selinux_label is "z" or "Z", not "{mount.selinux_label}"'
        yield problem(rules.VOLUME, (*path, "SELinuxLabel"), msg)
