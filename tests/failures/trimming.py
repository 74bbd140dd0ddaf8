"""What of a real log is kept: addresses get names of examples, and what is very long loses its beginning."""

from __future__ import annotations

import re

from tests.failures.site import Site

_HOSTS = {
    r"(?:http://)?deb\.debian\.org": "http://deb.example.org",
    r"security\.debian\.org": "security.example.org",
    r"pypi\.org": "pypi.example.org",
    r"files\.pythonhosted\.org": "files.pypi.example.org",
    r"registry\.npmjs\.org": "npm.example.org",
    r"proxy\.golang\.org": "goproxy.example.org",
    r"sum\.golang\.org": "gosum.example.org",
    r"(?:index|static)\.crates\.io": "crates.example.org",
    r"crates\.io": "crates.example.org",
    r"repo\.maven\.apache\.org": "maven.example.org",
    r"rubygems\.org": "gems.example.org",
    r"registry-1\.docker\.io|auth\.docker\.io": "registry.example.net",
}
# Addresses of networks: of this machine's resolver, and of the servers behind the names.
_ADDRESS = re.compile(
    r"\b(?!127\.0\.0\.1\b|10\.255\.255\.1\b|0\.0\.0\.0\b)(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b"
)
_LIMIT = 40_000


def trim(log: str, site: Site) -> str:
    """Return a log as it is kept; ``site`` is the server that misbehaves."""
    text = log.replace(site.address, "registry.example.org:5000")
    text = text.replace(site.secure, "secure.example.org:8443")
    for host, name in _HOSTS.items():
        text = re.sub(host, name, text)
    text = text.replace("http://http://", "http://")
    text = _ADDRESS.sub("192.0.2.1", text)
    if len(text) <= _LIMIT:
        return text
    end = text[-_LIMIT:]
    return end[end.find("\n") + 1 :]
