"""The elements of a value: ``value.name`` and ``value[key]``.

Mirrors Index and GetAttr of hcl/v2/ops.go.
"""

from __future__ import annotations

from generator.errors import HclError
from generator.hcl import conversion, nodes, numbers, values
from generator.hcl.values import Value

_NO_ELEMENT = "The given key does not identify an element in this collection value"
_SET_DETAIL = (
    "Elements of a set are identified only by their value and don't have any separate index or key "
    "to select with, so it's only possible to perform operations across all elements of the set."
)


def take_step(value: Value, step: nodes.Step) -> Value:
    """The attribute or element that a step of a traversal leads to."""
    if isinstance(step, nodes.GetAttribute):
        return get_attribute(value, step)
    return get_index(value, step.key, step.source, step.start)


def get_attribute(value: Value, step: nodes.GetAttribute) -> Value:
    if isinstance(value, dict):
        if step.name in value:
            return value[step.name]
        raise _no_attribute(value, step)
    summary = "Unsupported attribute"
    if value is None:
        summary = "Attempt to get attribute from null value"
        detail = "This value is null, so it does not have any attributes."
    elif isinstance(value, values.TypedList) and isinstance(value.element, values.Object):
        which = "an attribute"
        if step.name in value.element.attributes:
            which = f'attribute "{step.name}"'
        detail = (
            f"Can't access attributes on a list of objects. Did you mean to access {which} for a "
            "specific element of the list, or across all elements of the list?"
        )
    elif isinstance(value, values.TypedSet) and isinstance(value.element, values.Object):
        detail = (
            "Can't access attributes on a set of objects. Did you mean to access an attribute "
            "across all elements of the set?"
        )
    elif isinstance(value, list):
        detail = "This value does not have any attributes."
    else:
        name = values.friendly_name(values.type_of(value))
        detail = f"Can't access attributes on a primitive-typed value ({name})."
    raise step.error(summary, detail)


def _no_attribute(value: Value, step: nodes.GetAttribute) -> HclError:
    if isinstance(value, values.TypedMap):
        detail = f'This map does not have an element with the key "{step.name}".'
        return step.error("Missing map element", detail)
    detail = f'This object does not have an attribute named "{step.name}".'
    return step.error("Unsupported attribute", detail)


def get_index(value: Value, key: Value, source: nodes.Source, offset: int) -> Value:
    """The element for a key; ``offset`` is the place to report an error at."""
    summary = "Invalid index"
    if value is None:
        summary = "Attempt to index null value"
        detail = "This value is null, so it does not have any indices."
    elif key is None:
        detail = "Can't use a null value as an indexing key."
    elif isinstance(value, values.TypedSet):
        detail = _SET_DETAIL
    elif not isinstance(value, list | dict):
        detail = "This value does not have any indices."
    else:
        try:
            return _get_element(value, key)
        except conversion.ConversionError as error:
            detail = f"{error}."
    raise source.error(offset, summary, detail)


def _get_element(value: list[Value] | dict[str, Value], key: Value) -> Value:
    wanted = values.NUMBER if isinstance(value, list) else values.STRING
    try:
        converted = conversion.convert(key, wanted)
    except conversion.ConversionError as error:
        msg = f"{_NO_ELEMENT}: {error}"
        raise conversion.ConversionError(msg) from None
    if isinstance(value, dict):
        assert isinstance(converted, str)
        if converted in value:
            return value[converted]
        hint = ""
        if isinstance(key, int | float) and not isinstance(value, values.TypedMap):
            hint = ". An object only supports looking up attributes by name, not by numeric index"
        raise conversion.ConversionError(_NO_ELEMENT + hint)
    assert isinstance(converted, int | float)
    if isinstance(converted, int) and 0 <= converted < len(value):
        return value[converted]
    msg = f"{_NO_ELEMENT}{_reason(converted, len(value))}"
    raise conversion.ConversionError(msg)


def _reason(index: numbers.Number, length: int) -> str:
    if not isinstance(index, int):
        return (
            ": indexing a sequence requires a whole number, but the given index has a fractional "
            "part"
        )
    if index < 0:
        return ": a negative number is not a valid index for a sequence"
    if index > length:
        return ""
    if length == 0:
        return ": the collection has no elements"
    return ": the given index is greater than or equal to the length of the collection"
