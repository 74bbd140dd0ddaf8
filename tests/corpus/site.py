"""What the corpus is built on: a lab with a service, and beside it what some repositories need."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.lab import Credentials, GitServer, Registry, authority, loopback, registry, sshserver
from tests.e2e.ground import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The lab's ground, an SSH server, a Git server over TLS with what vouches for it, and two registries.

    ``guarded`` asks for credentials, ``other`` is a second one that asks for none.
    """

    ground: Ground
    folder: Path
    ssh: sshserver.SSHServer
    secure: GitServer
    authority: str
    guarded: Registry
    other: Registry

    @property
    def base(self) -> str:
        """The tiny image that Dockerfiles build from."""
        return self.ground.lab.base_image

    def registry_of(self, image: str) -> tuple[Registry, str, str]:
        """Return the registry, repository and tag that an image's name stands for."""
        host, _, rest = image.partition("/")
        repository, _, tag = rest.rpartition(":")
        known = (self.ground.lab.registry, self.guarded, self.other)
        return next(each for each in known if each.address == host), repository, tag

    def keep_secret(self, name: str, items: Mapping[str, str]) -> str:
        """Write a secret as a Nomad Variable, and return the reference to it."""
        path = f"corpus/{name}"
        url = f"{self.ground.lab.nomad_address}/v1/var/{path}"
        answer = loopback.ask("PUT", url, body={"Path": path, "Items": dict(items)})
        assert answer.ok, answer.text
        return f"nomad:{path}"


@contextlib.contextmanager
def run(ground: Ground, folder: Path) -> Iterator[Site]:
    """Start what the corpus needs beside a lab, and have the lab's service know it."""
    login = Credentials(user="publisher", password="p@ss: w\"o'rd${HOME}")
    known = authority.create(folder / "authority")
    with contextlib.ExitStack() as running:
        ssh = sshserver.start(folder / "ssh")
        running.callback(ssh.stop)
        secure = running.enter_context(GitServer(folder / "tls", tls=known.tls))
        guarded = registry.start(folder / "guarded", credentials=login)
        running.callback(guarded.stop)
        other = registry.start(folder / "other")
        running.callback(other.stop)
        addresses = (ground.lab.registry.address, guarded.address, other.address)
        settings = {"INSECURE_REGISTRIES": ",".join(addresses), "SECRET_TIMEOUT": "15"}
        running.enter_context(ground.configured(**settings))
        yield Site(
            ground=ground,
            folder=folder,
            ssh=ssh,
            secure=secure,
            authority=known.certificate,
            guarded=guarded,
            other=other,
        )
