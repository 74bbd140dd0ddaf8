from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generator import registry
from generator.commands import caching

PACK = str(registry.PACKS / "test")
VALUES = ["--var-file", str(registry.PACKS / "test" / "cases" / "minimal.hcl")]


def render(**environment: str) -> str:
    command = [sys.executable, "-m", "generator", "render", PACK, *VALUES]
    result = subprocess.run(
        command, capture_output=True, text=True, env=environment, check=True, timeout=60
    )
    assert result.stderr == ""
    return result.stdout


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({"PACKGEN_CACHE_DIR": "own/place"}, "own/place"),
        ({"PACKGEN_CACHE_DIR": "own", "XDG_CACHE_HOME": "xdg"}, "own"),
        ({"XDG_CACHE_HOME": "xdg", "HOME": "home"}, "xdg/packgen"),
    ],
)
def test_compiled_templates_are_kept_where_the_environment_says(
    tmp_path: Path, variables: dict[str, str], place: str
) -> None:
    (tmp_path / "own").mkdir()
    environment = {name: str(tmp_path / value) for name, value in variables.items()}
    without = render(PACKGEN_CACHE_DIR="off")
    assert render(**environment) == without
    assert list((tmp_path / place).iterdir())
    assert render(**environment) == without


@pytest.mark.skipif(sys.platform == "darwin", reason="there it is Library/Caches")
def test_without_other_word_they_are_kept_in_the_users_cache_folder(tmp_path: Path) -> None:
    render(HOME=str(tmp_path))
    assert list((tmp_path / ".cache/packgen").iterdir())
    assert (tmp_path / ".cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "environment",
    [{}, {"HOME": "relative"}, {"PACKGEN_CACHE_DIR": "off", "HOME": "/"}, {"HOME": "/dev/null"}],
)
def test_without_a_place_nothing_is_kept_and_nothing_fails(environment: dict[str, str]) -> None:
    assert "job" in render(**environment)


def test_a_changed_module_makes_what_was_kept_unfit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = caching._makers()
    assert before == caching._makers()
    package = tmp_path / "generator"
    (package / "commands").mkdir(parents=True)
    (package / "template").mkdir()
    module = package / "template" / "lexer.py"
    module.write_text("1")
    monkeypatch.setattr(caching, "__file__", str(package / "commands" / "caching.py"))
    first = caching._makers()
    module.write_text("12")
    assert len({before, first, caching._makers()}) == 3
