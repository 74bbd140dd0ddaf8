"""The chain from a job file's text to the job: variables, locals, the job block, normalization.

Mirrors jobspec2/parse.go and types.config.go (decodeBody, decodeJob).
"""

from __future__ import annotations

from collections.abc import Mapping

from generator import hcl
from generator.hcl import cursor, functions, jsonsyntax, nodes, scopes
from generator.jobspec import (
    content,
    decode,
    jsonbody,
    normalize,
    problems,
    tree,
    variables,
)
from generator.jobspec.schema import file, job


def parse(
    text: str,
    name: str,
    arguments: Mapping[str, str] | None = None,
    *,
    definitions: str | None = None,
) -> tree.Object:
    """The job that a job file describes, without nulls.

    ``arguments`` are values for its variables as ``nomad job run -var`` takes them, ``definitions``
    is a text of ``name = value`` lines, the ``Variables`` of Nomad's API. ``name`` is what errors call
    the file.
    """
    body = _read(text, name)
    given = content.read_content(body, file.FILE)
    scope = _make_scope(given, arguments or {}, definitions)
    block = _only_job(given.blocks["job"], body)
    found = decode.decode_body(block.body, job.JOB, scope)
    normalize.normalize_job(found, block.labels[0])
    return found


def _read(text: str, name: str) -> nodes.Body:
    if jsonsyntax.is_json(text):
        return jsonbody.read_body(cursor.read_source(text, name), file.FILE)
    return hcl.parse(text, name)


def _make_scope(
    given: content.Content, arguments: Mapping[str, str], definitions: str | None
) -> scopes.Scope:
    """What ``var`` and ``local`` are; any other name is left to Nomad's client."""
    declared = variables.declare(given)
    if definitions:
        variables.assign_definitions(declared, definitions, "variables")
    variables.assign_arguments(declared, arguments)
    scope = scopes.Scope(
        {"var": variables.values_of(declared), "local": {}}, functions.FUNCTIONS, keep_unknown=True
    )
    found = variables.evaluate_locals(given.blocks["locals"], scope)
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
