"""Building cases by the whole service, on the embedded engine: for failures that are not Buildah's alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.lab import Credentials, Lab, service
from tests.e2e.ground import HELLO, Ground
from tests.failures import kept
from tests.failures.collection import Case
from tests.failures.kept import Log
from tests.failures.site import Site


@contextlib.contextmanager
def run(folder: Path, site: Site) -> Iterator[Ground]:
    """Start a lab and a service that may use the servers that misbehave."""
    with Lab(engine="embedded", folder=folder / "lab") as lab:
        hello = lab.git.create("hello", {"Dockerfile": HELLO["Dockerfile"]})
        registries = f"{lab.registry.address},{site.address}"
        variables = lab.environment() | {"NOMAD_BUILD_INSECURE_REGISTRIES": registries}
        ground = Ground(lab, folder, hello, service.start(folder / "service", variables))
        try:
            yield ground
        finally:
            ground.service.stop()


def build(case: Case, ground: Ground, site: Site) -> Log:
    """Have the service build a case, and return what came of it."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return site.fill(value).replace("{base}", ground.lab.base_image)
        if isinstance(value, dict):
            return {name: fill(each) for name, each in value.items()}
        return [fill(each) for each in value] if isinstance(value, list) else value

    request = dict(case.request or {})
    login = Credentials(user="reader", password="secret") if request.pop("private", False) else None
    files = {"Dockerfile": case.dockerfile, **case.files}
    repository = ground.lab.git.create(
        f"case-{case.name}", {name: fill(text) for name, text in files.items()}, credentials=login
    )
    asked = {"repoURL": repository.url, "testCommands": [], "imageName": case.name, **fill(request)}
    answer = ground.build(**asked)
    failure = answer["failure"]
    where = {"phase": failure["phase"], "task": failure.get("task", "build")}
    logs = ground.call("getLogs", {"jobID": answer["jobID"], "lines": 2000, **where})["logs"]
    text = "\n".join(line for lines in logs.values() for line in lines)
    return Log(
        case=kept.digest(case),
        **where,
        reason=failure["reason"],
        exit_code=failure.get("exitCode"),
        message=_rename(failure["message"], ground, repository.url),
        text=_rename(text, ground, repository.url),
    )


def _rename(text: str, ground: Ground, repository: str) -> str:
    host = urlsplit(repository).netloc
    return text.replace(ground.lab.registry.address, "registry.example.org:5001").replace(
        host, "git.example.org"
    )
