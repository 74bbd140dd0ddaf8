"""The plan's script on real repositories: which build file it leaves, and of which it says why it does not."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import generator

SHELLS = [shell for shell in ("dash", "bash") if shutil.which(shell)]
FILE = ".nomad-build.yaml"
SECRET = "s3cret"
INPUT = re.compile(r'\{\{ base64Decode "(.*)" \}\}')


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan has left, and the end of its log."""

    code: int
    data: Path
    log: str

    @property
    def reason(self) -> list[str]:
        """The word and the sentence that tell why it failed."""
        return (self.data / "reason").read_text().splitlines()


@pytest.fixture(params=SHELLS)
def plan(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Planned]:
    """Run the script on a repository, its files written where a client would write them but below a folder."""

    def run(repository: Path, build_file: str = FILE) -> Planned:
        described: dict[str, Any] = generator.render_job(
            generator.find_pack("plan"),
            variant=None,
            values={
                "build_id": "x",
                "repo_url": f"file://{repository}",
                "build_file": build_file,
            },
        )
        (task,) = described["TaskGroups"][0]["Tasks"]
        for template in task["Templates"]:
            path = tmp_path / template["DestPath"]
            path.parent.mkdir(parents=True, exist_ok=True)
            text = template["EmbeddedTmpl"]
            if (value := INPUT.fullmatch(text)) is not None:
                text = base64.b64decode(value[1]).decode()
            else:
                text = re.sub(r"/(?=(?:local|secrets)/)", f"{tmp_path}/", text)
            path.write_text(text)
        (tmp_path / "local/gitconfig").touch()
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets/git_token").write_text(SECRET)
        for name in ("data", "logs"):
            (tmp_path / "alloc" / name).mkdir(parents=True)
        log = tmp_path / "alloc/logs/source.stdout.0"
        with log.open("ab") as output:
            ended = subprocess.run(
                [request.param, str(tmp_path / "local/plan.sh")],
                stdout=output,
                stderr=output,
                env=os.environ
                | {
                    "NOMAD_ALLOC_DIR": str(tmp_path / "alloc"),
                    "NOMAD_TASK_DIR": str(tmp_path / "local"),
                    "NOMAD_TASK_NAME": "source",
                    "GIT_ALLOW_PROTOCOL": "file",
                },
                timeout=60,
            )
        return Planned(ended.returncode, tmp_path / "alloc/data", log.read_text())

    return run


@pytest.fixture
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet")
    (folder / "Dockerfile").write_text("FROM scratch\n")
    return folder


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")
    return git(folder, "rev-parse", "HEAD")


def test_the_file_and_the_commit_are_left_and_nothing_else_of_the_repository(
    plan: Callable[..., Planned], repository: Path
) -> None:
    content = b"registryURL: r.io\r\n\x00\xff no end of line"
    (repository / FILE).write_bytes(content)
    head = commit(repository)

    planned = plan(repository)

    assert planned.code == 0, planned.log
    assert (planned.data / "build_file").read_bytes() == content
    assert (planned.data / "commit").read_text() == f"{head}\n"
    assert planned.log.endswith(
        f"nomad-build: read {FILE}\nnomad-build: source ended with exit code 0\n"
    )
    assert not (planned.data / "source").exists()
    assert not (planned.data / "git").exists()


@pytest.mark.parametrize(
    "name", ["ci/build file.yaml", "$(touch x) `id` 'quoted'.yaml", "ünï☃.yaml"]
)
def test_another_file_is_read_whatever_its_name(
    plan: Callable[..., Planned], repository: Path, name: str
) -> None:
    (repository / name).parent.mkdir(exist_ok=True)
    (repository / name).write_text("target: a\n")
    commit(repository)

    planned = plan(repository, name)

    assert planned.code == 0, planned.log
    assert (planned.data / "build_file").read_text() == "target: a\n"


def test_a_link_within_the_repository_is_followed(
    plan: Callable[..., Planned], repository: Path
) -> None:
    (repository / "real.yaml").write_text("target: a\n")
    (repository / FILE).symlink_to("real.yaml")
    commit(repository)

    planned = plan(repository)

    assert planned.code == 0, planned.log
    assert (planned.data / "build_file").read_text() == "target: a\n"


def test_the_largest_of_files_is_left(plan: Callable[..., Planned], repository: Path) -> None:
    (repository / FILE).write_text("#" * 65_536)
    commit(repository)
    assert (plan(repository).data / "build_file").stat().st_size == 65_536


def link_to(target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / FILE).symlink_to(target)


def make_folder(folder: Path) -> None:
    (folder / FILE).mkdir()
    (folder / FILE / "a").touch()


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "absent": (lambda folder: None, f"the commit has no file {FILE}"),
    "too large": (lambda folder: (folder / FILE).write_text("#" * 65_537), "has 65537 bytes"),
    "a folder": (make_folder, "is not a file"),
    "a link to nothing": (link_to("nothing.yaml"), "is not a file"),
    "a link to itself": (link_to(FILE), "is a link that leads out"),
    "a link to the host": (link_to("/etc/passwd"), "is a link that leads out"),
    "a link upwards": (link_to("../commit"), "is a link that leads out"),
    "a link to a secret": (link_to("../../../secrets/git_token"), "is a link that leads out"),
    "a link to the repository": (link_to("."), "is a link that leads out"),
    "a device": (link_to("/dev/zero"), "is a link that leads out"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_file_that_cannot_be_one_fails_with_a_sentence_and_leaves_nothing(
    plan: Callable[..., Planned], repository: Path, what: str
) -> None:
    make, told = WRONG[what]
    make(repository)
    commit(repository)

    planned = plan(repository)

    assert planned.code == 1
    word, sentence = planned.reason
    assert word == "build_file_invalid"
    assert told in sentence
    assert not (planned.data / "build_file").exists()
    assert SECRET not in planned.log


def test_a_repository_that_cannot_be_read_fails_as_a_build_of_it_does(
    plan: Callable[..., Planned], tmp_path: Path
) -> None:
    planned = plan(tmp_path / "nowhere")

    assert planned.code != 0
    assert planned.reason[0] == "git_unreachable"
