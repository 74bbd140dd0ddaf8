"""The Git server, driven by the real git."""

import hashlib
import http.client
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.lab import Credentials, GitServer, authority
from server.lab.gitserver import Large, Link, Submodule

_FILES: dict[str, str | bytes] = {
    "Dockerfile": "FROM scratch\n",
    "app/start.sh": "#!/bin/sh\necho café\n",
    "data.bin": b"\x00\xff" * 200_000,
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with GitServer(tmp_path / "served") as server:
        yield server


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/true",
    }
    return subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_a_clone_has_the_files_with_their_bytes_and_modes(
    server: GitServer, tmp_path: Path
) -> None:
    made = server.create("hello-world", _FILES)

    done = git(tmp_path, "clone", "--quiet", made.url, "clone")

    assert done.returncode == 0, done.stderr
    clone = tmp_path / "clone"
    assert (clone / "app/start.sh").read_text() == _FILES["app/start.sh"]
    assert (clone / "data.bin").read_bytes() == _FILES["data.bin"]
    assert (clone / "app/start.sh").stat().st_mode & 0o111
    assert not (clone / "Dockerfile").stat().st_mode & 0o111
    assert git(clone, "rev-parse", "HEAD").stdout.strip() == made.commit


def test_the_same_files_are_the_same_commit_on_every_run(server: GitServer) -> None:
    first = server.create("one", _FILES)
    again = server.create("one", _FILES)
    elsewhere = server.create("two", _FILES)

    assert first.commit == again.commit == elsewhere.commit
    assert server.create("one", {"Dockerfile": "FROM other\n"}).commit != first.commit


def test_a_branch_holds_exactly_the_files_it_was_given_last(
    server: GitServer, tmp_path: Path
) -> None:
    server.create("one", _FILES)
    made = server.create("one", {"only": "this"})

    git(tmp_path, "clone", "--quiet", made.url, "clone")

    assert sorted(path.name for path in (tmp_path / "clone").iterdir()) == [".git", "only"]


def test_branch_tag_and_commit_can_be_fetched_alone(server: GitServer, tmp_path: Path) -> None:
    old = server.create("one", {"a": "1"}, branch="release/1.0")
    server.tag(old, "v1")
    server.create("one", {"a": "2"}, branch="release/1.0")
    git(tmp_path, "init", "--quiet")

    for wanted in ("v1", old.commit):
        done = git(tmp_path, "fetch", "--quiet", "--depth=1", "--", old.url, wanted)
        assert done.returncode == 0, done.stderr
        assert git(tmp_path, "rev-parse", "FETCH_HEAD^{commit}").stdout.strip() == old.commit
    newest = git(tmp_path, "fetch", "--quiet", "--depth=1", "--", old.url, "release/1.0")
    assert newest.returncode == 0, newest.stderr
    assert git(tmp_path, "rev-parse", "FETCH_HEAD").stdout.strip() != old.commit


def test_a_private_repository_wants_its_credentials(server: GitServer, tmp_path: Path) -> None:
    made = server.create("group/secret", _FILES, credentials=Credentials("bot", "p:w%"))
    with_login = made.url.replace("http://", "http://bot:p%3Aw%25@")

    refused = git(tmp_path, "clone", "--quiet", made.url, "none")
    wrong = git(tmp_path, "clone", "--quiet", made.url.replace("//", "//bot:bad@"), "bad")
    right = git(tmp_path, "clone", "--quiet", with_login, "good")

    assert "Authentication failed" in refused.stderr
    assert "Authentication failed" in wrong.stderr
    assert right.returncode == 0, right.stderr


def test_a_repository_that_is_not_there_is_not_found(server: GitServer, tmp_path: Path) -> None:
    done = git(tmp_path, "clone", "--quiet", f"http://{server.address}/none.git", "clone")

    assert done.returncode == 128
    assert "not found" in done.stderr


def test_a_path_out_of_the_folder_is_refused(server: GitServer) -> None:
    connection = http.client.HTTPConnection(server.address, timeout=10)
    connection.request("GET", "/../../etc/passwd")

    assert connection.getresponse().status in {403, 404, 500}
    connection.close()


