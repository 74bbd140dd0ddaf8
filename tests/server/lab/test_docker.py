"""Finding and starting the container engine."""

import os
from pathlib import Path

import pytest

from server.lab import docker, errors, process

pytestmark = pytest.mark.docker


def test_an_engine_that_runs_is_used_and_left_alone(engine: docker.Engine, tmp_path: Path) -> None:
    found = docker.ensure(tmp_path)
    found.stop()

    assert found.started is None
    assert docker.running()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start an engine")
def test_an_engine_is_started_where_none_runs_and_stopped_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a network of its own: an engine without a bridge removes the one that it finds.
    alone = tmp_path / "bin/dockerd"
    alone.parent.mkdir()
    alone.write_text(f'#!/bin/sh\nexec unshare --net {process.require("dockerd")} "$@"\n')
    alone.chmod(0o755)
    monkeypatch.setenv("PATH", f"{alone.parent}:{os.environ['PATH']}")
    socket = f"unix://{tmp_path}/docker.sock"
    monkeypatch.setenv("DOCKER_HOST", socket)
    options = (
        f"--host={socket}",
        f"--data-root={tmp_path}/data",
        f"--exec-root={tmp_path}/run",
        "--bridge=none",
        "--iptables=false",
    )
    assert not docker.running()

    started = docker.ensure(tmp_path / "state", options=options)

    assert docker.running()
    assert started.started is not None
    assert docker.labels("nomad-build/none:local") is None
    started.stop()
    assert not docker.running()
    assert process.find("dockerd", tmp_path / "state") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gets as far as starting one")
def test_an_engine_that_cannot_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")

    with pytest.raises(errors.NotReady, match="unknown flag: --no-such-flag"):
        docker.ensure(tmp_path / "state", options=("--no-such-flag",))


def test_a_user_who_may_not_start_one_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(errors.NotReady, match="start docker, or run as root"):
        docker.ensure(tmp_path / "state")


def test_an_image_that_is_nowhere_is_absent_and_cannot_be_pulled(engine: docker.Engine) -> None:
    assert not docker.present("127.0.0.1:9/none:v1")
    with pytest.raises(errors.CommandFailed, match="connection refused"):
        docker.pull("127.0.0.1:9/none:v1")
