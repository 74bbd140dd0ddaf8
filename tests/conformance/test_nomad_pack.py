"""Our packs by the real nomad-pack and by us: the same bytes, for every case and every variant."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import click.testing
import pytest

import generator
from generator import __main__ as cli

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "packs" / "cases"
NOMAD_PACK = shutil.which("nomad-pack")

pytestmark = [
    pytest.mark.nomad_pack,
    pytest.mark.skipif(NOMAD_PACK is None, reason="nomad-pack is not on PATH"),
]


def runs() -> list[tuple[str, str | None, str]]:
    """Pack, variant and case, each with each."""
    return [
        (name, variant, case.relative_to(ROOT).as_posix())
        for name in generator.pack_names()
        for variant in generator.pack_variants(generator.find_pack(name)) or [None]
        for case in sorted((CASES / name).glob("*.hcl"))
    ]


def test_every_pack_is_rendered() -> None:
    assert {name for name, _, _ in runs()} == set(generator.pack_names()) != set()


@pytest.mark.parametrize(
    ("name", "variant", "case"),
    runs(),
    ids=lambda value: Path(value).stem if value else "only",
)
def test_the_packs_render_as_by_nomad_pack(
    name: str, variant: str | None, case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert NOMAD_PACK is not None
    monkeypatch.chdir(ROOT)
    options = ["--render-output-template", "-f", case]
    # nomad-pack sorts the files by path: the variant's comes first, and is the weaker one.
    files = ["-f", f"packs/{name}/variants/{variant}.hcl"] if variant else []
    theirs = subprocess.run(
        [NOMAD_PACK, "render", f"packs/{name}", *files, *options],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )

    chosen = ["--variant", variant] if variant else []
    ours = click.testing.CliRunner().invoke(cli.main, ["render", name, *chosen, *options])

    assert (theirs.returncode, theirs.stderr) == (0, b""), theirs.stdout
    assert ours.exit_code == 0, ours.stderr
    assert ours.stdout_bytes == theirs.stdout
