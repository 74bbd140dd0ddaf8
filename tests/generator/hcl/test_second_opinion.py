"""python-hcl2 reads our job files to the same structure."""

from __future__ import annotations

from pathlib import Path

import hcl2
import pytest

from generator import hcl
from generator.hcl import nodes

JOBS = Path(__file__).parents[2] / "conformance" / "jobspec"
SAMPLES = ["001-minimal", "029-service-checks", "053-actions-lifecycle-logs", "110-build-job"]


def outline(body: nodes.Body) -> dict[str, object]:
    """Names of attributes and blocks with their labels, as nested dicts."""
    found: dict[str, object] = {attribute.name: None for attribute in body.attributes}
    for block in body.blocks:
        inner: object = outline(block.body)
        for label in reversed(block.labels):
            inner = {label: inner}
        siblings = found.setdefault(block.type, [])
        assert isinstance(siblings, list)
        siblings.append(inner)
    return found


def outline_of_theirs(loaded: object, ours: object) -> object:
    """Their result cut down to what ours says: values become None, quotes of labels go."""
    if isinstance(ours, dict):
        assert isinstance(loaded, dict)
        cleaned = {
            name.strip('"'): value for name, value in loaded.items() if not name.startswith("__")
        }
        return {name: outline_of_theirs(value, ours.get(name)) for name, value in cleaned.items()}
    if isinstance(ours, list):
        assert isinstance(loaded, list)
        return [outline_of_theirs(*pair) for pair in zip(loaded, ours, strict=True)]
    return None


@pytest.mark.parametrize("name", SAMPLES)
def test_job_file_has_the_structure_that_another_parser_sees(name: str) -> None:
    text = (JOBS / f"{name}.nomad.hcl").read_text(encoding="utf-8")

    ours = outline(hcl.parse(text, name))

    assert outline_of_theirs(hcl2.loads(text), ours) == ours
