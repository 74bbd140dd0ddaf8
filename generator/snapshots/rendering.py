"""A pack and one of its cases -> the texts of the case's snapshot, by the files' names.

A job is the JSON that ``packgen render --format json`` prints: readable, and ``nomad job run -json``
takes it. Auxiliary files stand as they are rendered, the message of ``outputs.tpl`` is
``outputs.txt``, and ``error.txt`` holds what the pack says to a case whose values it has to refuse.
Names are those of ``nomad-pack render`` below the pack's own name. No text names the place where
the pack lies: a snapshot is the same on any machine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from generator import jobspec, pipeline
from generator.errors import GeneratorError, PackError
from generator.hcl import formatter
from generator.pack import Pack
from generator.snapshots.cases import Case

ERROR = "error.txt"
OUTPUTS = "outputs.txt"

# What stands for the pack's folder, which templates may name (``packPath``).
PLACE = "<pack>"


class NotRefusedError(GeneratorError):
    """A case whose values the pack has to refuse can be rendered."""


def render(pack: Pack, case: Case) -> dict[str, str]:
    """What the case renders; a GeneratorError unless that is what it expects."""
    if not case.fails:
        return _unique(pack, case)
    try:
        _unique(pack, case)
    except GeneratorError as error:
        return {ERROR: describe(error, pack.folder)}
    msg = f"{case.files[0]}: the pack has to refuse these values, and renders them"
    raise NotRefusedError(msg, hint="rename the file if they are right: without .fails")


def describe(error: GeneratorError, folder: Path) -> str:
    """What is wrong, and where in the pack: neither the source line nor a hint, which may change."""
    message = f"{error.position}: {error.message}" if error.position else error.message
    return message.replace(f"{folder}/", "").rstrip("\n") + "\n"


def _unique(pack: Pack, case: Case) -> dict[str, str]:
    place = re.compile(rf"(?<![\w./-]){re.escape(str(pack.folder))}(?![\w.-])")
    texts: dict[str, str] = {}
    for name, text in _texts(pack, case):
        if name in texts:
            msg = f"{pack.folder}: two of its files have the snapshot {name}"
            raise PackError(msg, hint="give one of the templates another name")
        if ".." in name.split("/"):
            msg = f"{name}: the name of the file leads out of the folder"
            raise PackError(msg)
        texts[name] = place.sub(PLACE, text)
    return texts


def _texts(pack: Pack, case: Case) -> Iterator[tuple[str, str]]:
    # Jobs as Nomad gets them, unformatted; HCL beside them as `nomad-pack render` lays it out.
    rendering = pipeline.render(pack, outputs=True, formatted=False, **case.overrides)
    for full, text in rendering.files.items():
        name = full.partition("/")[2]
        if full.endswith(pipeline.JOB_SUFFIX):
            stem = name.removesuffix(pipeline.JOB_SUFFIX)
            yield f"{stem}.json", jobspec.encode(jobspec.parse(text, full))
        else:
            yield name, formatter.format_source(text) if name.endswith(".hcl") else text
    if pack.outputs is not None and rendering.outputs is not None:
        yield OUTPUTS, rendering.outputs
