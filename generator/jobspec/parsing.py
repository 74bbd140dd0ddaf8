"""The chain from a job file's text to the job: variables, locals, the job block, normalization.

Mirrors jobspec2/parse.go and types.config.go (decodeBody, decodeJob).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from generator import hcl, limits
from generator.golang import quoting
from generator.hcl import cursor, functions, jsonsyntax, nodes, scopes, signatures, types
from generator.jobspec import (
    content,
    decode,
    jsonbody,
    local_values,
    normalize,
    problems,
    tree,
    variables,
)
from generator.jobspec.schema import file, job


class Given(TypedDict, total=False):
    """What a job file is read with; of the values for its variables each is stronger than before.

    ``environment`` may hold ``NOMAD_VAR_name``; ``var_files`` are names and texts, in the order of a
    command line. They are as ``nomad job run`` takes them; ``definitions`` is the ``Variables`` of
    Nomad's API, which does not mind names that no variable has. ``allow_impure`` turns on ``uuidv4``
    and ``bcrypt``, ``allow_files`` these and the functions that read files.
    """

    environment: Mapping[str, str]
    var_files: Sequence[tuple[str, str]]
    definitions: str | None
    allow_impure: bool
    allow_files: bool


@limits.metered()
def parse(
    text: str, name: str, arguments: Mapping[str, str] | None = None, **given: Unpack[Given]
) -> tree.Object:
    """The job that a job file describes, without nulls; ``name`` is what errors call the file.

    ``arguments`` are values for its variables as ``nomad job run -var`` takes them, stronger than
    all that is ``given``.
    """
    return decode_job(*read_job(text, name, arguments, **given))


def decode_job(block: nodes.Block, scope: scopes.Scope) -> tree.Object:
    """The job that a block describes, with what Nomad's parser fills in."""
    found = decode.decode_body(block.body, job.JOB, scope)
    normalize.normalize_job(found, block.labels[0])
    return found


@limits.metered()
def read_job(
    text: str, name: str, arguments: Mapping[str, str] | None = None, **given: Unpack[Given]
) -> tuple[nodes.Block, scopes.Scope]:
    """The block that is the job, and what its expressions can refer to; all is as for ``parse``."""
    body = _read(text, name)
    parts = content.read_content(body, file.FILE)
    declared = variables.declare(parts)
    variables.assign_environment(declared, given.get("environment") or {})
    for var_file, values in given.get("var_files", ()):
        variables.assign_definitions(declared, values, var_file, strict=True)
    if definitions := given.get("definitions"):
        variables.assign_definitions(declared, definitions, "variables")
    variables.assign_arguments(declared, arguments or {})
    scope = _make_scope(parts, declared, _callees(given))
    return _only_job(parts.blocks["job"], body), scope


def _callees(given: Given) -> Mapping[str, signatures.Callee]:
    if given.get("allow_files"):
        return functions.WITH_FILES
    return functions.IMPURE if given.get("allow_impure") else functions.FUNCTIONS


def _read(text: str, name: str) -> nodes.Body:
    text = quoting.replace_invalid(text)  # so does who sends it to Nomad, in JSON
    if jsonsyntax.is_json(text):
        return jsonbody.read_body(cursor.read_source(text, name), file.FILE)
    return hcl.parse(text, name)


def _make_scope(
    given: content.Content,
    declared: Mapping[str, variables.Variable],
    callees: Mapping[str, signatures.Callee],
) -> scopes.Scope:
    """What ``var`` and ``local`` are; any other name is left to Nomad's client."""
    scope = scopes.Scope(
        {"var": variables.values_of(declared), "local": {}},
        callees,
        keep_unknown=True,
        declared=types.Object({"var": variables.types_of(declared)}),
    )
    found = local_values.evaluate(given.blocks["locals"], scope)
    return scope.with_variables({"local": found})


def _only_job(blocks: list[nodes.Block], body: nodes.Body) -> nodes.Block:
    if not blocks:
        message = "Missing job block; A job block is required"
        raise problems.problem(body.source, body.start, message)
    if len(blocks) > 1:
        message = (
            'Duplicate job block; Only one block of type "job" is allowed. '
            f"Previous definition was at {blocks[0].position}."
        )
        raise problems.problem(blocks[1].source, blocks[1].start, message)
    return blocks[0]
