"""The source of a build: the exact commit, with what was asked for, from those that may be asked, and nothing else."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.lab import authority, sshserver
from server.lab.credentials import Credentials
from server.lab.gitserver import Entry, GitServer, Link, Submodule
from tests.e2e.ground import Ground
from tests.e2e.pack_builds import PackBuild, build, keep_secret, log_of_steps, repository

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

LIST = "FROM {base}\nCOPY . /src\nRUN cd /src && find . | sort\n"
LOGIN = Credentials("reader", 'p@ss "word"')


@pytest.fixture(scope="module")
def ssh(ground: Ground) -> Iterator[sshserver.SSHServer]:
    server = sshserver.start(ground.folder / "ssh")
    yield server
    server.stop()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[GitServer]:
    """A Git server that is not the lab's."""
    with GitServer(tmp_path / "other") as server:
        yield server


def test_any_reference_is_built_as_the_exact_commit(ground: Ground) -> None:
    files = {"Dockerfile": f"FROM {ground.lab.base_image}\n"}
    made = ground.lab.git.create(f"refs-{uuid.uuid4().hex[:8]}", files)
    proposed = ground.lab.git.point(made, "refs/pull/7/head", files | {"proposed": ""})
    asked = ground.lab.git.point(made, "refs/merge-requests/3/head", files | {"asked": ""})
    ground.lab.git.tag(made, "v1.0")
    expected = {
        "main": made.commit,
        "v1.0": made.commit,
        made.commit: made.commit,
        "refs/pull/7/head": proposed.commit,
        "pull/7/head": proposed.commit,
        "merge-requests/3/head": asked.commit,
    }

    builds = {reference: PackBuild(ground, made.url, git_ref=reference) for reference in expected}
    for each in builds.values():
        each.succeed()

    assert {
        reference: each.result("commit").strip() for reference, each in builds.items()
    } == expected
    # The commits of the lab are all of the same moment.
    assert {each.result("commit_time") for each in builds.values()} == {"1577836800\n"}
    labels = builds["pull/7/head"].image()["config"]["Labels"]
    assert labels["org.opencontainers.image.revision"] == proposed.commit


@pytest.mark.parametrize(
    "reference",
    ["--upload-pack=id", "+main", "main:refs/heads/x", "refs/heads/*", "ma in", "ma\nin", "none"],
)
def test_a_reference_that_is_none_is_not_found(ground: Ground, reference: str) -> None:
    failing = PackBuild(ground, ground.hello.url, git_ref=reference, task="source")
    assert failing.fail()[0] == "git_ref_not_found"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("--upload-pack=touch /alloc/data/pwned", "git_unreachable"),
        ("ext::sh -c touch% /alloc/data/pwned", "git_unreachable"),
        ("ext::sh", "git_unreachable"),
        ("file:///etc", "git_unreachable"),
        ("/alloc/data", "git_unreachable"),
        ("ssh://-oProxyCommand=touch/x", "git_unreachable"),
        ("https://somebody:hunter2hunter2@127.0.0.1/x", "git_auth"),
    ],
)
def test_an_address_that_is_none_is_refused(ground: Ground, address: str, reason: str) -> None:
    failing = PackBuild(ground, address, task="source")
    assert failing.fail()[0] == reason
    assert not failing.has_left("pwned")
    assert "hunter2hunter2" not in failing.log() + failing.result("reason")


def test_submodules_are_fetched_only_when_asked_for_and_leave_no_files_of_git(
    ground: Ground,
) -> None:
    name = f"module-{uuid.uuid4().hex[:8]}"
    module = ground.lab.git.create(name, {"part": "of the module"})
    modules = f'[submodule "part"]\n\tpath = part\n\turl = ../{name}.git\n'
    files: dict[str, Entry] = {
        "Dockerfile": LIST,
        ".gitmodules": modules,
        "part": Submodule(module.commit),
    }
    url = repository(ground, files)

    without, with_them = PackBuild(ground, url), PackBuild(ground, url, submodules=True)
    for each in (without, with_them):
        each.succeed()

    assert "./part\n" in log_of_steps(without)
    assert "./part/part\n" not in log_of_steps(without)
    assert "./part/part\n" in log_of_steps(with_them)
    for each in (without, with_them):
        assert "./.git\n" not in log_of_steps(each)
        assert "/.git\n" not in log_of_steps(each)


def test_a_submodule_speaks_no_protocol_but_the_allowed(ground: Ground) -> None:
    evil = '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% /alloc/data/pwned\n'
    files: dict[str, Entry] = {"Dockerfile": LIST, ".gitmodules": evil, "x": Submodule("1" * 40)}
    failing = PackBuild(ground, repository(ground, files), submodules=True, task="source")
    assert failing.fail()[0] == "git_unreachable"
    assert not failing.has_left("pwned")


