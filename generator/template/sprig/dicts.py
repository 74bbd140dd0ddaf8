"""sprig's functions for dicts: dict.go. Where Go's random order of maps shows, ours is sorted."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping

from generator.golang import quoting
from generator.template import signatures, values
from generator.template.sprig import casting

Dict = dict[str, object]


def make(*items: object) -> object:
    made: Dict = {}
    for index in range(0, len(items), 2):
        made[casting.to_text(items[index])] = items[index + 1] if index + 1 < len(items) else ""
    return made


def get(mapping: Dict, key: str) -> object:
    return mapping.get(key, "")


def set_(mapping: Dict, key: str, value: object) -> object:
    mapping[key] = value
    return mapping


def unset(mapping: Dict, key: str) -> object:
    mapping.pop(key, None)
    return mapping


def has_key(mapping: Dict, key: str) -> bool:
    return key in mapping


def pluck(key: str, *mappings: Dict) -> object:
    return [mapping[key] for mapping in mappings if key in mapping]


def keys(*mappings: Dict) -> object:
    return values.Strings(key for each in mappings for key in sorted(each, key=quoting.encode))


def values_of(mapping: Dict) -> object:
    return [mapping[key] for key in sorted(mapping, key=quoting.encode)]


def pick(mapping: Dict, *wanted: str) -> object:
    return {key: mapping[key] for key in wanted if key in mapping}


def omit(mapping: Dict, *unwanted: str) -> object:
    return {key: value for key, value in mapping.items() if key not in unwanted}


def merge(target: Dict, *sources: Dict) -> object:
    """Fill what is empty in the first from the others, as mergo.Merge does in place."""
    for source in sources:
        _merge(target, source, overwrite=False)
    return target


def merge_overwrite(target: Dict, *sources: Dict) -> object:
    for source in sources:
        _merge(target, source, overwrite=True)
    return target


def _merge(target: Dict, source: Dict, *, overwrite: bool) -> None:
    for key, value in source.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value, overwrite=overwrite)
        elif overwrite or (not known and value is not None):
            target[key] = value


def deep_copy(value: object) -> object:
    if value is None:
        msg = "reflect: call of reflect.Value.Type on zero Value"
        raise signatures.CallError(msg)
    return copy.deepcopy(value)


def dig(*arguments: object) -> object:
    if len(arguments) < 3:
        msg = "dig needs at least three arguments"
        raise signatures.CallError(msg)
    *names, fallback, found = arguments
    for name in names:
        # Only a plain map is taken for one: Go asserts the very type.
        if type(found) is not dict:
            raise _conversion(found, "map[string]interface {}")
        if not isinstance(name, str):
            raise _conversion(name, "string")
        if name not in found:
            return fallback
        found = found[name]
    return found


def _conversion(value: object, wanted: str) -> signatures.CallError:
    got = "nil" if value is None else values.type_name(value)
    return signatures.CallError(f"interface conversion: interface {{}} is {got}, not {wanted}")


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "deepCopy": deep_copy,
    "dict": make,
    "dig": dig,
    "get": get,
    "hasKey": has_key,
    "keys": keys,
    "merge": merge,
    "mergeOverwrite": merge_overwrite,
    "mustDeepCopy": deep_copy,
    "mustMerge": merge,
    "mustMergeOverwrite": merge_overwrite,
    "omit": omit,
    "pick": pick,
    "pluck": pluck,
    "set": set_,
    "unset": unset,
    "values": values_of,
}
