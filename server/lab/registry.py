"""An image registry on loopback: Debian's docker-registry with its storage in a folder, and questions to it.

Deleting is enabled and every request is in the access log, so that a test can prove what was transferred.
"""

from __future__ import annotations

import ctypes
import json
import re
from dataclasses import dataclass
from pathlib import Path

import requests

from server.lab import errors, loopback, ports, process
from server.lab.credentials import Credentials

_START_DEADLINE = 30.0

_MANIFEST_TYPES = ", ".join(
    (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    )
)

# The combined log format of Apache, which docker-registry writes to standard output.
_ACCESS = re.compile(
    r'^\S+ - (?:\S*) \[[^\]]*\] "(?P<method>[A-Z]+) (?P<path>\S+) [^"]*" (?P<status>\d+) (?P<size>\d+) '
    r'"[^"]*" "(?P<agent>[^"]*)"',
    re.MULTILINE,
)

_BLOB = re.compile(r"/v2/.+/blobs/sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One line of the access log; ``size`` is the size of the answer's body."""

    method: str
    path: str
    status: int
    size: int
    agent: str

    @property
    def moves_layer(self) -> bool:
        """Whether a blob's bytes were asked for or sent, as opposed to looked up or mounted.

        A blob below 64 KiB (an image's configuration) is no layer worth the name.
        """
        downloads = self.method == "GET" and _BLOB.fullmatch(self.path) is not None
        return downloads and self.status == 200 and self.size >= 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A running registry. ``address`` is the host part of image names in it."""

    address: str
    credentials: Credentials | None
    process: process.Process

    def stop(self) -> None:
        """Stop the registry; its storage stays."""
        self.process.stop()

    def repositories(self) -> list[str]:
        """The names of the repositories that ever held an image, a thousand at most."""
        found: list[str] = self._ask("GET", "_catalog?n=1000").json()["repositories"]
        return found

    def tags(self, repository: str) -> list[str]:
        """The tags of a repository, sorted; none when there is no such repository."""
        answer = self._ask("GET", f"{repository}/tags/list", missing_is_fine=True)
        return sorted(answer.json().get("tags") or []) if answer.ok else []

    def digest(self, repository: str, reference: str) -> str | None:
        """The digest that a tag or digest of a repository stands for, or None when it is not there."""
        answer = self._ask("HEAD", f"{repository}/manifests/{reference}", missing_is_fine=True)
        return answer.headers["Docker-Content-Digest"] if answer.ok else None

    def manifest(self, repository: str, reference: str) -> dict[str, object]:
        """An image's manifest."""
        found: dict[str, object] = self._ask("GET", f"{repository}/manifests/{reference}").json()
        return found

    def delete(self, repository: str, reference: str) -> None:
        """Delete a manifest, and with it every tag of the repository that stands for it."""
        digest = self.digest(repository, reference)
        if digest is not None:
            self._ask("DELETE", f"{repository}/manifests/{digest}")

    def access_log(self, *, since: int = 0) -> list[Access]:
        """The lines of the access log from the byte ``since`` on; see ``log_position``."""
        text = self.process.log.read_bytes()[since:].decode(errors="replace")
        return [
            Access(
                method=line["method"],
                path=line["path"],
                status=int(line["status"]),
                size=int(line["size"]),
                agent=line["agent"],
            )
            for line in _ACCESS.finditer(text)
        ]

    def log_position(self) -> int:
        """Where the access log ends now."""
        return self.process.log.stat().st_size

    def _ask(self, method: str, path: str, *, missing_is_fine: bool = False) -> requests.Response:
        login = self.credentials
        answer = loopback.ask(
            method,
            f"http://{self.address}/v2/{path}",
            login=None if login is None else (login.user, login.password),
            headers={"Accept": _MANIFEST_TYPES},
        )
        if not (answer.ok or (missing_is_fine and answer.status_code == 404)):
            msg = f"{method} {path} of the registry {self.address}: {answer.status_code} {answer.text[:256]}"
            raise errors.RegistryError(msg)
        return answer


def start(folder: Path, *, credentials: Credentials | None = None) -> Registry:
    """Start a registry (or take the one that runs in ``folder``), with basic authentication for credentials."""
    folder.mkdir(parents=True, exist_ok=True)
    found = process.find("docker-registry", folder)
    if found is not None:
        port = int((folder / "port").read_text())
        address = f"{ports.LOOPBACK}:{port}"
        return Registry(address=address, credentials=credentials, process=found)
    port = ports.remembered(folder / "port")
    address = f"{ports.LOOPBACK}:{port}"
    configuration = folder / "config.json"  # JSON is YAML, which the registry reads.
    configuration.write_text(json.dumps(_configuration(folder, address, credentials), indent=2))
    started = process.start(
        "docker-registry",
        ["docker-registry", "serve", str(configuration)],
        folder=folder,
        ready=lambda: _answers(address),
        deadline=_START_DEADLINE,
    )
    return Registry(address=address, credentials=credentials, process=started)


def _configuration(
    folder: Path, address: str, credentials: Credentials | None
) -> dict[str, object]:
    configuration: dict[str, object] = {
        "version": "0.1",
        "log": {"level": "error", "accesslog": {"disabled": False}},
        "storage": {
            "filesystem": {"rootdirectory": str(folder / "storage")},
            "delete": {"enabled": True},
        },
        "http": {"addr": address, "secret": "one registry, nothing to share"},
    }
    if credentials is not None:
        passwords = folder / "htpasswd"
        passwords.write_text(f"{credentials.user}:{_bcrypt(credentials.password)}\n")
        configuration["auth"] = {"htpasswd": {"realm": "lab", "path": str(passwords)}}
    return configuration


def _bcrypt(password: str) -> str:
    """The only hash that docker-registry takes, made by libxcrypt, which is an essential part of Debian."""
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    hashed: bytes | None = library.crypt(password.encode(), b"$2b$05$abcdefghijklmnopqrstuu")
    if not hashed or not hashed.startswith(b"$2b$"):
        msg = "libcrypt.so.1 cannot make bcrypt hashes: install libcrypt1"
        raise errors.LabError(msg)
    return hashed.decode()


def _answers(address: str) -> bool:
    try:
        return loopback.ask("GET", f"http://{address}/v2/").status_code in {200, 401}
    except requests.RequestException:
        return False
