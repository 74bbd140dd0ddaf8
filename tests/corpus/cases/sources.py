"""Where the source comes from: references, submodules, private repositories over each protocol."""

from __future__ import annotations

from server.lab import Credentials
from server.lab.gitserver import Entry, Large, Submodule
from server.lab.sshserver import make_key
from tests.corpus.collection import case
from tests.corpus.outcome import Failure
from tests.corpus.trial import Trial

_LOGIN = Credentials(user="reader", password='p"a$s{s} 100% ${HOME}')


def _files(trial: Trial, version: str = "1") -> dict[str, str]:
    return {
        "Dockerfile": f"FROM {trial.site.base}\nCOPY version /version\n",
        "version": version,
    }


@case
def plain(trial: Trial) -> None:
    """A branch is built, tested, published under two tags, and runs."""
    repository = trial.repository(
        {
            "Dockerfile": f'FROM {trial.site.base}\nCOPY hello /bin/\nCMD ["hello", "world"]\n',
            "hello": '#!/bin/sh\necho "Hello, $1"\n',
        }
    )
    build = trial.build(
        repository, image_tags=["latest", "v1"], test_commands=["hello corpus | grep corpus"]
    )
    assert build.answer["commit"] == repository.commit
    assert len(build.answer["images"]) == 2
    assert trial.run(build) == "Hello, world\n"


@case
def tag(trial: Trial) -> None:
    """A tag is built although the branch has moved on."""
    first = trial.repository(_files(trial, "1"))
    trial.site.ground.lab.git.tag(first, "v1.0.0")
    trial.repository(_files(trial, "2"))
    build = trial.build(first, git_ref="v1.0.0")
    assert build.answer["commit"] == first.commit
    assert build.published.text("version") == "1"


@case
def commit(trial: Trial) -> None:
    """A full commit hash is built that no branch or tag leads to."""
    first = trial.repository(_files(trial, "1"))
    trial.repository(_files(trial, "2"))
    build = trial.build(first, git_ref=first.commit)
    assert build.answer["commit"] == first.commit
    assert build.published.text("version") == "1"


@case
def pull_request(trial: Trial) -> None:
    """The reference of a pull request is built."""
    first = trial.repository(_files(trial, "1"))
    proposed = trial.site.ground.lab.git.point(first, "refs/pull/7/head", _files(trial, "2"))
    build = trial.build(first, git_ref="refs/pull/7/head")
    assert build.answer["commit"] == proposed.commit
    assert build.published.text("version") == "2"


@case
def no_such_ref(trial: Trial) -> None:
    """A branch that does not exist is said to be absent."""
    repository = trial.repository(_files(trial))
    expected = Failure(
        phase="build", task="source", reason="git_ref_not_found", says="no-such-branch"
    )
    trial.build(repository, expected, git_ref="no-such-branch")


@case
def private_by_password(trial: Trial) -> None:
    """A private repository over HTTP is fetched with a password by reference, and the log does not have it."""
    repository = trial.repository(_files(trial), credentials=_LOGIN)
    reference = trial.site.keep_secret(
        trial.name, {"username": _LOGIN.user, "password": _LOGIN.password}
    )
    build = trial.build(repository, git_credentials_path=reference)
    assert _LOGIN.password not in build.log


@case
def private_without_credentials(trial: Trial) -> None:
    """A private repository is refused to who names no credentials."""
    repository = trial.repository(_files(trial), credentials=_LOGIN)
    trial.build(repository, Failure(phase="build", task="source", reason="git_auth"))


@case
def private_by_key(trial: Trial) -> None:
    """A private repository over SSH is fetched with a key by reference, from a host that the secret names."""
    ssh = trial.site.ssh
    repository = trial.repository(_files(trial))
    reference = trial.site.keep_secret(
        trial.name, {"private_key": ssh.private_key, "known_hosts": ssh.known_hosts}
    )
    build = trial.build(ssh.url(repository), git_credentials_path=reference)
    assert build.answer["commit"] == repository.commit
    assert not any(line in build.log for line in ssh.private_key.splitlines()[1:-1])


@case
def wrong_key(trial: Trial) -> None:
    """A key that the host does not know is refused, and the reason says so."""
    ssh = trial.site.ssh
    key, _ = make_key(trial.site.folder / "stranger")
    reference = trial.site.keep_secret(
        trial.name, {"private_key": key, "known_hosts": ssh.known_hosts}
    )
    trial.build(
        ssh.url(trial.repository(_files(trial))),
        Failure(phase="build", task="source", reason="git_auth"),
        git_credentials_path=reference,
    )