def test_a_password_is_for_the_server_of_the_repository_alone(
    ground: Ground, other: GitServer
) -> None:
    # The other server would let in whoever knows the same password: it must not be told.
    module = other.create("module", {"part": ""}, credentials=LOGIN)
    modules = f'[submodule "part"]\n\tpath = part\n\turl = {module.url}\n'
    files: dict[str, Entry] = {
        "Dockerfile": LIST,
        ".gitmodules": modules,
        "part": Submodule(module.commit),
    }
    secret = keep_secret(ground, username=LOGIN.user, password=LOGIN.password)
    url = repository(ground, files, credentials=LOGIN)

    PackBuild(ground, url, git_credentials=secret).succeed()
    failing = PackBuild(ground, url, git_credentials=secret, submodules=True, task="source")

    assert failing.fail()[0] == "git_auth"


def test_a_repository_is_read_over_ssh_from_a_known_host_with_the_key_given(
    ground: Ground, ssh: sshserver.SSHServer, tmp_path: Path
) -> None:
    url = ssh.url(ground.hello)
    key = keep_secret(ground, private_key=ssh.private_key.strip(), known_hosts=ssh.known_hosts)
    wrong_key, _ = sshserver.make_key(tmp_path / "wrong")
    wrong = keep_secret(ground, private_key=wrong_key, known_hosts=ssh.known_hosts)
    unknown = keep_secret(ground, private_key=ssh.private_key, known_hosts="example.com ssh-rsa A")

    def over_ssh(secret: str, task: str = "") -> PackBuild:
        given = {"git_credentials": secret, "git_credentials_type": "ssh_key"}
        return PackBuild(ground, url, task=task, **given)

    good = over_ssh(key)
    good.succeed()
    assert good.result("commit").strip() == ground.hello.commit
    assert over_ssh(wrong, "source").fail()[0] == "git_auth"
    word, sentence = over_ssh(unknown, "source").fail()
    assert (word, "known_hosts" in sentence) == ("git_auth", True)


def test_a_further_authority_is_trusted_when_it_is_given(ground: Ground, tmp_path: Path) -> None:
    ours = authority.create(tmp_path / "authority")
    with GitServer(tmp_path / "git", tls=ours.tls) as server:
        files = {"Dockerfile": f"FROM {ground.lab.base_image}\n"}
        url = server.create("encrypted", files).url
        word, sentence = PackBuild(ground, url, task="source").fail()
        assert (word, "ca_certificates" in sentence) == ("git_unreachable", True)
        PackBuild(ground, url, ca_certificates=ours.certificate).succeed()


@pytest.fixture(scope="module")
def without_large_files(ground: Ground) -> Iterator[str]:
    """The image that fetches sources, but without git-lfs."""
    name = "nomad-build/no-lfs:local"

    def run(*arguments: str) -> str:
        ended = subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)
        return ended.stdout.strip()

    removal = ["rm", "-f", "/usr/bin/git-lfs"]
    container = run("create", "--user", "root", ground.lab.images.source, *removal)
    run("start", "--attach", container)
    run("commit", container, name)
    run("rm", container)
    yield name
    run("image", "rm", "--no-prune", name)


def test_large_files_ask_for_a_program_that_the_image_may_not_have(
    ground: Ground, without_large_files: str
) -> None:
    build = PackBuild(
        ground, ground.hello.url, lfs=True, task="source", source_image=without_large_files
    )
    word, sentence = build.fail()
    assert word == "host_unfit"
    assert sentence.startswith("lfs: ")


def test_a_folder_is_built_with_a_dockerfile_from_elsewhere(ground: Ground) -> None:
    files: dict[str, Entry] = {
        "docker/Image": LIST,
        "services/a b/ü.txt": "",
        "services/other": "",
        "out": Link("/"),
    }
    url = repository(ground, files)
    given = {"dockerfile_path": "docker/Image", "context_path": "services/a b"}

    inside = PackBuild(ground, url, **given)
    inside.succeed()

    assert "\n.\n./ü.txt\n" in log_of_steps(inside)
    for outside in ("out", "out/secrets", "../data", "none", "docker/Image"):
        failing = PackBuild(ground, url, **given | {"context_path": outside})
        assert failing.fail()[0] == "dockerfile_missing", outside


@pytest.mark.parametrize("name", [".dockerignore", ".containerignore", "Dockerfile.dockerignore"])
def test_a_list_of_ignored_files_is_no_link_out_of_the_repository(
    ground: Ground, name: str
) -> None:
    files: dict[str, Entry] = {"Dockerfile": "FROM {base}\n", name: Link("/secrets/auth.json")}
    word, sentence = PackBuild(ground, repository(ground, files)).fail()
    assert (word, name in sentence) == ("dockerfile_missing", True)


def test_a_proxy_is_used_and_handed_on_to_steps(ground: Ground) -> None:
    nobody = "http://127.0.0.1:9"
    shown = build(
        ground,
        "FROM {base}\nRUN env | grep -i proxy | sort\n",
        http_proxy=nobody,
        no_proxy="127.0.0.1",
    )
    shown.succeed()
    assert f"http_proxy={nobody}\n" in shown.log()
    assert "no_proxy=127.0.0.1\n" in shown.log()
    # The lab's server is not behind it.
    used = PackBuild(ground, ground.hello.url, http_proxy=nobody, task="source")
    assert used.fail()[0] == "git_unreachable"
