"""Templates made up at random, rendered by the real nomad-pack and by us on the spot.

A longer run: ``TEMPLATES=500 pytest tests/generator/template/test_against_nomad_pack.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import generator
from tests.generator.template import made_up_templates

EXAMPLES = int(os.environ.get("TEMPLATES", "8"))
# All templates of an example that we accept go into one pack, and so into one process.
AT_ONCE = 25

pytestmark = pytest.mark.nomad_pack

METADATA = 'app {\n  url = ""\n}\npack {\n  name = "made"\n  version = "1"\n}\n'


def write(folder: Path, texts: list[str]) -> None:
    """A pack whose templates are the texts."""
    (folder / "made" / "templates").mkdir(parents=True)
    (folder / "made" / "metadata.hcl").write_text(METADATA)
    declared = (
        f'variable "{name}" {{\n  default = {json.dumps(value, ensure_ascii=False)}\n}}\n'
        for name, value in made_up_templates.VARIABLES.items()
    )
    (folder / "made" / "variables.hcl").write_text("".join(declared))
    (folder / "made" / "templates" / "_shown.tpl").write_text(made_up_templates.HELPER)
    for number, text in enumerate(texts):
        (folder / "made" / "templates" / f"{number:02}.txt.tpl").write_text(text)


def rendered(folder: Path) -> dict[str, str] | None:
    """What we render of the pack by name; None if we refuse it."""
    try:
        rendering = generator.render(generator.load_pack(folder / "made"), formatted=False)
    except generator.GeneratorError:
        return None
    return dict(rendering.files)


def rendered_by_nomad_pack(folder: Path) -> tuple[dict[str, str] | None, str]:
    """What nomad-pack renders of the pack, None if it refuses it; and what it says."""
    run = subprocess.run(
        ["nomad-pack", "render", "made", "--no-format", "--to-dir=out", "--auto-approve"],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TZ": "UTC"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    said = run.stdout.decode("utf-8", "replace")
    if run.returncode:
        return None, said
    files = sorted((folder / "out").rglob("*.txt"))
    return {path.relative_to(folder / "out").as_posix(): read(path) for path in files}, said


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "surrogateescape")


def both(texts: list[str]) -> tuple[dict[str, str] | None, dict[str, str] | None, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, texts)
        ours = rendered(folder)
        (folder / "out").mkdir()
        return ours, *rendered_by_nomad_pack(folder)


def is_accepted(text: str) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, [text])
        return rendered(folder) is not None


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="TEMPLATES" not in os.environ,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(made_up_templates.templates(), min_size=AT_ONCE, max_size=AT_ONCE))
def test_templates_give_what_nomad_pack_gives(texts: list[str]) -> None:
    accepted = [text for text in texts if is_accepted(text)]
    refused = [text for text in texts if text not in accepted]

    ours, theirs, said = both(accepted)

    assert ours is not None
    assert theirs is not None, f"only nomad-pack refuses one of {accepted}: {said}"
    for name, text in zip(ours, accepted, strict=True):
        assert (text, ours[name]) == (text, theirs.get(name))
    for text in refused[:1]:
        assert both([text])[1] is None, f"only we refuse {text}"
