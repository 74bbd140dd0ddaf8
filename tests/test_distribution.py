"""The wheel: what is in it, that it works where it is installed, and that it asks for what it imports."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

import server

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ("generator", "packs", "server")
SNAPSHOT = ROOT / "packs/build/snapshots/cpu.minimal/build.json"


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the tree as it stands, built in a copy."""
    copy: Path = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, copy)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", "dist"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True)
    (built,) = (copy / "dist").iterdir()
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel alone; what it depends on comes from this one's."""
    folder: Path = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    command += ["--python", str(folder), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(command, check=True)
    return folder


def run(installed: Path, program: str, *arguments: str) -> str:
    """Run a program of the environment, in a folder that is not the tree."""
    # Through PYTHONPATH the editable install of this tree is not seen: it hangs on a .pth file.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    command = [str(installed / "bin" / program), *arguments]
    ran = subprocess.run(
        command, cwd=installed, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return ran.stdout


def test_the_wheel_holds_the_three_folders_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name) for name in archive.namelist()}

    tops = {name.parts[0] for name in names}
    expected = {
        path.relative_to(ROOT)
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    # For those who change a pack: what runs it has no use for them.
    expected = {path for path in expected if path.parts[2:3] not in (("cases",), ("snapshots",))}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert {name for name in names if name.parts[0] in PACKAGES} == expected


def test_links_of_the_tree_are_files_of_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        copies = [name for name in archive.namelist() if name.endswith("/templates/_common.tpl")]
        texts = {archive.read(name) for name in copies}

    assert len(copies) == len(list((ROOT / "packs").glob("*/templates/_common.tpl"))) > 0
    assert texts == {(ROOT / "packs" / "_common.tpl").read_bytes()}


def test_the_installed_generator_renders_a_pack_by_its_name(installed: Path) -> None:
    case = str(ROOT / "packs/build/cases/minimal.hcl")

    options = ("--variant", "cpu", "-f", case, "--format", "json")
    given = run(installed, "packgen", "render", "build", *options)

    assert given == SNAPSHOT.read_text()


@pytest.mark.parametrize("package", ["generator", "server"])
def test_what_runs_is_what_was_installed(installed: Path, package: str) -> None:
    place = run(installed, "python", "-c", f"import {package}; print({package}.__file__)")

    assert Path(place).is_relative_to(installed)


def test_the_installed_service_tells_its_version(installed: Path) -> None:
    assert run(installed, "nomad-build", "--version").endswith(f" {server.__version__}\n")


def normal(name: str) -> str:
    """A distribution's name as all spell it who compare names (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(requirements: Iterable[str]) -> set[str]:
    """The names of requirements."""
    return {normal(re.split(r"[^\w.-]", requirement)[0]) for requirement in requirements}


def imported(*folders: str) -> set[str]:
    """The distributions that the modules below the folders import, at the top or when they run."""
    modules: set[str] = set()
    for path in (path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module.partition(".")[0])
    homes = importlib.metadata.packages_distributions()
    foreign = modules - sys.stdlib_module_names - {*PACKAGES, "tests"}
    return {normal(homes.get(module, [module])[0]) for module in foreign}


def test_what_is_imported_is_required_and_what_is_required_is_imported() -> None:
    # The one is of one version with pydantic, which pins it; the plugin is pytest's to import.
    elsewhere = {"pydantic-core", "pytest"}
    assert imported("generator", "server") - elsewhere == declared(
        PROJECT["project"]["dependencies"]
    )


def test_what_tests_import_is_required_of_developers() -> None:
    groups = PROJECT["dependency-groups"]
    known = declared(PROJECT["project"]["dependencies"] + groups["dev"] + groups["fuzz"])

    assert imported("tests") - known == set()
