"""Completions: what may stand for an argument that somebody has begun to type."""

from __future__ import annotations

from collections.abc import Iterable

from mcp import types

import generator
from server import calls
from server.errors import ServiceError
from server.protocol import documents, prompts, uris
from server.protocol.recent import recent_builds
from server.protocol.requests import Context, caller_of, refusal
from server.record import ALL_PHASES

# As many values the protocol allows in an answer, and as many builds are looked at.
_LIMIT = 100


class Completions:
    """Completes the arguments of prompts, and the variables of resource templates."""

    def __init__(self, toolbox: calls.Toolbox) -> None:
        self._toolbox = toolbox

    async def complete(
        self, context: Context, parameters: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """Return the values that begin as the argument does; none for what is not known here."""
        reference = parameters.ref
        of = reference.name if isinstance(reference, types.PromptReference) else reference.uri
        try:
            values = await self._values(context, of, parameters.argument.name)
        except ServiceError as error:
            raise refusal(error) from error
        return types.CompleteResult(completion=_begin_with(parameters.argument.value, values))

    async def _values(self, context: Context, of: str, argument: str) -> Iterable[str]:
        match of, argument:
            case prompts.FIX, "jobID":
                builds = await recent_builds(self._toolbox, context, _LIMIT)
                return [each.job_id for each in builds if each.status == "FAILED"]
            case ((uris.BUILD_TEMPLATE | uris.LOG_TEMPLATE), "id"):
                return [each.job_id for each in await recent_builds(self._toolbox, context, _LIMIT)]
            case prompts.FIX, "owner":
                own = caller_of(context).owner
                if own is not None:
                    return [own]
                builds = await recent_builds(self._toolbox, context, _LIMIT)
                return sorted({each.owner for each in builds})
            case uris.LOG_TEMPLATE, "phase":
                return ALL_PHASES
            case prompts.WRITE, "variant":
                return await calls.in_thread(documents.variants)
            case uris.PACK_TEMPLATE, "name":
                return generator.pack_names()
            case _:
                return ()


def _begin_with(typed: str, values: Iterable[str]) -> types.Completion:
    # Ids are written in small letters; who copies one from elsewhere may have it in capitals.
    fitting = [each for each in values if each.casefold().startswith(typed.casefold())]
    return types.Completion(
        values=fitting[:_LIMIT], total=len(fitting), has_more=len(fitting) > _LIMIT
    )
