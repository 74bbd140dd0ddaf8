"""Replicas die in every phase, and others go on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server import jobs, record
from tests import logtexts, samples, worlds
from tests.worlds import World, assert_complete, put_away, submit, wait_for_end, wait_for_status


@pytest.mark.parametrize(("phase", "status"), worlds.RUNNING)
def test_a_service_that_stops_in_a_phase_lets_the_next_one_end_the_build(
    world: World, phase: record.Phase, status: record.Status
) -> None:
    gate = world.hold(phase)
    with world.serve() as running:
        build_id = submit(running)
        wait_for_status(running, build_id, status)
    gate.open()
    world.wait_for_job(record.job_id(phase, build_id))
    with world.observe() as seen:
        assert seen.read(build_id).status == status
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


def test_a_build_that_was_submitted_to_a_dying_replica_is_built_by_the_next(world: World) -> None:
    with world.observe() as dying:
        build_id = submit(dying)
    with world.serve() as running:
        assert_complete(world, wait_for_end(running, build_id))


@contextlib.contextmanager
def serve_in_a_process(address: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {"NOMAD_ADDR": address, "NOMAD_BUILD_RESYNC_INTERVAL": "1"}
    with (
        log.open("ab") as output,
        subprocess.Popen(
            [sys.executable, "-m", "server", "serve", "--port", "0"],
            env=environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def test_a_server_killed_with_9_in_each_phase_leaves_the_build_to_the_next(
    world: World, tmp_path: Path
) -> None:
    gates = {phase: world.hold(phase) for phase in record.PHASES}
    with world.observe() as seen:
        build_id = submit(seen)
        for phase, status in worlds.RUNNING:
            with serve_in_a_process(world.engine.address, tmp_path / "log") as process:
                wait_for_status(seen, build_id, status)
                process.send_signal(signal.SIGKILL)
                assert process.wait(10) == -signal.SIGKILL
            gates[phase].open()
        with serve_in_a_process(world.engine.address, tmp_path / "log") as process:
            assert_complete(world, wait_for_end(seen, build_id))
            process.terminate()
            assert process.wait(10) in (0, -signal.SIGTERM)
    assert "Traceback" not in (tmp_path / "log").read_text()


def leave_as_version(version: int, world: World, status: str, **changes: Any) -> None:
    """Leave a live build in Nomad as an older version of the service has: its record, its marker, and its job."""
    path = Path(__file__).parent / "records" / f"{version}-{status}.json"
    a_minute_ago = datetime.now(UTC) - timedelta(minutes=1)
    text = path.read_text(encoding="utf-8").replace(
        "2026-11-23T12:00:", f"{a_minute_ago:%Y-%m-%dT%H:%M:}"
    )
    text = json.dumps(json.loads(text) | changes)
    with world.connect() as client:
        client.write_variable(
            f"nomad-build/unfinished/{samples.BUILD_ID}", {"id": samples.BUILD_ID}, 0
        )
        client.write_variable(f"nomad-build/builds/{samples.BUILD_ID}", {"record": text}, 0)
        build = record.Record.model_validate_json(text)
        if build.of(build.phase).registered_at is not None:
            job = jobs.render_job(build.phase, build, world.configure())
            if build.phase == "test":
                # All commands were one task then.
                job["TaskGroups"][0]["Tasks"][0]["Name"] = "test"
            client.register_job(job)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("status", "launches"),
    [
        ("pending", ["source", "build", "test-1", "publish"]),
        ("building", ["source", "build", "test-1", "publish"]),
        ("testing", ["test", "publish"]),
        ("publishing", ["publish"]),
    ],
)
def test_a_live_build_of_an_older_version_is_driven_to_its_end(
    world: World, version: int, status: str, launches: list[str]
) -> None:
    world.let("test", "test")
    leave_as_version(version, world, status)
    with world.serve() as running:
        build = wait_for_end(running, samples.BUILD_ID)
        assert (build.failure, build.status) == (None, "SUCCEEDED")
        assert build.schema_version == record.SCHEMA_VERSION
        assert world.count_launches(build.id) == dict.fromkeys(launches, 1)
        if status == "testing":
            assert "test says ünï" in (build.test.log_tail or "")
            shown = logtexts.read_tail(running, build.id, "test", 10)
            assert shown.startswith("--- task test ---\ntest says ünï")
        put_away(world, build.id)


def test_a_kill_that_version_1_has_taken_is_carried_out(world: World) -> None:
    world.hold("test")
    leave_as_version(1, world, "testing", kill_requested_at="2026-11-23T12:00:20Z")
    with world.serve() as running:
        build = wait_for_end(running, samples.BUILD_ID)
        assert build.failure is not None
        assert build.failure.reason == "killed"
        put_away(world, build.id)
