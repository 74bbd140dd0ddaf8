"""Prompts: what a person picks in a client to set a model to work on a build or a Dockerfile."""

from __future__ import annotations

from mcp import MCPError, types

from server import calls
from server.errors import ServiceError
from server.protocol import advice, documents
from server.protocol.requests import Context, read_build, refusal

FIX = "fix_failing_build"
WRITE = "write_dockerfile"

_PROMPTS = {
    each.name: each
    for each in (
        types.Prompt(
            name=FIX,
            title="Fix a failing build",
            description="Why a build failed, with the end of its log, and how to go on.",
            arguments=[
                types.PromptArgument(
                    name="jobID", description="The build, as submitJob answered it", required=True
                ),
                types.PromptArgument(name="owner", description="Whose build it is", required=False),
            ],
        ),
        types.Prompt(
            name=WRITE,
            title="Write a Dockerfile",
            description="What builds of this service can and cannot do, to write a Dockerfile for it.",
            arguments=[
                types.PromptArgument(
                    name="project",
                    description="What is to be in the image, in a sentence",
                    required=False,
                ),
                types.PromptArgument(
                    name="variant",
                    description="Where it will be built: cpu, cpu-cache, gpu or gpu-cache",
                    required=False,
                ),
            ],
        ),
    )
}


class Prompts:
    """Lists and fills in."""

    def __init__(self, toolbox: calls.Toolbox) -> None:
        self._toolbox = toolbox

    async def list_prompts(
        self, context: Context, parameters: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        """List the prompts."""
        return types.ListPromptsResult(prompts=list(_PROMPTS.values()))

    async def get(
        self, context: Context, parameters: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """Return a prompt with its arguments filled in.

        Raises:
            MCPError: there is no such prompt, an argument is wrong, or the build cannot be read.
        """
        prompt = _PROMPTS.get(parameters.name)
        if prompt is None:
            msg = f"there is no prompt {parameters.name[:100]}; prompts are {', '.join(_PROMPTS)}"
            raise _wrong(msg)
        given = _check(prompt, parameters.arguments or {})
        text = await (self._fix(context, given) if prompt.name == FIX else _write(given))
        message = types.PromptMessage(
            role="user", content=types.TextContent(type="text", text=text)
        )
        return types.GetPromptResult(description=prompt.description, messages=[message])

    async def _fix(self, context: Context, given: dict[str, str]) -> str:
        owner = given.get("owner") or None
        try:
            build = await read_build(self._toolbox, context, given["jobID"], owner)
        except ServiceError as error:
            raise refusal(error) from error
        return advice.on_build(build)


async def _write(given: dict[str, str]) -> str:
    variant, known = given.get("variant", ""), await calls.in_thread(documents.variants)
    if variant and variant not in known:
        msg = f"there is no variant {variant[:100]}; variants are {', '.join(known)}"
        raise _wrong(msg)
    return advice.on_dockerfile(given.get("project", ""), variant)


def _check(prompt: types.Prompt, given: dict[str, str]) -> dict[str, str]:
    """Refuse an argument that the prompt does not have, and miss one that it needs."""
    known = {each.name: each for each in prompt.arguments or ()}
    unknown = [name for name in given if name not in known]
    missing = [each.name for each in known.values() if each.required and not given.get(each.name)]
    if unknown:
        msg = f"{prompt.name} has no argument {unknown[0][:100]}; arguments are {', '.join(known)}"
        raise _wrong(msg)
    if missing:
        msg = f"{missing[0]} is missing"
        raise _wrong(msg)
    return given


def _wrong(message: str) -> MCPError:
    return MCPError(types.INVALID_PARAMS, message)
