"""A request and a build file as one request."""

from __future__ import annotations

from server import validation
from server.buildfile import parsing, permissions
from server.buildfile.parsing import BuildFile
from server.buildfile.problems import BuildFileError, Problem
from server.request import BuildRequest


def merge(request: BuildRequest, file: BuildFile, *, trusted: bool) -> BuildRequest:
    """Return what request and file ask for together: each field as the request gives it, else as the file does.

    A field is taken as a whole, never mixed from both. ``trusted`` is the caller's word that the file may decide
    what needs his keys (see ``permissions``).

    Raises:
        BuildFileError: the two do not fit together, or the file decides what it may not.
    """
    given = request.model_dump(include=request.model_fields_set)
    values = dict(file.values) | given
    errors = parsing.find_errors(values)
    if errors:
        raise BuildFileError(
            Problem(1, 1, "", validation.describe_error(error)) for error in errors
        )
    effective = BuildRequest.model_validate(values)
    problems = []
    if not trusted:
        problems = [
            file.locate(name, why)
            for name, why in permissions.find_needing_trust(request, effective)
        ]
    if not effective.registry_url:
        problems.append(Problem(1, 1, "registryURL", "neither the request nor the file has it"))
    if problems:
        raise BuildFileError(problems)
    return effective