def test_a_chunked_request_body_is_understood(server: GitServer) -> None:
    made = server.create("one", _FILES)
    connection = http.client.HTTPConnection(server.address, timeout=10)
    headers = {
        "Content-Type": "application/x-git-upload-pack-request",
        "Git-Protocol": "version=2",
        "Transfer-Encoding": "chunked",
    }
    body = iter([b"0014command=ls-refs\n", b"0000"])

    connection.request("POST", "/one.git/git-upload-pack", body, headers, encode_chunked=True)
    answer = connection.getresponse()

    assert answer.status == 200
    assert made.commit.encode() in answer.read()
    connection.close()


def test_repositories_and_address_are_there_again_in_the_next_run(tmp_path: Path) -> None:
    with GitServer(tmp_path / "served") as server:
        made = server.create("one", _FILES)
    with GitServer(tmp_path / "served") as server:
        done = git(tmp_path, "ls-remote", made.url, "main")

    assert done.stdout.split()[:1] == [made.commit]


def test_paths_can_be_links_and_have_any_name(server: GitServer, tmp_path: Path) -> None:
    names = ["a line\nand another", "ünï/日本 語.txt", ' "quoted"\t']
    made = server.create("one", {"link": Link("../elsewhere"), **dict.fromkeys(names, "text")})

    git(tmp_path, "clone", "--quiet", made.url, "clone")

    clone = tmp_path / "clone"
    assert (clone / "link").readlink() == Path("../elsewhere")
    assert all((clone / name).read_text() == "text" for name in names)


def test_a_submodule_is_the_commit_that_was_named(server: GitServer, tmp_path: Path) -> None:
    part = server.create("part", {"part.txt": "of it"})
    settings = f'[submodule "part"]\n\tpath = part\n\turl = {part.url}\n'
    whole = server.create("whole", {".gitmodules": settings, "part": Submodule(part.commit)})

    done = git(tmp_path, "clone", "--quiet", "--recurse-submodules", whole.url, "clone")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clone/part/part.txt").read_text() == "of it"


def test_any_reference_can_lead_to_files_of_its_own(server: GitServer, tmp_path: Path) -> None:
    made = server.create("one", {"a": "1"})
    proposed = server.point(made, "refs/pull/7/head", {"a": "2"})

    listed = git(tmp_path, "ls-remote", made.url).stdout

    assert f"{proposed.commit}\trefs/pull/7/head" in listed
    assert f"{made.commit}\trefs/heads/main" in listed


def test_over_tls_only_who_knows_the_authority_can_clone(tmp_path: Path) -> None:
    known = authority.create(tmp_path / "authority")
    with GitServer(tmp_path / "served", tls=known.tls) as server:
        made = server.create("one", _FILES)
        refused = git(tmp_path, "clone", "--quiet", made.url, "refused")
        trusting = f"http.sslCAInfo={tmp_path / 'authority/authority.pem'}"
        done = git(tmp_path, "-c", trusting, "clone", "--quiet", made.url, "clone")

    assert "certificate" in refused.stderr
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clone/Dockerfile").exists()


def test_a_large_file_is_a_pointer_and_its_content_is_to_be_had(
    server: GitServer, tmp_path: Path
) -> None:
    content = b"\x00\xff" * 200_000
    made = server.create("one", {"large.bin": Large(content)})

    git(tmp_path, "clone", "--quiet", made.url, "clone")
    name = hashlib.sha256(content).hexdigest()
    wanted = {"oid": name, "size": len(content)}
    question = json.dumps({"operation": "download", "objects": [wanted]}).encode()
    answer = requests.post(f"{made.url}/info/lfs/objects/batch", question, timeout=10).json()

    pointer = (tmp_path / "clone/large.bin").read_text()
    assert pointer.splitlines()[1:] == [f"oid sha256:{name}", f"size {len(content)}"]
    address = answer["objects"][0]["actions"]["download"]["href"]
    assert requests.get(address, timeout=10).content == content
    assert not requests.get(address.replace(name, "0" * 64), timeout=10).ok
