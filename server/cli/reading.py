"""What comes back over HTTP: an answer of the service, its refusal, or the words of something else at its address.

Anything may listen where a service is looked for, and most of it speaks JSON, too. The service is known by what its
answers have; what has that not is not taken for an answer, nor for a refusal.
"""

from __future__ import annotations

from typing import Any, NoReturn

import requests

from server.cli.exits import Busy, Failure, NotFound, Refused, Stranger, Unreachable

URL_VARIABLE = "NOMAD_BUILD_URL"
TOKEN_VARIABLE = "NOMAD_BUILD_TOKEN"
SAME_VERSION = "Is the service of the same version as this command?"

_SHOWN = 300  # characters of an answer that is none of ours
# What every answer of a tool has; of those that are not named here the build's id, as the request spells its fields.
_SIGNS: dict[str, tuple[tuple[str, ...], type]] = {
    "getHistory": (("builds",), list),
    "cleanup": (("removed",), list),
}
_BUILD = (("jobID", "job_id"), str)


def read_tool(url: str, tool: str, answer: requests.Response) -> dict[str, Any]:
    """Return what a tool answers.

    Raises:
        Failure: of the kind that tells why it does not.
    """
    content = _parse(answer)
    names, kind = _SIGNS.get(tool, _BUILD)
    if not (_is_good(answer) and any(isinstance(content.get(name), kind) for name in names)):
        refuse(url, answer)
    return content


def read_ready(url: str, answer: requests.Response) -> None:
    """Take note that the service says it is ready.

    Raises:
        Failure: of the kind that tells why it is not.
    """
    content = _parse(answer)
    if _is_good(answer) and content.get("status") == "ready":
        return
    if content.get("status") == "not ready" and isinstance(content.get("error"), str):
        raise Unreachable(content["error"], answer=content)
    refuse(url, answer)


def refuse(url: str, answer: requests.Response) -> NoReturn:
    """Raise what an answer says is wrong, or that it is none of the service's.

    Raises:
        Failure: always.
    """
    content = _parse(answer)
    code = answer.status_code
    if isinstance(content.get("error"), str) and content.get("code") == code:
        raise _failure(code, content)
    shown = " ".join(answer.text[: 10 * _SHOWN].split())[:_SHOWN]
    target = answer.headers.get("Location") or shown or answer.reason
    msg = f"what answers at {url} is not the service: {code} {target}"
    # A server between us and the service says so in its own words when that is away.
    kind = Unreachable if code >= requests.codes.server_error else Stranger
    raise kind(msg, f"Give its address with --url or {URL_VARIABLE}")


def _is_good(answer: requests.Response) -> bool:
    return answer.ok and not answer.is_redirect


def _parse(answer: requests.Response) -> dict[str, Any]:
    """Return the object that an answer is, an empty one when it is none."""
    try:
        content = answer.json()
    except (requests.JSONDecodeError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _failure(code: int, content: dict[str, Any]) -> Failure:
    """Return the error that goes with an answer's status."""
    message = content["error"]
    next_step = str(content.get("nextStep") or content.get("next_step") or "")
    if code == requests.codes.not_found:
        if "no such path" in message or "no tool" in message:
            return Stranger(message, SAME_VERSION, content)
        return NotFound(message, next_step, content)
    if code == requests.codes.too_many_requests:
        return Busy(message, next_step, content)
    if code in (requests.codes.unauthorized, requests.codes.forbidden):
        hint = f"The token comes from --token-file or {TOKEN_VARIABLE}"
        return Refused(message, f"{next_step}. {hint}" if next_step else hint, content)
    if code < requests.codes.server_error:
        return Refused(message, next_step, content)
    return Unreachable(message, next_step, content)
