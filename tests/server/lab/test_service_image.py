"""The service's own image: really built, really answering."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.lab import docker, ports, process, service_image

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

_IMAGE = "nomad-build/service:test"


@pytest.fixture(scope="module")
def image(images_folder: Path) -> Iterator[str]:
    service_image.build(images_folder, tag=_IMAGE)
    yield _IMAGE
    docker.remove(_IMAGE)


@pytest.fixture(scope="module")
def address(image: str) -> Iterator[str]:
    """A server from the image, with no Nomad to be found."""
    port = ports.free()
    command = ["python", "-m", "server", "serve", "--host", "127.0.0.1", "--port", str(port)]
    container = process.run(
        *("docker", "run", "--detach", "--network=host", "--read-only", "--cap-drop=all"),
        *("--env=NOMAD_ADDR=http://127.0.0.1:9", image, *command),
        deadline=60,
    ).strip()
    try:
        process.wait_until(
            lambda: ports.listening(port),
            deadline=30,
            waiting_for="the server in the container",
            explain=lambda: process.run("docker", "logs", container, deadline=10),
        )
        yield f"http://127.0.0.1:{port}"
    finally:
        process.run("docker", "rm", "--force", "--volumes", container, deadline=60)


def test_the_server_answers_and_names_what_is_missing(address: str) -> None:
    health = requests.get(f"{address}/health", timeout=10)
    ready = requests.get(f"{address}/ready", timeout=10)

    assert health.status_code == 200
    assert health.json()["services"] == {"nomad": "unhealthy"}
    assert ready.status_code == 503


def test_it_runs_as_nobody_special(image: str) -> None:
    assert docker.run(image, "id", "-u") == "10001\n"
    assert docker.run(image, "sh", "-c", "touch /opt/nomad-build/x 2>&1 || echo refused").endswith(
        "refused\n"
    )


def test_it_knows_its_version_and_carries_the_packs(image: str) -> None:
    script = "import packs, pathlib; print(*packs.__path__)"
    where = docker.run(image, "python", "-c", script).strip()

    assert docker.run(image, "nomad-build", "--version").startswith("nomad-build, version ")
    assert "metadata.hcl" in docker.run(image, "ls", f"{where}/build")


def test_it_holds_no_installer(image: str) -> None:
    done = subprocess.run(
        ["docker", "run", "--rm", image, "python", "-m", "pip", "--version"],
        capture_output=True,
        check=False,
    )

    assert done.returncode != 0
