"""What a Git working copy says of itself: where it comes from, what is checked out, and whether others have it too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dulwich import errors, graph, porcelain
from dulwich.objects import ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

_BRANCHES = b"refs/heads/"
_REMOTE = "origin"
# Git and curl take the last @ before the path for the end of user and password.
_USER = re.compile(r"(?i)^(https?://)[^/]*@")
_PASSWORD = re.compile(r"(?i)^([a-z][a-z0-9+.-]*://[^/:@]*):[^/]*@")


class NoCheckout(Exception):
    """There is no working copy here, or none that something could be built from; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A working copy. ``warnings`` say in which way what is built will differ from what lies here."""

    folder: Path
    repo_url: str
    commit: str
    branch: str
    warnings: tuple[str, ...]


def read(folder: Path) -> Checkout:
    """Read the working copy that a folder is in.

    Raises:
        NoCheckout: there is none, it comes from nowhere, it has no commit, or it cannot be read.
    """
    try:
        with Repo.discover(str(folder)) as repo:
            return _read(repo)
    except errors.NotGitRepository as error:
        msg = f"{folder} is in no Git repository"
        raise NoCheckout(msg) from error
    except NoCheckout:
        raise
    except Exception as error:
        # Git knows more forms of its files than dulwich, which fails at them in many ways; what it says may quote a
        # password of the configuration.
        kind = type(error).__name__
        msg = f"the Git repository that {folder} is in cannot be read ({kind}): see git status"
        raise NoCheckout(msg) from error


def _read(repo: Repo) -> Checkout:
    try:
        url = repo.get_config_stack().get((b"remote", _REMOTE.encode()), b"url").decode()
    except KeyError as error:
        msg = f"the Git repository {repo.path} has no remote {_REMOTE} to build from"
        raise NoCheckout(msg) from error
    try:
        head = repo.head()
    except KeyError as error:
        msg = f"the Git repository {repo.path} has no commit yet"
        raise NoCheckout(msg) from error
    branch = _branch(repo)
    warnings = [
        *_describe_url(url),
        *_describe_commit(repo, head, branch),
        *_describe_tree(repo),
    ]
    return Checkout(
        folder=Path(repo.path),
        repo_url=_without_credentials(url),
        commit=head.decode("ascii"),
        branch=branch,
        warnings=tuple(warnings),
    )


def _branch(repo: Repo) -> str:
    """Return the name of the branch that is checked out, empty for none."""
    chain, _ = repo.refs.follow(Ref(b"HEAD"))
    name = bytes(chain[-1])
    return name.removeprefix(_BRANCHES).decode() if name.startswith(_BRANCHES) else ""


def _without_credentials(url: str) -> str:
    """Return an address without user and password; for SSH the user is part of it."""
    return _PASSWORD.sub(r"\1@", _USER.sub(r"\1", url))


def _describe_url(url: str) -> list[str]:
    if _without_credentials(url) != url:
        return [
            f"the address of {_REMOTE} carries credentials, which are left out: store them as a secret "
            "and name it with --set gitCredentialsPath=…"
        ]
    if not re.match(r"[a-z+]+://|[^/]+@[^/]+:", url):
        return [f"{_REMOTE} is {url}, which nodes cannot reach"]
    return []


def _describe_commit(repo: Repo, head: ObjectID, branch: str) -> list[str]:
    """Say whether the commit is known to be at the remote, as far as this working copy has heard."""
    prefix = f"refs/remotes/{_REMOTE}/".encode()
    tips = {bytes(name): tip for name, tip in repo.refs.as_dict(Ref(prefix)).items()}
    upstream = tips.get(branch.encode())
    candidates = ([upstream] if upstream else []) + list(set(tips.values()) - {upstream})
    where = f"branch {branch}" if branch else "no branch"
    try:
        if any(graph.can_fast_forward(repo, head, tip) for tip in candidates):
            return []
    except KeyError:
        return [
            f"whether commit {head.decode('ascii')[:12]} ({where}) is pushed to {_REMOTE} cannot be told: "
            "this working copy has not the whole history"
        ]
    return [
        f"commit {head.decode('ascii')[:12]} ({where}) is not pushed to {_REMOTE}: "
        "the service builds what the remote has, so push first"
    ]


def _describe_tree(repo: Repo) -> list[str]:
    """Say what of this working copy is in no commit."""
    if repo.bare:
        return []
    try:
        status = porcelain.status(repo, untracked_files="normal")
    except Exception:
        # An index may be split or sparse, of which dulwich knows nothing: it takes it for a broken one.
        return ["whether something is not committed cannot be told here: see git status"]
    staged = {bytes(path) for paths in status.staged.values() for path in paths}
    changed = staged | {_bytes(path) for path in status.unstaged}
    parts = []
    if changed:
        parts.append(_count(len(changed), "changed file"))
    if status.untracked:
        parts.append(
            _count(
                len(status.untracked), "file that Git does not know", "files that Git does not know"
            )
        )
    if not parts:
        return []
    return [f"{' and '.join(parts)} will not be in the image: what is not committed is not built"]


def _bytes(path: str | bytes) -> bytes:
    return path.encode() if isinstance(path, str) else bytes(path)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"
