"""HTTP connections to Nomad: few, kept open, and verified as Nomad's own TLS variables ask."""

from __future__ import annotations

import os
from typing import Any

import requests
import requests.adapters
import requests.utils
import urllib3
import urllib3.exceptions

from server.config import Config

_CONNECTIONS = 16


class _Adapter(requests.adapters.HTTPAdapter):
    """Verifies the server's certificate against a given name, as ``NOMAD_TLS_SERVER_NAME`` asks."""

    def __init__(self, server_name: str, **options: Any) -> None:
        self._server_name = server_name
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        if self._server_name:
            options |= {"server_hostname": self._server_name, "assert_hostname": self._server_name}
        super().init_poolmanager(*arguments, **options)


def open_session(config: Config) -> requests.Session:
    """Return a session whose connections all threads share."""
    session = requests.Session()
    # requests would look through the whole environment at each call, for a proxy of an address that never changes.
    session.trust_env = False
    session.proxies = requests.utils.get_environ_proxies(config.nomad_address)
    if config.nomad_skip_verify:
        # Whoever set that knows; a line in the log for each call would hide the others.
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    pool = {"pool_connections": 1, "pool_maxsize": _CONNECTIONS, "pool_block": True}
    session.mount("http://", _Adapter("", **pool))
    session.mount("https://", _Adapter(config.nomad_server_name, **pool))
    return session


def verification(config: Config) -> bool | str:
    """Return what the server's certificate is verified with: a file, a folder, the system's own, or nothing."""
    if config.nomad_skip_verify:
        return False
    named = config.nomad_ca_file or config.nomad_ca_folder
    return named or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def certificate(config: Config) -> tuple[str, str] | tuple[()]:
    """Return certificate and key to show to the server, if both are set."""
    if config.nomad_client_certificate and config.nomad_client_key:
        return (config.nomad_client_certificate, config.nomad_client_key)
    return ()
