"""TLS as Nomad's own clients do it, against a real TLS server with certificates made for the test."""

from __future__ import annotations

import contextlib
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server import config, nomad
from server.errors import NomadUnreachable

NAME = "server.global.nomad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """A server that asks for a client's certificate, and where to find what it takes to reach it."""

    port: int
    authority: Path
    client_certificate: Path
    client_key: Path


def make(folder: Path, name: str, authority: str = "") -> None:
    """Make a key and a certificate; without an authority one that signs others."""
    subject = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    files = ["-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "2"]
    signed = ["-CA", f"{authority}.pem", "-CAkey", f"{authority}.key"] if authority else []
    usage = ["-addext", f"subjectAltName=DNS:{name}"] if authority else []
    if authority:
        usage += ["-addext", "basicConstraints=critical,CA:FALSE"]
    else:
        usage += ["-addext", "keyUsage=critical,keyCertSign"]
    subprocess.run(
        ["openssl", *subject, *files, *signed, *usage], cwd=folder, check=True, capture_output=True
    )


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tls]:
    folder: Path = tmp_path_factory.mktemp("tls")
    make(folder, "authority")
    make(folder, NAME, "authority")
    make(folder, "client", "authority")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'"10.0.0.1:4647"')

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=folder / "authority.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(folder / f"{NAME}.pem", folder / f"{NAME}.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Tls(
        port=server.server_address[1],
        authority=folder / "authority.pem",
        client_certificate=folder / "client.pem",
        client_key=folder / "client.key",
    )
    server.shutdown()
    thread.join()
    server.server_close()


def ask(tls: Tls, **environment: str) -> str:
    given = {
        "NOMAD_ADDR": f"https://127.0.0.1:{tls.port}",
        "NOMAD_CACERT": str(tls.authority),
        "NOMAD_CLIENT_CERT": str(tls.client_certificate),
        "NOMAD_CLIENT_KEY": str(tls.client_key),
        "NOMAD_TLS_SERVER_NAME": NAME,
    }
    settings = config.read_config(given | environment)
    with contextlib.closing(nomad.Nomad(settings)) as client:
        return client.read_leader()


def test_a_server_is_verified_by_authority_and_name_and_shown_a_certificate(tls: Tls) -> None:
    assert ask(tls) == "10.0.0.1:4647"


@pytest.mark.parametrize(
    "change",
    [
        {"NOMAD_CACERT": ""},
        {"NOMAD_TLS_SERVER_NAME": ""},
        {"NOMAD_TLS_SERVER_NAME": "client.global.nomad"},
        {"NOMAD_CLIENT_CERT": "", "NOMAD_CLIENT_KEY": ""},
    ],
)
def test_a_server_that_cannot_be_verified_or_does_not_know_us_is_not_talked_to(
    tls: Tls, change: dict[str, str]
) -> None:
    with pytest.raises(NomadUnreachable):
        ask(tls, **change)


def test_verification_is_left_out_only_when_it_is_asked_for(tls: Tls) -> None:
    assert ask(tls, NOMAD_SKIP_VERIFY="true", NOMAD_CACERT="") == "10.0.0.1:4647"
