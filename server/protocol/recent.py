"""The newest builds that a caller may see: for lists, and for whoever begins to type an id."""

from __future__ import annotations

from server import calls, glances
from server.errors import InvalidRequest, PermissionDenied
from server.protocol.requests import Context, caller_of


async def recent_builds(
    toolbox: calls.Toolbox, context: Context, limit: int
) -> tuple[glances.SummaryAnswer, ...]:
    """Return the newest builds; none where the caller may see none, or has to say whose it means.

    Raises:
        ServiceError: they cannot be listed now.
    """
    try:
        answer = await calls.call(toolbox, "getHistory", {"limit": limit}, caller_of(context))
    except (InvalidRequest, PermissionDenied):
        return ()
    assert isinstance(answer, glances.HistoryAnswer)
    return answer.builds
