"""From a file's tree to checked fields of a request, with the place of everything that is wrong."""

from __future__ import annotations

import difflib
import itertools
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic

from server import spelling, validation
from server.buildfile import permissions, reading
from server.buildfile.problems import BuildFileError, Problem, show
from server.request import BuildRequest

# Fields that a request cannot be without, for the time in which a file is looked at alone.
_ANYBODY = {"owner": "anybody", "repo_url": "https://git.example.com/team/repository.git"}
# To look for more of them takes time, and nobody mends as many at once.
_PROBLEM_LIMIT = 100
# What a value without quotes may have been meant as: a version, a switch.
_QUOTABLE = ("string_type", "literal_error", "value_error")


_CALLERS = frozenset(map(validation.plainly, permissions.CALLERS))


@dataclass(frozen=True, slots=True)
class BuildFile:
    """What a file says: fields by their names in Python, as a request takes them, and where each is."""

    values: Mapping[str, Any]
    root: reading.Mapping

    def locate(self, field: str, message: str) -> Problem:
        """Return a problem with one of the file's fields, at its place."""
        path, node = _follow(self.root, (field,))
        return Problem(node.line, node.column, _spell(path), message)


def parse(content: bytes) -> BuildFile:
    """Read a build file and check each of its fields; whether they fit together shows with a request.

    Raises:
        BuildFileError: with everything that is wrong, or the first hundred of it.
    """
    root = reading.read(content)
    problems: list[Problem] = []
    values = _convert_fields(root, BuildRequest, (), problems)
    if len(problems) < _PROBLEM_LIMIT:
        errors = (error for error in find_errors(values | _ANYBODY) if error["loc"])
        problems += [_place(root, error) for error in itertools.islice(errors, _PROBLEM_LIMIT)]
    if problems:
        raise BuildFileError(problems)
    return BuildFile(values, root)


def find_errors(values: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return what pydantic finds wrong with the values of a request."""
    try:
        BuildRequest.model_validate(dict(values))
    except pydantic.ValidationError as error:
        return error.errors(include_url=False, include_input=False)
    return ()


def _convert(
    node: reading.Node, annotation: Any, path: tuple[str | int, ...], problems: list[Problem]
) -> Any:
    """Return a node as the plain data that pydantic takes, the fields of models by their names."""
    match node:
        case reading.Leaf():
            return node.value
        case reading.Sequence():
            return [
                _convert(item, annotation, (*path, number), problems)
                for number, item in enumerate(node.items)
            ]
        case reading.Mapping():
            model = validation.model_in(annotation)
            if model is not None:
                return _convert_fields(node, model, path, problems)
            return {
                key.text: _convert(value, None, (*path, key.text), problems)
                for key, value in node.entries
            }
        case _:
            typing.assert_never(node)


def _convert_fields(
    node: reading.Mapping,
    model: type[pydantic.BaseModel],
    path: tuple[str | int, ...],
    problems: list[Problem],
) -> dict[str, Any]:
    names = {}
    for name, field in model.model_fields.items():
        names[name] = names[field.alias or name] = name
    values: dict[str, Any] = {}
    for key, value in node.entries:
        here = (*path, key.text)
        name = names.get(key.text, "")
        if len(problems) >= _PROBLEM_LIMIT:
            break
        if wrong := _refuse_field(key.text, name, model, values):
            problems.append(Problem(key.line, key.column, _spell(here), wrong))
        else:
            values[name] = _convert(value, model.model_fields[name].annotation, here, problems)
    return values


def _refuse_field(
    text: str, name: str, model: type[pydantic.BaseModel], known: Mapping[str, Any]
) -> str:
    """Say why a file cannot have a field, empty if it can; ``name`` is empty for an unknown one."""
    if model is BuildRequest and validation.plainly(text) in _CALLERS:
        return "is for whoever submits the build to decide: give it in the request"
    if not name:
        return _describe_unknown(text, model)
    return f"is there twice, as {spelling.camelize(name)} and as {name}" if name in known else ""


def _describe_unknown(text: str, model: type[pydantic.BaseModel]) -> str:
    fields = permissions.FIELDS if model is BuildRequest else tuple(model.model_fields)
    spell = str if spelling.is_snake_case(text) else spelling.camelize
    known = {validation.plainly(name): spell(name) for name in fields}
    near = difflib.get_close_matches(validation.plainly(text), known, 1)
    if near:
        return f"no such field: did you mean {known[near[0]]}?"
    return f"no such field: known are {', '.join(known.values())}"


def _tell(error: Mapping[str, Any], node: reading.Node) -> str:
    """Say what is wrong with a value, and what YAML has made of it where that is no text."""
    told = validation.describe_error(error)
    if error["type"] == "missing":
        return f"{error['loc'][-1]} is missing"
    if not isinstance(node, reading.Leaf) or isinstance(node.value, str):
        return told
    if node.value is None:
        return "is empty: give a value, or leave the field out"
    if error["type"] in _QUOTABLE:
        kind = "a truth value" if isinstance(node.value, bool) else "a number"
        return f"{told}; YAML reads {show(node.text, 40)} as {kind}: put it in quotes"
    return told


def _place(root: reading.Mapping, error: Mapping[str, Any]) -> Problem:
    """Return one of pydantic's errors as a problem, at the place that its path leads to."""
    path, node = _follow(root, error["loc"])
    return Problem(node.line, node.column, _spell(path), _tell(error, node))


def _follow(
    root: reading.Mapping, location: Sequence[str | int]
) -> tuple[tuple[str | int, ...], reading.Node]:
    """Follow pydantic's path as far as the file has it: the path as the file writes it, and what is there."""
    node: reading.Node = root
    key: reading.Node = root
    path: list[str | int] = []
    for part in location:
        match node:
            case reading.Sequence() if isinstance(part, int) and part < len(node.items):
                node = key = node.items[part]
                path.append(part)
            case reading.Mapping():
                entry = _find_entry(node, str(part))
                if entry is not None:
                    key, node = entry
                    path.append(entry[0].text)
            case _:
                pass  # the member of a union that did not fit
    return tuple(path), key if location[-1:] == ("[key]",) else node


def _find_entry(node: reading.Mapping, name: str) -> tuple[reading.Leaf, reading.Node] | None:
    """Find an entry by its key, or by another spelling of it, as pydantic tells a field by either."""
    exact = (entry for entry in node.entries if entry[0].text == name)
    alike = (
        entry
        for entry in node.entries
        if validation.plainly(entry[0].text) == validation.plainly(name)
    )
    return next(exact, None) or next(alike, None)


def _spell(path: Sequence[str | int]) -> str:
    """Write a path as ``publishTo[0].registryURL``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{show(part, 80)}" for part in path]
    return "".join(parts).removeprefix(".")
