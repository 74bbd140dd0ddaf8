"""What can be read over the protocol: builds, their logs, and the documents that come with the service."""

from __future__ import annotations

from typing import Any

from mcp import MCPError, types

from server import answers, calls, glances
from server.errors import BuildNotFound, ServiceError
from server.protocol import documents, uris
from server.protocol.recent import recent_builds
from server.protocol.requests import Context, caller_of, read_build, refusal
from server.tools import logpages

# The newest builds that are listed; getHistory has the others.
_LISTED = 20
_JSON = "application/json"
_TEXT = "text/plain"
# Milliseconds for which a client need not read again what only another version of the service changes.
_LASTING = 300_000
# Until 2025-11-25 an unknown resource had a code of its own, which newer revisions have given up.
_OLD_NOT_FOUND = -32002
_MODERN = "2026-07-28"

_TEMPLATES = (
    types.ResourceTemplate(
        uri_template=uris.BUILD_TEMPLATE,
        name="build",
        title="A build",
        description="What getStatus answers of a build, by its jobID.",
        mime_type=_JSON,
    ),
    types.ResourceTemplate(
        uri_template=uris.LOG_TEMPLATE,
        name="build-log",
        title="The log of a phase",
        description="The end of the log of a build's phase: plan, build, test or publish. getLogs can do more: pages, "
        "search, one task.",
        mime_type=_TEXT,
    ),
    types.ResourceTemplate(
        uri_template=uris.PACK_TEMPLATE,
        name="pack",
        title="A pack",
        description="The documentation of one of the Nomad Packs that builds run as.",
        mime_type="text/markdown",
    ),
)


class Resources:
    """Lists and reads."""

    def __init__(self, toolbox: calls.Toolbox) -> None:
        self._toolbox = toolbox

    async def list_resources(
        self, context: Context, parameters: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        """List the documents, and the newest builds that the caller may see."""
        try:
            builds = await recent_builds(self._toolbox, context, _LISTED)
        except ServiceError as error:
            raise refusal(error) from error
        lasting = await calls.in_thread(documents.documents)
        listed = [*map(_list_document, lasting.values()), *map(_list_build, builds)]
        return types.ListResourcesResult(resources=listed)

    async def list_templates(
        self, context: Context, parameters: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        """List what can be read by filling in a name."""
        return types.ListResourceTemplatesResult(resource_templates=list(_TEMPLATES))

    async def read(
        self, context: Context, parameters: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        """Read one resource.

        Raises:
            MCPError: there is nothing at this address, or nothing that the caller may see.
        """
        uri = parameters.uri
        document = await calls.in_thread(lambda: documents.find(uri))
        if document is not None:
            content = _content(uri, document.mime_type, document.text)
            return types.ReadResourceResult(
                contents=[content], ttl_ms=_LASTING, cache_scope="public"
            )
        address = uris.read_build_uri(uri)
        if address is None:
            raise _not_found(
                context, uri, f"there is no resource {uri[:200]}; resources/list has some"
            )
        try:
            mime_type, text = await self._read(context, address)
        except BuildNotFound as error:
            raise _not_found(context, uri, str(error)) from error
        except ServiceError as error:
            raise refusal(error, {"uri": uri}) from error
        return types.ReadResourceResult(contents=[_content(uri, mime_type, text)])

    async def _read(self, context: Context, address: uris.BuildAddress) -> tuple[str, str]:
        if address.phase is None:
            build = await read_build(self._toolbox, context, address.job_id)
            return _JSON, build.model_dump_json(by_alias=True, exclude_none=True)
        arguments: dict[str, Any] = {"jobID": address.job_id, "phase": address.phase}
        answer = await calls.call(self._toolbox, "getLogs", arguments, caller_of(context))
        assert isinstance(answer, answers.LogsAnswer)
        return _TEXT, logpages.write(answer)


def _list_document(document: documents.Document) -> types.Resource:
    return types.Resource(
        uri=document.uri,
        name=document.name,
        title=document.title,
        description=document.description,
        mime_type=document.mime_type,
        size=len(document.text.encode()),
    )


def _list_build(build: glances.SummaryAnswer) -> types.Resource:
    return types.Resource(
        uri=uris.build_uri(build.job_id),
        name=build.job_id,
        title=f"{build.repo_url} {build.git_ref}: {build.status}",
        description=f"Build of owner {build.owner}, submitted {build.created_at:%Y-%m-%d %H:%M} UTC",
        mime_type=_JSON,
    )


def _content(uri: str, mime_type: str, text: str) -> types.TextResourceContents:
    return types.TextResourceContents(uri=uri, mime_type=mime_type, text=text)


def _not_found(context: Context, uri: str, message: str) -> MCPError:
    is_old = context.protocol_version < _MODERN
    return MCPError(_OLD_NOT_FOUND if is_old else types.INVALID_PARAMS, message, {"uri": uri})
