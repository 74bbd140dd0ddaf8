"""The command ``packgen render`` as a whole process, against that of ``nomad-pack render``."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from generator import registry
from tests.bench import processes
from tests.bench.report import Row

_ROUNDS = 25
_PACKS = 50
_VALUES = registry.PACKS / "build" / "cases" / "minimal.hcl"

_METADATA = 'app {{\n  url = ""\n}}\npack {{\n  name    = "{name}"\n  version = "1.0.0"\n}}\n'
_VARIABLES = """
variable "datacenters" {
  description = "Where the job may run"
  type        = list(string)
  default     = ["dc1", "dc2"]
}
variable "count" {
  type    = number
  default = 2
}
variable "image" {
  type    = string
  default = "registry.example.com/app:1.2.3"
}
"""
_TEMPLATE = """job "{name}" {{
  datacenters = [[ var "datacenters" . | toStringList ]]
  group "app" {{
    count = [[ var "count" . ]]
    network {{
      port "http" {{}}
    }}
    task "app" {{
      driver = "docker"
      config {{
        image = [[ var "image" . | quote ]]
        [[- if gt (var "count" .) 1 ]]
        ports = ["http"]
        [[- end ]]
      }}
    }}
  }}
}}
"""
_EMPTY = "# [[ 1 ]]\n"

# One process for a whole registry, with all that the command has to import.
_ALL = """
import os
import sys
from pathlib import Path
import generator
from generator.commands import caching
cache = caching.open_cache(os.environ)
for folder in generator.packs_below(Path(sys.argv[1])):
    for name, text in generator.render(generator.load_pack(folder), cache=cache).files.items():
        print(name, text)
"""


def measure() -> Iterator[Row]:
    """Measure processes; without nomad-pack, only what needs no yardstick."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        scratch = Path(name)
        environment = _environment(scratch / "cache")
        yield from _imports(environment)
        if shutil.which("nomad-pack") is None:
            print("no nomad-pack on PATH: the command packgen is not measured against it")
            return
        small = _write_pack(scratch / "small", "small", _TEMPLATE)
        yield from _small(small, environment)
        yield from _shipped(environment)
        yield from _start(_write_pack(scratch / "empty", "empty", _EMPTY), environment)
        yield from _registry(scratch / "registry", environment)


def _environment(cache: Path) -> dict[str, str]:
    """That of a shell; Python keeps its bytecode, as it does wherever it is installed."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PACKGEN_CACHE_DIR": str(cache)}


def _packgen(*words: str | Path) -> list[str]:
    return [str(Path(sys.executable).with_name("packgen")), "render", *map(str, words)]


def _nomad_pack(*words: str | Path) -> list[str]:
    return ["nomad-pack", "render", *map(str, words)]


def _write_pack(folder: Path, name: str, template: str) -> Path:
    (folder / "templates").mkdir(parents=True)
    (folder / "metadata.hcl").write_text(_METADATA.format(name=name))
    (folder / "variables.hcl").write_text(_VARIABLES)
    text = template.format(name=name) if "{{" in template else template
    (folder / "templates" / f"{name}.nomad.tpl").write_text(text)
    return folder


def _imports(environment: Mapping[str, str]) -> Iterator[Row]:
    python = [sys.executable, "-c"]
    commands = "from generator.commands import program, render, parse, list"
    bare, imported = processes.run_in_turns(
        [[*python, "pass"], [*python, commands]], _ROUNDS, environment
    )
    value = (imported.seconds - bare.seconds) * 1000
    yield Row(
        what="import of the command line",
        measured=f"{value:.0f} ms",
        against=f"on top of Python's own start, {bare.seconds * 1000:.0f} ms",
        value=value,
        limit=120,
        unit="ms",
    )


def _small(pack: Path, environment: Mapping[str, str]) -> Iterator[Row]:
    off = {**environment, "PACKGEN_CACHE_DIR": "off"}
    ours, theirs = processes.run_in_turns([_packgen(pack), _nomad_pack(pack)], _ROUNDS, environment)
    (first,) = processes.run_in_turns([_packgen(pack)], _ROUNDS, off)
    yield _ratio("packgen render, a small pack", ours, theirs, limit=1.2)
    yield Row(
        what="peak memory of packgen render, a small pack",
        measured=f"{ours.megabytes:.0f} MB",
        against=f"nomad-pack render {theirs.megabytes:.0f} MB",
        value=ours.megabytes / theirs.megabytes,
        limit=1.5,
        unit="x",
    )
    yield _ratio("the same, its templates not compiled before", first, theirs, limit=None)


def _shipped(environment: Mapping[str, str]) -> Iterator[Row]:
    folder, values = registry.PACKS / "build", ("-f", _VALUES)
    ours, theirs = processes.run_in_turns(
        [_packgen(folder, *values), _nomad_pack(folder, *values)], _ROUNDS, environment
    )
    yield _ratio("packgen render, the build pack", ours, theirs, limit=None)


def _start(pack: Path, environment: Mapping[str, str]) -> Iterator[Row]:
    ours, theirs, bare = processes.run_in_turns(
        [_packgen(pack), _nomad_pack(pack), [sys.executable, "-c", "pass"]], _ROUNDS, environment
    )
    yield _ratio("cold start with all that a render needs", ours, theirs, limit=1.2)
    yield _ratio("Python's own start, as a floor", bare, theirs, limit=None)


def _registry(folder: Path, environment: Mapping[str, str]) -> Iterator[Row]:
    for number in range(_PACKS):
        _write_pack(folder / f"pack{number}", f"pack{number}", _TEMPLATE)
    one = _nomad_pack(folder / "pack0")
    ours, theirs = processes.run_in_turns(
        [[sys.executable, "-c", _ALL, str(folder)], one], _ROUNDS, environment
    )
    every = processes.Figures(theirs.seconds * _PACKS, theirs.megabytes)
    yield _ratio(f"a registry of {_PACKS} packs in one process", ours, every, limit=0.5)


def _ratio(
    what: str, ours: processes.Figures, theirs: processes.Figures, *, limit: float | None
) -> Row:
    return Row(
        what=what,
        measured=f"{ours.seconds * 1000:.0f} ms",
        against=f"nomad-pack render {theirs.seconds * 1000:.0f} ms",
        value=ours.seconds / theirs.seconds,
        limit=limit,
        unit="x",
    )
