"""What a Dockerfile is based on, as the script finds it that fetches this before a build without a network."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from generator import registry

SHELLS = [shell for shell in ("dash", "bash", "busybox") if shutil.which(shell)]
END = ["FROM scratch", "LABEL of=nothing"]

CASES = {
    "stages": (
        "ARG V=1\nFROM base:$V AS one\nRUN true\nFROM --platform=linux/arm64 other\nCMD x\n",
        ["ARG V=1", "FROM base:$V AS one", "FROM --platform=linux/arm64 other"],
    ),
    "copied from an image": (
        "FROM a\nCOPY --from=b/c:1 --chown=1:1 /x /y\nADD --chmod=1 --from=d /x /\n",
        ["FROM a", "FROM b/c:1", "FROM d"],
    ),
    "copied from a stage, by any name of it": (
        "FROM a AS One\nFROM b as two\nCOPY --from=one x y\nCOPY --from=TWO x y\nCOPY --from=0 x y\n",
        ["FROM a AS One", "FROM b as two"],
    ),
    "mounted": (
        "FROM a\nRUN --mount=type=cache,target=/c --mount=type=bind,from=b,target=/b cat /b/x\n",
        ["FROM a", "FROM b"],
    ),
    "a command that looks like it": (
        "FROM a\nRUN tool --from=b --mount=from=c\nCOPY x --from=d\n",
        ["FROM a"],
    ),
    "lines that go on, comments and empty lines between": (
        "# FROM z\nFROM \\\n# FROM y\n\n  a \\\n AS one\nRUN echo \\\n FROM b\n",
        ["FROM a AS one"],
    ),
    "documents within": (
        "FROM a\nRUN <<EOF cat <<-'Two'\nFROM b\nEOF\n\tFROM c\n\tTwo\nCOPY <<\"X\" /x\nFROM d\nX\nFROM e\n",
        ["FROM a", "FROM e"],
    ),
    "small letters": ("from a as b\ncopy --from=c x y\n", ["from a as b", "FROM c"]),
    "line breaks of Windows": ("FROM a\r\nCOPY \\\r\n --from=b x y\r\n", ["FROM a", "FROM b"]),
    "no line break at the end": ("FROM a\nCOPY --from=b x y", ["FROM a", "FROM b"]),
    "signs of a shell": ("FROM a\nCOPY --from=$(id) * ?\nCOPY *\n", ["FROM a", "FROM $(id)"]),
}


def script() -> str:
    """The functions that read a Dockerfile."""
    file = registry.PACKS / "build/snapshots/cpu.network-none/build.json"
    tasks = json.loads(file.read_text())["TaskGroups"][0]["Tasks"]
    (base,) = [task for task in tasks if task["Name"] == "base"]
    texts = {each["DestPath"]: each["EmbeddedTmpl"] for each in base["Templates"]}
    return str(texts["local/bases.sh"])


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", CASES)
def test_the_images_of_a_dockerfile_are_found(shell: str, name: str, tmp_path: Path) -> None:
    dockerfile, expected = CASES[name]
    (tmp_path / "Dockerfile").write_bytes(dockerfile.encode())
    command = [shell, "sh", "-c"] if shell == "busybox" else [shell, "-c"]
    program = f"set -u\n{script()}\nbases {tmp_path}/Dockerfile"

    found = subprocess.run([*command, program], capture_output=True, text=True, cwd=tmp_path)

    assert found.stderr == ""
    assert [" ".join(line.split()) for line in found.stdout.splitlines()] == [*expected, *END]
