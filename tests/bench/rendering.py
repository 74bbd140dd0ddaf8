"""How long the generator takes in process, against a process of the real nomad-pack."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import generator
from tests.bench.report import Row

_LIMIT = 0.5
_LIMIT_MS = 10
_ROUNDS = 30
_VALUES = {
    "build_id": "bench",
    "repo_url": "https://git.example.com/team/app.git",
    "staging_image": "registry.example.com/team/app-staging-bench:staged",
}


def measure() -> list[Row]:
    """Measure the build pack's rendering; nothing without nomad-pack on PATH."""
    if shutil.which("nomad-pack") is None:
        print("no nomad-pack on PATH: rendering is not measured")
        return []
    pack = generator.find_pack("build")
    generator.render_job(pack, variant="cpu-cache", values=_VALUES)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        values = Path(folder, "values.hcl")
        values.write_text("".join(f'{name} = "{value}"\n' for name, value in _VALUES.items()))
        command = ["nomad-pack", "render", str(pack.folder), "-f", str(values)]
        for _ in range(_ROUNDS):
            begin = time.perf_counter()
            generator.render_job(generator.find_pack("build"), variant="cpu-cache", values=_VALUES)
            ours.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            theirs.append(time.perf_counter() - begin)
    mine, other = statistics.median(ours), statistics.median(theirs)
    return [
        Row(
            what="rendering the build pack to JSON, in process",
            measured=f"{mine * 1000:.1f} ms",
            against=f"nomad-pack render {other * 1000:.0f} ms",
            value=mine / other,
            limit=_LIMIT,
            unit="x",
        ),
        Row(
            what="the same by the clock",
            measured=f"{mine * 1000:.1f} ms",
            against="its limit",
            value=mine * 1000,
            limit=_LIMIT_MS,
            unit="ms",
        ),
    ]
