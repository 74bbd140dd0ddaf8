"""What several tests of the generator need: packs written to a temporary folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

PackWriter: TypeAlias = Callable[..., Path]

METADATA = """
app { url = "https://example.org" }
pack {
  name    = "NAME"
  version = "1.0.0"
}
"""


@pytest.fixture
def write_pack(tmp_path: Path) -> PackWriter:
    """Write a pack with the given files; metadata.hcl and variables.hcl are there unless given."""

    def write(files: Mapping[str, str] | None = None, *, name: str = "demo") -> Path:
        folder = tmp_path / name
        everything = {
            "metadata.hcl": METADATA.replace("NAME", folder.name),
            "variables.hcl": "",
            **(files or {}),
        }
        for file, text in everything.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        return folder

    return write
