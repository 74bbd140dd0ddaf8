"""Git LFS as far as a download needs it: pointers in a repository, and beside it what they stand for.

Mirrors git-lfs's docs/spec.md (pointers) and docs/api/batch.md (what a client asks before it downloads).
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

_QUESTION = re.compile(r"/(?P<repository>.+\.git)/info/lfs/objects/batch")
_OBJECT = re.compile(r"/(?P<repository>.+\.git)/info/lfs/objects/(?P<id>[0-9a-f]{64})")
_JSON = "application/vnd.git-lfs+json"


def keep(repository: Path, content: bytes) -> bytes:
    """Store a file's content beside a bare repository, and return the pointer that a commit has in its place."""
    name = hashlib.sha256(content).hexdigest()
    folder = repository / "lfs"
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    pointer = (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{name}\nsize {len(content)}\n"
    )
    return pointer.encode()


def answer(folder: Path, address: str, path: str, body: bytes) -> tuple[str, bytes] | None:
    """Return the type and content of an answer, None if the path is none of LFS or what it names is not there.

    ``folder`` holds the repositories that are served at ``address``.
    """
    if match := _OBJECT.fullmatch(path):
        stored = folder / match["repository"] / "lfs" / match["id"]
        return ("application/octet-stream", stored.read_bytes()) if stored.exists() else None
    if match := _QUESTION.fullmatch(path):
        objects = [
            wanted
            | {
                "actions": {
                    "download": {"href": f"{address}{path.removesuffix('batch')}{wanted['oid']}"}
                }
            }
            for wanted in json.loads(body)["objects"]
        ]
        return _JSON, json.dumps({"transfer": "basic", "objects": objects}).encode()
    return None
