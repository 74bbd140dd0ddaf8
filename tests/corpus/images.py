"""A published image as a registry has it: manifest, configuration, history and the files of all layers."""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from server.lab import Registry, loopback

_TYPES = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


@dataclass(frozen=True)
class Image:
    """An image of a registry by its repository and tag or digest; what is read of it is kept."""

    registry: Registry
    repository: str
    reference: str

    @functools.cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest."""
        found: dict[str, Any] = json.loads(self._read(f"manifests/{self.reference}"))
        return found

    @functools.cached_property
    def config(self) -> dict[str, Any]:
        """The image's configuration."""
        found: dict[str, Any] = json.loads(self._blob(self.manifest["config"]["digest"]))
        return found

    @property
    def annotations(self) -> dict[str, str]:
        """The manifest's annotations."""
        return self.manifest.get("annotations") or {}

    @property
    def labels(self) -> dict[str, str]:
        """The labels."""
        return self.config["config"].get("Labels") or {}

    @functools.cached_property
    def layers(self) -> list[bytes]:
        """The layers as tar archives, uncompressed, the base image's first."""
        compressed = [self._blob(layer["digest"]) for layer in self.manifest["layers"]]
        return [_uncompress(each) for each in compressed]

    @functools.cached_property
    def files(self) -> dict[str, bytes]:
        """The regular files by their path without the first slash, those of later layers over earlier ones."""
        return {
            entry.name: archive.extractfile(entry).read()  # type: ignore[union-attr]
            for archive, entry in self._entries()
            if entry.isreg()
        }

    @functools.cached_property
    def links(self) -> dict[str, str]:
        """The symbolic links, and where each leads."""
        return {entry.name: entry.linkname for _, entry in self._entries() if entry.issym()}

    def text(self, path: str) -> str:
        """Return a file's text."""
        return self.files[path].decode()

    def holds(self, text: bytes) -> bool:
        """Whether a text stands anywhere in the manifest, the configuration with its history, or a layer."""
        described = json.dumps([self.manifest, self.config], ensure_ascii=False).encode()
        return any(text in part for part in (described, *self.layers))

    def _entries(self) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
        for layer in self.layers:
            with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
                for entry in archive:
                    yield archive, entry

    def _blob(self, digest: str) -> bytes:
        content = self._read(f"blobs/{digest}")
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == digest
        return content

    def _read(self, what: str) -> bytes:
        known = self.registry.credentials
        answer = loopback.ask(
            "GET",
            f"http://{self.registry.address}/v2/{self.repository}/{what}",
            login=(known.user, known.password) if known else None,
            headers={"Accept": _TYPES},
        )
        assert answer.ok, answer.text
        return answer.content


def _uncompress(layer: bytes) -> bytes:
    if layer[:2] != b"\x1f\x8b":
        return layer
    return gzip.decompress(layer)
