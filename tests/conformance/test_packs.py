"""Our packs by the real tools and by us, for every case and every variant.

nomad-pack gives the same bytes as we do, and Nomad's own parser the same job.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click.testing
import pytest

import generator
from generator import __main__ as cli

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "packs" / "cases"
NOMAD_PACK = shutil.which("nomad-pack")
NOMAD = shutil.which("nomad")


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


EVERY_RUN = pytest.mark.parametrize(
    ("name", "variant", "case"), runs(), ids=lambda value: Path(value).stem if value else "only"
)


@pytest.mark.nomad_pack
@pytest.mark.skipif(NOMAD_PACK is None, reason="nomad-pack is not on PATH")
@EVERY_RUN
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


@pytest.mark.nomad
@pytest.mark.skipif(NOMAD is None, reason="nomad is not on PATH")
@EVERY_RUN
def test_the_jobs_are_what_nomad_reads_in_the_rendered_files(
    name: str, variant: str | None, case: str, tmp_path: Path
) -> None:
    assert NOMAD is not None
    pack = generator.find_pack(name)
    rendering = generator.render(pack, variant=variant, var_files=[ROOT / case])
    ((_, text),) = rendering.jobs.items()
    file = tmp_path / "job.nomad.hcl"
    file.write_text(text)

    # Prints the job as it would be sent, and sends nothing.
    theirs = subprocess.run(
        [NOMAD, "job", "run", "-output", file], capture_output=True, timeout=60, check=True
    )

    ours = generator.render_job(pack, variant=variant, var_files=[ROOT / case])
    assert ours == without_nulls(json.loads(theirs.stdout)["Job"])


def without_nulls(value: Any) -> Any:
    match value:
        case dict():
            return {key: without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [without_nulls(item) for item in value if item is not None]
        case _:
            return value
