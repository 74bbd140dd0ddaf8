"""A job's JSON, held against the tables and filled in with what Nomad's Canonicalize fills in.

One walk checks an untrusted job and completes it. A field that Nomad does not know is an error too:
Nomad would drop it silently, and with it what was meant.
"""

from __future__ import annotations

from typing import assert_never

from server.embedded import durations, faults, fields, records, schema

_GO_TYPES: dict[fields.ScalarType, str] = {
    "string": "string",
    "int": "int",
    "bool": "bool",
    "duration": "time.Duration",
}
_INPUT_ONLY = frozenset({"ConsulToken", "VaultToken", "Reschedule", "Migrate"})
"""Fields of the request that a job never answers with."""


def complete(job: object) -> dict[str, records.Json]:
    """Check a job and fill in what is absent."""
    filled = _complete(job, schema.JOB, ("Job",))
    definition = {key: value for key, value in filled.items() if key not in _INPUT_ONLY}
    return definition | {"Stable": False}


def _complete(
    value: object, field: fields.Nested, path: tuple[str, ...]
) -> dict[str, records.Json]:
    """Check one object against its table and fill in what is absent."""
    if not isinstance(value, dict):
        raise _mismatch(value, "object", path, field.name)
    unknown = sorted(set(value) - set(field.fields))
    if unknown:
        place = ".".join((*path, unknown[0]))
        raise faults.RequestFault(400, f"{place}: no such field in a job of Nomad 1.10")
    filled = {
        key: _fill(value.get(key), kind, (*path, key), field.name)
        for key, kind in field.fields.items()
        if not isinstance(kind, fields.Assigned)
    }
    if field.sparse:
        return {key: member for key, member in filled.items() if member not in (None, "", 0)}
    return filled


def _fill(value: object, field: fields.Field, path: tuple[str, ...], owner: str) -> records.Json:
    match field:
        case fields.Scalar():
            return _fill_scalar(value, field, path, owner)
        case fields.Strings():
            return _fill_strings(value, field, path, owner)
        case fields.StringMap():
            return _fill_string_map(value, path, owner)
        case fields.Free():
            if value is not None and not isinstance(value, dict):
                raise _mismatch(value, "map[string]interface {}", path, owner)
            return value
        case fields.Absent():
            return _refuse(value, field, path)
        case fields.Assigned():
            return None
        case fields.Nested():
            if value is None and not field.always:
                return None
            return _complete({} if value is None else value, field, path)
        case fields.Many():
            return _fill_many(value, field, path, owner)
        case fields.Named():
            return _fill_named(value, field, path, owner)
        case _:
            assert_never(field)


def _fill_scalar(
    value: object, field: fields.Scalar, path: tuple[str, ...], owner: str
) -> records.Json:
    if value is None:
        return field.default
    wanted = {"string": str, "int": int, "bool": bool, "duration": int}[field.type]
    if field.type == "duration" and isinstance(value, str):
        try:
            return durations.parse_go(value)
        except ValueError as error:
            raise faults.RequestFault(400, str(error)) from error
    if isinstance(value, float) and value.is_integer() and wanted is int:
        return int(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
        raise _mismatch(value, _GO_TYPES[field.type], path, owner)
    return value


def _fill_strings(
    value: object, field: fields.Strings, path: tuple[str, ...], owner: str
) -> records.Json:
    if value is None or value == []:
        return None if field.default is None else list(field.default)
    if not isinstance(value, list):
        raise _mismatch(value, "[]string", path, owner)
    for item in value:
        if not isinstance(item, str):
            raise _mismatch(item, "string", path, owner)
    return value


def _fill_string_map(value: object, path: tuple[str, ...], owner: str) -> records.Json:
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise _mismatch(value, "map[string]string", path, owner)
    for item in value.values():
        if not isinstance(item, str):
            raise _mismatch(item, "string", path, owner)
    return value


def _fill_many(
    value: object, field: fields.Many, path: tuple[str, ...], owner: str
) -> records.Json:
    if value is None or value == []:
        return None
    if not isinstance(value, list):
        raise _mismatch(value, f"[]*api.{field.item.name}", path, owner)
    *head, last = path
    return [
        _complete(item, field.item, (*head, f"{last}[{number}]"))
        for number, item in enumerate(value)
    ]


def _fill_named(
    value: object, field: fields.Named, path: tuple[str, ...], owner: str
) -> records.Json:
    if value is None or value == {}:
        return None
    if not isinstance(value, dict):
        raise _mismatch(value, f"map[string]*api.{field.item.name}", path, owner)
    *head, last = path
    return {
        name: _complete(item, field.item, (*head, f"{last}[{name}]"))
        for name, item in value.items()
    }


def _refuse(value: object, field: fields.Absent, path: tuple[str, ...]) -> records.Json:
    """Accept an unsupported field only where it says nothing."""
    if value in (None, "", 0, [], {}) or value == field.default:
        return field.default
    text = f"{'.'.join(path)}: the embedded engine does not support this part of a job"
    raise faults.RequestFault(400, text)


def _mismatch(value: object, wanted: str, path: tuple[str, ...], owner: str) -> faults.RequestFault:
    """Word a type error as encoding/json does."""
    kinds = {str: "string", bool: "bool", int: "number", float: "number", list: "array"}
    kind = kinds.get(type(value), "object")
    place = ".".join(part.partition("[")[0] for part in path)
    text = f"json: cannot unmarshal {kind} into Go struct field {owner}.{place} of type {wanted}"
    return faults.RequestFault(400, text)
