"""Git working copies for tests."""

from __future__ import annotations

from pathlib import Path

from dulwich import porcelain
from dulwich.objects import ObjectID
from dulwich.refs import Ref

URL = "https://git.example.com/team/shop.git"
_AUTHOR = b"A Person <a@example.com>"


def make(folder: Path, url: str = URL, *, pushed: bool = True) -> str:
    """Make a working copy with one commit on the branch main; return the commit."""
    folder.mkdir(parents=True, exist_ok=True)
    with porcelain.init(folder) as repo:
        repo.refs.set_symbolic_ref(Ref(b"HEAD"), Ref(b"refs/heads/main"))
        if url:
            config = repo.get_config()
            config.set((b"remote", b"origin"), b"url", url.encode())
            config.write_to_path()
    return commit(folder, "Dockerfile", "FROM scratch\n", pushed=pushed)


def commit(folder: Path, name: str, text: str, *, pushed: bool = True) -> str:
    """Commit a file; ``pushed`` says that the remote has it too."""
    (folder / name).write_text(text)
    porcelain.add(folder, [str(folder / name)])
    made = porcelain.commit(folder, message=b"a change", author=_AUTHOR, committer=_AUTHOR)
    if pushed:
        with porcelain.open_repo(folder) as repo:
            repo.refs[Ref(b"refs/remotes/origin/main")] = ObjectID(made)
    return made.decode("ascii")
