"""What others may use of the generator, and that a use imports no more than it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import generator

ROOT = Path(__file__).parents[2]
CASE = "packs/build/cases/minimal.hcl"
PROBE = """
import sys
from generator.commands.program import main
main(sys.argv[1:], standalone_mode=False)
print(*sys.modules, file=sys.stderr)
"""


def modules_after(*arguments: str) -> set[str]:
    """Run packgen and return the modules that it has imported."""
    run = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(run.stderr.split())


def test_the_front_door_has_these_names() -> None:
    assert generator.__all__ == [
        "GeneratorError",
        "HclError",
        "JobspecError",
        "Overrides",
        "Pack",
        "PackError",
        "Position",
        "Rendering",
        "TemplateError",
        "VariableError",
        "encode_job",
        "find_pack",
        "load_pack",
        "open_pack",
        "pack_names",
        "pack_variants",
        "packs_below",
        "parse_job",
        "render",
        "render_job",
    ]


@pytest.mark.parametrize("name", generator.__all__)
def test_each_name_stands_for_something_of_a_module_below(name: str) -> None:
    assert getattr(generator, name).__module__.startswith("generator.")


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'rendering'"):
        _ = generator.rendering  # type: ignore[attr-defined]


def test_a_folder_may_be_a_text() -> None:
    folder = str(ROOT / "packs" / "build")

    assert generator.load_pack(folder).metadata.name == "build"
    assert generator.packs_below(folder) == [ROOT / "packs" / "build"]


@pytest.mark.parametrize("arguments", [["--help"], ["render", "--help"]])
def test_help_imports_neither_the_languages_nor_jinja(arguments: list[str]) -> None:
    imported = modules_after(*arguments)

    assert "click" in imported
    assert not {"generator.hcl", "generator.template", "jinja2"} & imported


def test_a_job_file_is_read_without_templates() -> None:
    job = "tests/conformance/jobspec/001-minimal.nomad.hcl"

    assert not {"generator.template", "jinja2"} & modules_after("parse", job)


def test_a_pack_is_rendered_without_what_only_jobs_need() -> None:
    imported = modules_after("render", "build", "-f", CASE)

    assert "jinja2" in imported
    assert not {"generator.jobspec", "generator.hcl.functions"} & imported
