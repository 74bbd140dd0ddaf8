"""A certificate authority of the lab's own, for a server on loopback that no public authority vouches for."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from server.lab import ports, process

_QUICK = 30.0
_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


@dataclass(frozen=True, slots=True)
class Authority:
    """The authority's certificate (PEM), and what a server on loopback needs to show one of it."""

    certificate: str
    tls: ssl.SSLContext


def create(folder: Path) -> Authority:
    """Make an authority, and with it a certificate for the loopback address, that are good for two days."""
    folder.mkdir(parents=True, exist_ok=True)
    root, root_key = folder / "authority.pem", folder / "authority.key"
    server, server_key = folder / "server.pem", folder / "server.key"
    _request(root, root_key, "the lab's authority", "basicConstraints=critical,CA:TRUE")
    _request(
        server,
        server_key,
        "a server of the lab",
        "basicConstraints=critical,CA:FALSE",
        f"subjectAltName=IP:{ports.LOOPBACK}",
        signed_by=("-CA", str(root), "-CAkey", str(root_key)),
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server, server_key)
    return Authority(root.read_text(), context)


def _request(
    certificate: Path,
    key: Path,
    name: str,
    *extensions: str,
    signed_by: tuple[str, ...] = (),
) -> None:
    """Have openssl make a key and a certificate for it, signed by itself unless by another (openssl-req(1))."""
    process.run(
        "openssl",
        "req",
        "-x509",
        *_NEW_KEY,
        *signed_by,
        *("-keyout", str(key), "-out", str(certificate), "-subj", f"/CN={name}"),
        *(option for extension in extensions for option in ("-addext", extension)),
        deadline=_QUICK,
    )
