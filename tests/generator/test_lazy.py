"""What a process does with imports is asked of processes: this one has executed everything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from generator import registry

EXECUTED = "print([name for name in {names} if type(sys.modules.get(name)) is type(sys)])\n"


def run(code: str, **environment: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, **environment},
    )
    return ended.stdout


def test_a_module_is_executed_when_it_is_first_used_however_often_it_was_imported() -> None:
    shown = EXECUTED.format(names=["typing", "math", "generator.records"])
    used = run(
        "import sys\nfrom generator import lazy\nlazy.install()\n"
        "import math, typing\nimport math, typing\nfrom generator import records\n"
        + shown
        + "print(math.floor(2.5), typing.TypeVar.__name__, records.record.__name__)\n"
        + shown
    )
    assert used.splitlines() == [
        "[]",
        "2 TypeVar record",
        "['typing', 'math', 'generator.records']",
    ]


def test_to_render_again_what_takes_long_to_import_is_not_executed(tmp_path: Path) -> None:
    slow = ["click", "contextlib", "jinja2", "pathlib", "pydantic", "re", "typing"]
    # A pack that matches no regular expression: what does that, re2, needs re.
    pack = registry.PACKS / "cleanup"
    arguments = ["packgen", "render", str(pack), "-f", str(pack / "cases" / "minimal.hcl")]
    code = (
        "import os, sys\n"
        f"sys.argv = {arguments}\n"
        "def end(_code):\n"
        "    sys.stdout.write('\\n#\\n')\n"
        f"    {EXECUTED.format(names=slow)}"
        "    sys.stdout.flush()\n"
        "    sys.exit()\n"
        "os._exit = end\n"
        "from generator import __main__\n"
        "__main__.main()\n"
    )
    first, again = (run(code, PACKGEN_CACHE_DIR=str(tmp_path / "cache")) for _ in range(2))
    assert first.rpartition("#")[0] == again.rpartition("#")[0] != ""
    assert "jinja2" in first.rpartition("#")[2]
    assert again.rpartition("#")[2] == "\n['contextlib']\n"
