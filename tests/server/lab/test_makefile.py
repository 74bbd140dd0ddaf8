"""The Makefile's help and the install script's words, as a user sees them."""

import os
import re
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]


def make(*arguments: str, **variables: str) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=_ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_help_lists_every_target_and_variable_with_a_sentence() -> None:
    text = (_ROOT / "Makefile").read_text()
    targets = re.findall(r"^\.PHONY: (\S+)", text, re.MULTILINE)
    variables = re.findall(r"^([A-Z_]+) \?=", text, re.MULTILINE)

    said = make()

    assert "demo" in targets
    assert "IMAGE" in variables
    for name in targets + variables:
        assert re.search(rf"^  {name} +\S+ \S+", said, re.MULTILINE), name


def test_users_of_the_old_service_find_their_targets() -> None:
    assert "--tag registry.cluster:5000/nomad-build-service:latest" in make("-n", "docker-build")
    assert "docker push example.com/x:1" in make("-n", "docker-push", "IMAGE=example.com/x:1")
    assert "nomad job restart -yes nomad-build-service" in make("-n", "nomad-restart")


@pytest.mark.parametrize(
    ("binaries", "left_out"),
    [
        (("nomad", "nomad-pack"), None),
        (("nomad-pack",), '-m "not nomad"'),
        ((), '-m "not nomad and not nomad_pack"'),
    ],
)
def test_tests_of_absent_binaries_are_left_out_and_named(
    tmp_path: Path, binaries: tuple[str, ...], left_out: str | None
) -> None:
    for name in ("sed", "awk"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    for name in binaries:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "make").symlink_to("/usr/bin/make")

    said = make("-n", "test", PATH=str(tmp_path))

    if left_out is None:
        assert ' -m "not' not in said
    else:
        assert left_out in said
    absent = " ".join(name for name in ("nomad", "nomad-pack") if name not in binaries)
    assert f"for name in {absent};" in said


def test_a_user_who_is_not_root_is_told_what_to_install(tmp_path: Path) -> None:
    for name, script in (("id", "echo 1000"), ("apt-get", "exit 1"), ("apt-cache", "exit 100")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    for name in ("sort", "xargs", "echo"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")

    done = subprocess.run(
        ["/bin/bash", str(_ROOT / ".ci/install")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert re.fullmatch(
        r"install: not root; run: sudo apt-get install --no-install-recommends [a-z0-9. -]+\n",
        done.stderr,
    )
    assert {"make", "git", "mmdebstrap", "docker.io"} <= set(done.stderr.split())
    assert "docker-cli" not in done.stderr
    assert done.stdout == ""


@pytest.mark.docker
def test_nothing_is_installed_where_nothing_is_missing() -> None:
    done = subprocess.run(
        [str(_ROOT / ".ci/install")], capture_output=True, text=True, check=False, timeout=60
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
