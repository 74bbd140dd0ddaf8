"""Command lines of ``packgen render`` that are read without click mean what they mean to click."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from generator.commands import program, rendering, swift

VALUES = st.sampled_from(
    ["a", "a=b", "x=", "=", "", "-", "-x", "hcl", "json", "yaml", "a,b", "é=1"]
)
NAMES = st.sampled_from(
    [
        "-f", "-o", "--var", "--var-file", "--variant", "--format", "--to-dir", "--name",
        "--no-format", "--skip-aux-files", "--render-output-template", "--allow-unset-vars",
        "--allow-impure", "-y", "--auto-approve", "--ignore-missing-vars", "--vari", "--",
    ]
)  # fmt: skip
WORDS = st.one_of(
    NAMES.map(lambda name: (name,)),
    VALUES.map(lambda value: (value,)),
    st.tuples(NAMES, VALUES),
    st.builds(lambda name, value: (f"{name}={value}",), NAMES, VALUES),
    st.builds(lambda name, value: (f"{name}{value}",), NAMES, VALUES),
)


def ask_click(words: list[str]) -> tuple[rendering.Request | None, str]:
    """What click makes of a command line, or what it says is wrong with it."""
    asked: list[rendering.Request] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "run", asked.append)
        result = CliRunner().invoke(program.main, words, prog_name="packgen")
    return (asked[0] if asked else None), result.output


@given(st.lists(WORDS, max_size=5))
def test_what_is_read_without_click_is_what_click_reads(drawn: list[tuple[str, ...]]) -> None:
    words = ["render", "pack", *(word for several in drawn for word in several)]
    request = swift.read(words, {})
    if request is not None:
        assert (request, "") == ask_click(words)


@pytest.mark.parametrize(
    "words",
    [
        ["pack"],
        ["-"],
        ["pack", "-f", "a.hcl,b.hcl", "-f=c", "--var-file=d.json"],
        ["--var", "a=b=c", "--var=d=", "pack", "--variant", "gpu"],
        ["pack", "--format", "json", "--to-dir", "out"],
        ["pack", "-o", "out", "--no-format", "--skip-aux-files", "--render-output-template"],
    ],
)
def test_usual_command_lines_need_no_click(words: list[str]) -> None:
    request = swift.read(["render", *words], {})
    if "-f=c" in words:  # Click takes this for a file called "=c".
        assert request is None
    else:
        assert request is not None
        assert (request, "") == ask_click(["render", *words])


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["parse", "x"],
        ["render"],
        ["render", "a", "b"],
        ["render", "a", "--help"],
        ["render", "a", "--var"],
        ["render", "a", "--var", "b"],
        ["render", "a", "--format", "xml"],
        ["render", "a", "--format", "json", "--render-output-template"],
        ["render", "a", "-o", __file__],
    ],
)
def test_mistakes_and_other_commands_are_clicks(words: list[str]) -> None:
    assert swift.read(words, {}) is None


def test_what_click_reads_from_the_environment_is_left_to_it() -> None:
    assert swift.read(["render", "a"], {"NOMAD_PACK_ALLOW_UNSET_VARS": "1"}) is None


def test_a_render_imports_neither_click_nor_what_it_has_no_use_for(tmp_path: Path) -> None:
    script = """
import os, sys
from generator import __main__
def end(code):
    sys.stderr.write("\\n".join(sys.modules))
    sys.stderr.flush()
    leave(code)
leave, os._exit = os._exit, end
__main__.main()
"""
    case = Path(__file__).parents[3] / "packs/build/cases/minimal.hcl"
    command = [sys.executable, "-c", script, "render", "build", "-f", str(case)]
    environment = {"PACKGEN_CACHE_DIR": str(tmp_path / "cache")}
    imported: set[str] = set()
    for _ in range(2):
        ended = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=True, timeout=60
        )
        assert ended.stdout.startswith("# ") or "job " in ended.stdout
        imported = set(ended.stderr.split())

    assert "generator.pipeline" in imported
    unwanted = {"click", "jinja2", "pydantic", "yaml", "dataclasses", "inspect"}
    assert not unwanted & imported
    assert not [
        name
        for name in imported
        if name.startswith(("generator.checking", "generator.comparison", "generator.snapshots"))
    ]
