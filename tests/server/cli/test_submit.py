"""``nomad-build submit``: what is sent, from options, files and working copies."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

from server import request
from tests.agents import stage
from tests.server.cli import checkouts
from tests.server.cli.conftest import Served
from tests.server.cli.typing_commands import read_id, run


def show(*arguments: str, **options: Any) -> dict[str, Any]:
    """Return the request that would be sent."""
    result = run("submit", "--dry-run", *arguments, **options)
    assert result.exit_code == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


OPTIONS = {
    "--repo": ("https://git.example.com/a/b", "repoURL"),
    "--ref": ("v1", "gitRef"),
    "--dockerfile": ("docker/Dockerfile", "dockerfilePath"),
    "--context": ("app", "contextPath"),
    "--build-file": ("build.yaml", "buildFile"),
    "--registry": ("registry.example.com/team", "registryURL"),
    "--name": ("app", "imageName"),
    "--target": ("final", "target"),
    "--platform": ("linux/arm64", "platform"),
    "--owner": ("me", "owner"),
    "--request-id": ("mine", "requestID"),
}


def test_options_are_fields_that_the_service_accepts() -> None:
    words = [word for option, (value, _) in OPTIONS.items() for word in (option, value)]
    words += ["--tag", "1", "--tag", "2", "--test", "app --version", "--no-cache"]
    words += ["--build-arg", "A=1", "--set", "sbom=spdx", "--set", "buildResources.memory=2048"]

    sent = show(*words)

    assert sent == {field: value for value, field in OPTIONS.values()} | {
        "imageTags": ["1", "2"],
        "testCommands": ["app --version"],
        "noCache": True,
        "buildArgs": {"A": "1"},
        "sbom": "spdx",
        "buildResources": {"memory": 2048},
    }
    assert request.parse_request(sent).build_resources.memory == 2048


def test_a_file_gives_what_no_option_does(tmp_path: Path) -> None:
    file = tmp_path / "request.yaml"
    file.write_text("repo_url: https://git.example.com/a/b\nimage_tags: [old]\nowner: them\n")
    sent = show("-f", str(file), "--tag", "new", "--build-arg", "A=1")
    assert sent.pop("requestID")
    assert sent == {
        "repo_url": "https://git.example.com/a/b",
        "owner": "them",
        "imageTags": ["new"],
        "buildArgs": {"A": "1"},
    }


def test_a_file_may_come_over_standard_input() -> None:
    assert show("-f", "-", text=json.dumps(stage.REQUEST)).items() >= stage.REQUEST.items()


def test_without_a_repository_it_is_the_working_copy_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checkouts.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    sent = show()
    assert (sent["repoURL"], sent["gitRef"]) == (checkouts.URL, made)
    assert sent["owner"] == getpass.getuser()
    assert show("--branch")["gitRef"] == "main"
    assert show("--ref", "v2")["gitRef"] == "v2"


def test_a_working_copy_that_differs_from_what_is_built_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkouts.make(tmp_path, pushed=False)
    (tmp_path / "new").write_text("x")
    monkeypatch.chdir(tmp_path)
    result = run("submit", "--dry-run")
    assert "Warning: commit " in result.stderr
    assert "is not pushed to origin" in result.stderr
    assert "Warning: 1 file that Git does not know will not be in the image" in result.stderr
    assert "Warning" not in run("submit", "--dry-run", "--ref", "main").stderr


def test_each_request_has_an_id_of_its_own_so_that_it_may_be_sent_again() -> None:
    words = ("--repo", "https://git.example.com/a/b")
    assert show(*words)["requestID"] != show(*words)["requestID"]


@pytest.mark.parametrize("empty", ["", None])
def test_what_a_file_leaves_empty_counts_as_not_given(
    empty: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = checkouts.make(tmp_path)
    monkeypatch.chdir(tmp_path)
    text = json.dumps({"repo_url": empty, "git_ref": empty, "request_id": empty, "owner": empty})
    sent = show("-f", "-", text=text)
    assert sent.pop("requestID")
    assert sent == {"repoURL": checkouts.URL, "gitRef": made, "owner": getpass.getuser()}
    with_token = show("-f", "-", text=text, environment={"NOMAD_BUILD_TOKEN": "t0ken"})
    assert with_token.keys() == {"repoURL", "gitRef", "requestID"}


def test_an_empty_option_counts_as_not_given() -> None:
    sent = show("--repo", "https://git.example.com/a/b", "--request-id", "", "--set", "owner=")
    assert sent["requestID"]
    assert sent["owner"] == getpass.getuser()


def test_who_has_a_token_need_not_say_who_asks() -> None:
    words = ("--repo", "https://git.example.com/a/b")
    assert "owner" not in show(*words, environment={"NOMAD_BUILD_TOKEN": "t0ken"})
    assert show(*words)["owner"] == getpass.getuser()


def test_the_id_alone_is_written_for_scripts(served: Served) -> None:
    result = run("submit", "-f", "-", text=json.dumps(stage.REQUEST), url=served.url)
    status = run("status", read_id(result), "--json", url=served.url)
    assert json.loads(status.stdout)["owner"] == "claude"
    assert f"nomad-build watch {read_id(result)}" in result.stderr


def test_a_request_in_snake_case_is_answered_so_and_understood(served: Served) -> None:
    snake = {"repo_url": stage.REQUEST["repoURL"], "git_ref": "main", "owner": "me"}
    words = ("submit", "-f", "-", "--registry", "registry.example.com:5000/team", "--tag", "1")
    job_id = read_id(run(*words, text=json.dumps(snake), url=served.url))
    assert run("status", job_id, url=served.url).exit_code == 0
    refused = run(*words, text=json.dumps(snake | {"git_rev": "x"}), url=served.url)
    assert refused.exit_code == 4
    assert "Mend what is named" in refused.stderr.splitlines()[1]


def test_the_answer_is_written_as_it_is_for_programs(served: Served) -> None:
    result = run("submit", "-f", "-", "--json", text=json.dumps(stage.REQUEST), url=served.url)
    answer = json.loads(result.stdout)
    assert answer["images"] == ["registry.example.com:5000/team/shop:1.4.2"]
    assert result.stderr == ""


def test_a_request_that_is_sent_again_is_the_same_build(served: Served) -> None:
    words = ("submit", "-f", "-", "--request-id", "mine")
    first, second = (
        read_id(run(*words, text=json.dumps(stage.REQUEST), url=served.url)) for _ in range(2)
    )
    assert first == second


def test_a_misspelt_field_is_named_with_the_nearest(served: Served) -> None:
    words = ("submit", "-f", "-", "--set", "gpuCuont=1")
    result = run(*words, text=json.dumps(stage.REQUEST), url=served.url)
    assert result.exit_code == 4
    assert "gpuCuont" in result.stderr
    assert "gpuCount" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--set", "gpuCount"), "is not FIELD=VALUE"),
        (("--build-arg", "A"), "is not NAME=VALUE"),
        (("--branch",), "name it with --ref"),
        (("-f", "/nonexistent"), "No such file"),
    ],
)
def test_a_wrong_command_line_sends_nothing(arguments: tuple[str, ...], said: str) -> None:
    result = run("submit", "--repo", "https://git.example.com/a/b", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"owner: caf\xe9\n", "is not UTF-8"),
        (b"owner: me\n" + b"# and so on\n" * 100_000, "has more than 1048576 bytes"),
    ],
)
def test_a_file_that_is_no_text_or_too_long_is_refused(
    tmp_path: Path, content: bytes, said: str
) -> None:
    file = tmp_path / "request.yaml"
    file.write_bytes(content)
    for result in (
        run("submit", "-f", str(file), "--repo", "https://git.example.com/a/b", "--dry-run"),
        run("submit", "-f", "-", "--dry-run", text=content),
    ):
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_who_has_no_login_name_says_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        msg = "getpwuid(): uid not found: 12345"
        raise KeyError(msg)

    monkeypatch.setattr(getpass, "getuser", nobody)
    words = ("submit", "--repo", "https://git.example.com/a/b", "--dry-run")
    result = run(*words)
    assert result.exit_code == 2
    assert "Give --owner" in result.stderr
    assert run(*words, "--owner", "me").exit_code == 0


def test_where_there_is_nothing_to_build_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("submit")
    assert result.exit_code == 2
    assert "in no Git repository. Give --repo" in result.stderr
