"""A Git server on loopback: smart HTTP by ``git http-backend``, with basic authentication for private repositories.

Repositories are made from a dict of files. Author and dates are constants, so the same files always give the same
commit, and a build of them hits its caches on every run. With an authority the same repositories are served over TLS.
"""

from __future__ import annotations

import base64
import functools
import http.server
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from server.lab import largefiles, ports, process
from server.lab.credentials import Credentials

_QUICK = 30.0

_ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Lab",
    "GIT_AUTHOR_EMAIL": "lab@localhost",
    "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "Lab",
    "GIT_COMMITTER_EMAIL": "lab@localhost",
    "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, by where it leads."""

    target: str


@dataclass(frozen=True, slots=True)
class Submodule:
    """A commit of another repository, which a line in ``.gitmodules`` has to name."""

    commit: str


@dataclass(frozen=True, slots=True)
class Large:
    """A file that Git LFS keeps beside the repository, for which ``.gitattributes`` has to have a filter."""

    content: bytes


Entry = str | bytes | Link | Submodule | Large
"""What a path of a repository holds; text and bytes that begin with ``#!`` are executable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository of the server: where it is cloned from, and its newest commit."""

    url: str
    commit: str
    path: Path


class GitServer:
    """Serves the bare repositories of a folder until it is closed."""

    def __init__(self, folder: Path, *, tls: ssl.SSLContext | None = None) -> None:
        """Start serving; the port stays the same from run to run where it is free."""
        process.require("git")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._private: dict[str, Credentials] = {}
        port = ports.remembered(folder / "port")
        self.address = f"{ports.LOOPBACK}:{port}"
        self._base = f"{'http' if tls is None else 'https'}://{self.address}"
        handler = functools.partial(
            _Handler, folder=folder, address=self._base, private=self._private
        )
        self._server = http.server.ThreadingHTTPServer((ports.LOOPBACK, port), handler)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="git server", daemon=True
        )
        self._thread.start()

    def create(
        self,
        name: str,
        files: Mapping[str, Entry],
        *,
        branch: str = "main",
        credentials: Credentials | None = None,
    ) -> Repository:
        """Make a repository whose branch holds exactly these files; with credentials it is private.

        An existing repository of that name gets the branch anew.
        """
        path = self._folder / f"{name}.git"
        if not (path / "HEAD").exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _git(None, "init", "--quiet", "--bare", f"--initial-branch={branch}", str(path))
            # As the big hosts do: any commit can be fetched by its id, and partial clones work.
            _git(path, "config", "uploadpack.allowAnySHA1InWant", "true")
            _git(path, "config", "uploadpack.allowFilter", "true")
        if credentials is None:
            self._private.pop(name, None)
        else:
            self._private[name] = credentials
        commit = _commit(path, files)
        _git(path, "update-ref", f"refs/heads/{branch}", commit)
        return Repository(url=f"{self._base}/{name}.git", commit=commit, path=path)

    def tag(self, repository: Repository, name: str) -> None:
        """Put a tag on the repository's newest commit."""
        _git(repository.path, "tag", "--force", name, repository.commit)

    def point(
        self, repository: Repository, reference: str, files: Mapping[str, Entry]
    ) -> Repository:
        """Have a reference with its full name (``refs/pull/1/head``) lead to a commit of these files."""
        commit = _commit(repository.path, files)
        _git(repository.path, "update-ref", reference, commit)
        return replace(repository, commit=commit)

    def close(self) -> None:
        """Stop serving; the repositories stay in the folder."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> GitServer:
        """The server itself: it runs from the start."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop serving."""
        self.close()


