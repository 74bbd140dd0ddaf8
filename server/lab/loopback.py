"""HTTP to the lab's own servers, past any proxy that the environment names for the world."""

from __future__ import annotations

from collections.abc import Mapping

import requests

_QUICK = 10.0


def ask(
    method: str,
    url: str,
    *,
    login: tuple[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: object = None,
    seconds: float = _QUICK,
) -> requests.Response:
    """Send a request, ``body`` as JSON if there is one, and give the answer, whatever its status.

    The environment is not looked at, so that a thread may ask while another one changes it, as pytest does.
    """
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, auth=login, timeout=seconds, headers=headers, json=body)


def answers(url: str) -> bool:
    """Whether a GET of the address succeeds."""
    try:
        return ask("GET", url).ok
    except requests.RequestException:
        return False
