"""What a Git working copy says of itself, and in what it differs from what would be built."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from dulwich import porcelain
from dulwich.objects import ObjectID
from dulwich.refs import Ref

from server.cli import checkout
from tests.server.cli import checkouts


def test_a_clean_and_pushed_working_copy_needs_no_warning(tmp_path: Path) -> None:
    made = checkouts.make(tmp_path)
    found = checkout.read(tmp_path)
    assert (found.repo_url, found.commit, found.branch) == (checkouts.URL, made, "main")
    assert found.warnings == ()


def test_it_is_found_from_a_folder_within(tmp_path: Path) -> None:
    made = checkouts.make(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert checkout.read(tmp_path / "a" / "b").commit == made


def test_a_commit_that_the_remote_lacks_is_warned_of(tmp_path: Path) -> None:
    checkouts.make(tmp_path)
    made = checkouts.commit(tmp_path, "more", "x", pushed=False)
    (warning,) = checkout.read(tmp_path).warnings
    assert f"commit {made[:12]} (branch main) is not pushed to origin" in warning


def test_an_older_commit_of_a_pushed_branch_is_pushed(tmp_path: Path) -> None:
    first = checkouts.make(tmp_path)
    checkouts.commit(tmp_path, "more", "x")
    with porcelain.open_repo(tmp_path) as repo:
        repo.refs[Ref(b"refs/heads/main")] = ObjectID(first.encode())
    porcelain.reset(tmp_path, "hard", first)
    assert checkout.read(tmp_path).warnings == ()


def test_where_history_is_missing_it_is_not_said_that_a_commit_is_pushed(tmp_path: Path) -> None:
    checkouts.make(tmp_path)
    made = checkouts.commit(tmp_path, "more", "x", pushed=False)
    with porcelain.open_repo(tmp_path) as repo:
        repo.refs[Ref(b"refs/remotes/origin/main")] = ObjectID(b"1" * 40)
    (warning,) = checkout.read(tmp_path).warnings
    assert f"whether commit {made[:12]} (branch main) is pushed to origin cannot be told" in warning


def test_what_is_not_committed_is_warned_of(tmp_path: Path) -> None:
    checkouts.make(tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM busybox\n")
    (tmp_path / "new").write_text("x")
    (warning,) = checkout.read(tmp_path).warnings
    assert warning.startswith("1 changed file and 1 file that Git does not know will not be in")


def test_what_git_ignores_is_of_no_interest(tmp_path: Path) -> None:
    checkouts.make(tmp_path)
    checkouts.commit(tmp_path, ".gitignore", "*.log\n")
    (tmp_path / "x.log").write_text("x")
    assert checkout.read(tmp_path).warnings == ()


def test_a_commit_without_a_branch_is_told_as_one(tmp_path: Path) -> None:
    made = checkouts.make(tmp_path)
    (tmp_path / ".git" / "HEAD").write_text(f"{made}\n")
    found = checkout.read(tmp_path)
    assert (found.commit, found.branch) == (made, "")


def test_credentials_in_the_address_are_left_out_and_warned_of(tmp_path: Path) -> None:
    checkouts.make(tmp_path, "https://me:hunter2@git.example.com/shop.git")
    found = checkout.read(tmp_path)
    assert found.repo_url == "https://git.example.com/shop.git"
    (warning,) = found.warnings
    assert "gitCredentialsPath" in warning
    assert "hunter2" not in warning


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("git@git.example.com:team/shop.git", False),
        ("ssh://git@git.example.com/shop.git", False),
        ("/srv/git/shop.git", True),
        ("../shop", True),
    ],
)
def test_a_remote_that_is_a_folder_here_is_warned_of(
    tmp_path: Path, url: str, warned: bool
) -> None:
    checkouts.make(tmp_path, url)
    found = checkout.read(tmp_path)
    assert found.repo_url == url
    assert any("nodes cannot reach" in each for each in found.warnings) is warned


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("ssh://git:hunter2@git.example.com/shop.git", "ssh://git@git.example.com/shop.git"),
        ("ssh://git:hun@ter2@git.example.com/shop.git", "ssh://git@git.example.com/shop.git"),
        ("https://me:hun@ter2@git.example.com/shop.git", "https://git.example.com/shop.git"),
        ("HTTPS://hunter2@git.example.com/shop.git", "HTTPS://git.example.com/shop.git"),
        ("ssh://git@git.example.com:22/a:b@c", "ssh://git@git.example.com:22/a:b@c"),
    ],
)
def test_no_password_is_taken_from_an_address(tmp_path: Path, url: str, bare: str) -> None:
    checkouts.make(tmp_path, url)
    found = checkout.read(tmp_path)
    assert found.repo_url == bare
    assert any("gitCredentialsPath" in each for each in found.warnings) is (url != bare)
    assert "ter2" not in "".join(found.warnings)


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)


@pytest.mark.parametrize(
    "command", [("update-index", "--split-index"), ("sparse-checkout", "set", "--sparse-index")]
)
def test_an_index_of_another_form_only_costs_the_warning(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    checkouts.make(tmp_path)
    (tmp_path / "below").mkdir()
    made = checkouts.commit(tmp_path, "below/file", "x")
    git(tmp_path, *command)
    found = checkout.read(tmp_path)
    assert found.commit == made
    assert found.warnings == (
        "whether something is not committed cannot be told here: see git status",
    )


def test_a_repository_without_working_files_has_none_that_are_not_committed(
    tmp_path: Path,
) -> None:
    made = checkouts.make(tmp_path / "copy")
    git(tmp_path, "clone", "--bare", "copy", "bare")
    git(tmp_path / "bare", "remote", "set-url", "origin", checkouts.URL)
    found = checkout.read(tmp_path / "bare")
    assert (found.repo_url, found.commit, found.branch) == (checkouts.URL, made, "main")
    assert not any("committed" in each for each in found.warnings)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("config", '[remote "origin\nurl = https://me:hunter2@git.example.com/shop.git\n'),
        ("config", "[core]\nhttps://me:hunter2@git.example.com/shop.git\n"),
        ("HEAD", "hunter2"),
    ],
)
def test_a_repository_that_cannot_be_read_is_told_without_what_stands_in_it(
    tmp_path: Path, file: str, text: str
) -> None:
    checkouts.make(tmp_path)
    (tmp_path / ".git" / file).write_text(text)
    with pytest.raises(checkout.NoCheckout, match="cannot be read") as caught:
        checkout.read(tmp_path)
    assert "hunter2" not in str(caught.value)


def test_what_cannot_be_built_from_says_why(tmp_path: Path) -> None:
    with pytest.raises(checkout.NoCheckout, match="in no Git repository"):
        checkout.read(tmp_path)
    checkouts.make(tmp_path / "alone", "")
    with pytest.raises(checkout.NoCheckout, match="has no remote origin"):
        checkout.read(tmp_path / "alone")
    (tmp_path / "empty").mkdir()
    with porcelain.init(tmp_path / "empty") as repo:
        config = repo.get_config()
        config.set((b"remote", b"origin"), b"url", checkouts.URL.encode())
        config.write_to_path()
    with pytest.raises(checkout.NoCheckout, match="has no commit yet"):
        checkout.read(tmp_path / "empty")