def _commit(path: Path, files: Mapping[str, Entry]) -> str:
    # Names may hold anything but NUL, which therefore ends each line.
    index = [f"{_store(path, entry)}\t{name}\0" for name, entry in sorted(files.items())]
    environment = {"GIT_INDEX_FILE": str(path / f"index.{threading.get_ident()}")}
    _git(path, "read-tree", "--empty", environment=environment)
    listing = "".join(index).encode()
    command = ("update-index", "-z", "--add", "--index-info")
    _git(path, *command, input=listing, environment=environment)
    tree = _git(path, "write-tree", environment=environment)
    Path(environment["GIT_INDEX_FILE"]).unlink(missing_ok=True)
    return _git(path, "commit-tree", "-m", "Files of the lab", tree)


def _store(path: Path, entry: Entry) -> str:
    """Keep what a path holds, and return its mode and id (git-update-index(1), ``--index-info``)."""
    match entry:
        case Submodule(commit):
            return f"160000 {commit}"
        case Link(target):
            return f"120000 {_store_blob(path, target.encode())}"
        case Large(content):
            return f"100644 {_store_blob(path, largefiles.keep(path, content))}"
        case str() | bytes():
            data = entry.encode() if isinstance(entry, str) else entry
            mode = "100755" if data.startswith(b"#!") else "100644"
            return f"{mode} {_store_blob(path, data)}"


def _store_blob(path: Path, data: bytes) -> str:
    return _git(path, "hash-object", "-w", "--stdin", input=data)


def _git(
    path: Path | None,
    *arguments: str,
    input: bytes | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    where = [] if path is None else [f"--git-dir={path}"]
    return process.run(
        "git",
        *where,
        *arguments,
        deadline=_QUICK,
        input=input,
        environment={**_ENVIRONMENT, **(environment or {})},
    ).strip()


class _Handler(http.server.BaseHTTPRequestHandler):
    """Hands each request to ``git http-backend``, a CGI program (RFC 3875)."""

    def __init__(
        self, *arguments: object, folder: Path, address: str, private: Mapping[str, Credentials]
    ) -> None:
        self._folder = folder
        self._address = address
        self._private = private
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the terminal quiet."""

    def _answer(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        if not self._allowed(path):
            self.send_response(401, "Unauthorized")
            self.send_header("WWW-Authenticate", 'Basic realm="lab"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = b"".join(self._body())
        large = largefiles.answer(self._folder, self._address, path, body)
        if large is not None:
            self._send_content("200 OK", {"Content-Type": large[0]}, large[1])
            return
        backend = subprocess.Popen(
            ["git", "http-backend"],
            env=self._variables(path, url.query, len(body)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        output, _ = backend.communicate(body)
        self._send(output)

    def _allowed(self, path: str) -> bool:
        name = path.partition(".git")[0].removeprefix("/")
        wanted = self._private.get(name)
        if wanted is None:
            return True
        pair = base64.b64encode(f"{wanted.user}:{wanted.password}".encode()).decode()
        return self.headers.get("Authorization") == f"Basic {pair}"

    def _body(self) -> Iterator[bytes]:
        """The request's body; git sends what is longer than its buffer in chunks (RFC 9112, section 7.1)."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _variables(self, path: str, query: str, length: int) -> dict[str, str]:
        variables = {
            **_ENVIRONMENT,
            "GIT_PROJECT_ROOT": str(self._folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GATEWAY_INTERFACE": "CGI/1.1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "REMOTE_ADDR": self.client_address[0],
            "SERVER_PROTOCOL": self.request_version,
        }
        for header, name in (
            ("Git-Protocol", "GIT_PROTOCOL"),
            ("Content-Encoding", "HTTP_CONTENT_ENCODING"),
        ):
            if header in self.headers:
                variables[name] = self.headers[header]
        return variables

    def _send(self, output: bytes) -> None:
        head, _, body = output.partition(b"\r\n\r\n")
        headers = [line.partition(":") for line in head.decode("latin-1").splitlines()]
        fields = {name: text.strip() for name, _, text in headers}
        status = fields.pop("Status", "200 OK") if head else "500 Internal Server Error"
        self._send_content(status, fields, body)

    def _send_content(self, status: str, fields: Mapping[str, str], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, text in fields.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
