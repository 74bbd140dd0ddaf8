"""From untyped arguments to a checked request."""

from __future__ import annotations

from typing import Any

from server import validation
from server.errors import InvalidRequest
from server.request.model import BuildRequest

_WRAPPERS = ("jobConfig", "job_config")


def parse_request(arguments: Any, *, owner: str | None = None) -> BuildRequest:
    """Read a request: the fields bare, or below ``jobConfig`` or ``job_config``, in either spelling.

    ``owner`` is whose build it is where the request does not say.

    Raises:
        InvalidRequest: with a sentence for each problem, so that all of them can be mended at once.
    """
    wrapper = next(
        (name for name in _WRAPPERS if isinstance(arguments, dict) and name in arguments), None
    )
    if wrapper is None:
        return validation.validate(BuildRequest, _with_owner(arguments, owner))
    others = sorted(set(arguments) - {wrapper})
    if others:
        raise InvalidRequest(
            (f"{validation.printable(others[0])} stands beside {wrapper}: move it inside",)
        )
    given = _with_owner(arguments[wrapper], owner)
    return validation.validate(BuildRequest, given, name=wrapper)


def _with_owner(arguments: Any, owner: str | None) -> Any:
    if owner is None or not isinstance(arguments, dict):
        return arguments
    return {"owner": owner, **arguments}