@case
def unknown_host(trial: Trial) -> None:
    """A host whose key is another than the secret's known_hosts says is not talked to."""
    ssh = trial.site.ssh
    _, other = make_key(trial.site.folder / "impostor")
    reference = trial.site.keep_secret(
        trial.name,
        {
            "private_key": ssh.private_key,
            "known_hosts": f"[127.0.0.1]:{ssh.port} {other}\n",
        },
    )
    trial.build(
        ssh.url(trial.repository(_files(trial))),
        Failure(phase="build", task="source", reason="git_auth", says="ost key"),
        git_credentials_path=reference,
    )


@case
def own_authority(trial: Trial) -> None:
    """A Git server whose certificate is of a private authority is trusted when the request has its certificate."""
    repository = trial.site.secure.create(trial.name, _files(trial))
    build = trial.build(repository, ca_certificates=trial.site.authority)
    assert build.answer["commit"] == repository.commit


@case
def unknown_authority(trial: Trial) -> None:
    """The same server is not trusted without."""
    repository = trial.site.secure.create(trial.name, _files(trial))
    expected = Failure(phase="build", task="source", reason="git_unreachable", says="certificate")
    trial.build(repository, expected)


def _with_submodule(trial: Trial, url: str, commit: str) -> dict[str, Entry]:
    settings = f'[submodule "part"]\n\tpath = part\n\turl = {url}\n'
    return {
        "Dockerfile": f"FROM {trial.site.base}\nCOPY . /all\n",
        ".gitmodules": settings,
        "part": Submodule(commit),
    }


@case
def submodule_asked_for(trial: Trial) -> None:
    """A submodule is there when it is asked for, without its .git."""
    part = trial.repository({"part.txt": "of it"}, name="part")
    repository = trial.repository(_with_submodule(trial, part.url, part.commit))
    build = trial.build(repository, submodules=True)
    assert build.published.text("all/part/part.txt") == "of it"
    assert not any("/.git/" in f"/{name}/" for name in build.published.files)


@case
def submodule_not_asked_for(trial: Trial) -> None:
    """A submodule is left out when it is not asked for."""
    part = trial.repository({"part.txt": "of it"}, name="part")
    repository = trial.repository(_with_submodule(trial, part.url, part.commit))
    build = trial.build(repository)
    assert "all/.gitmodules" in build.published.files
    assert "all/part/part.txt" not in build.published.files


@case
def submodule_of_a_file(trial: Trial) -> None:
    """A submodule whose address is a folder of the machine is not fetched."""
    part = trial.repository({"part.txt": "of it"}, name="part")
    files = _with_submodule(trial, f"file://{part.path}", part.commit)
    expected = Failure(phase="build", task="source", reason="git_unreachable", says="not allowed")
    trial.build(trial.repository(files), expected, submodules=True)


@case
def submodule_of_a_command(trial: Trial) -> None:
    """A submodule whose address is a command is not fetched, and the command does not run."""
    marker = trial.site.folder / "marker"
    files = _with_submodule(trial, f"ext::sh -c touch% {marker}", "1" * 40)
    expected = Failure(phase="build", task="source", reason="git_unreachable", says="not allowed")
    build = trial.build(trial.repository(files), expected, submodules=True)
    assert not marker.exists()
    assert "touch: " not in build.log


def _with_large_file(trial: Trial, content: bytes) -> dict[str, Entry]:
    return {
        "Dockerfile": f"FROM {trial.site.base}\nCOPY large.bin /\n",
        ".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n",
        "large.bin": Large(content),
    }


@case
def large_file_asked_for(trial: Trial) -> None:
    """A file that Git LFS keeps is there when it is asked for, from a private repository, too."""
    content = b"\x00\xff" * 500_000
    repository = trial.repository(_with_large_file(trial, content), credentials=_LOGIN)
    reference = trial.site.keep_secret(
        trial.name, {"username": _LOGIN.user, "password": _LOGIN.password}
    )
    build = trial.build(repository, lfs=True, git_credentials_path=reference)
    assert build.published.files["large.bin"] == content


@case
def large_file_not_asked_for(trial: Trial) -> None:
    """A file that Git LFS keeps is a pointer when it is not asked for."""
    build = trial.build(trial.repository(_with_large_file(trial, b"large")))
    assert build.published.text("large.bin").startswith("version https://git-lfs")
