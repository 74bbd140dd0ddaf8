"""Values that know their type are still lists, dicts and numbers."""

from __future__ import annotations

import copy
import json
import pickle

import pytest

from generator.hcl import numbers, types, values


def third() -> numbers.Number:
    return numbers.divide(1, 3)


@pytest.mark.parametrize(
    "value",
    [
        values.TypedList([1, 2], values.NUMBER),
        values.make_set(["b", "a", "b"], values.STRING),
        values.TypedMap({"a": values.TypedList([], values.BOOL)}, values.List(values.BOOL)),
        third(),
        [{"a": third()}],
    ],
)
def test_copy_of_a_value_has_the_same_type(value: types.Value) -> None:
    for twin in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert values.are_equal(twin, value)
        assert values.type_of(twin) == values.type_of(value)


def test_values_are_plain_to_whoever_does_not_care() -> None:
    value = values.TypedMap({"list": values.TypedList([third()], values.NUMBER)}, values.ANY)

    assert json.dumps(value) == '{"list": [0.3333333333333333]}'
    assert value == {"list": [1 / 3]}


def test_set_has_each_element_once_and_in_order() -> None:
    assert values.make_set([3, 1, third(), 2, 1], values.NUMBER) == [1 / 3, 1, 2, 3]
    assert values.make_set([[2], [10], [2]], values.Tuple((values.NUMBER,))) == [[10], [2]]


def test_collections_of_different_types_are_never_equal() -> None:
    strings = values.TypedList(["a"], values.STRING)

    assert not values.are_equal(strings, ["a"])
    assert not values.are_equal(values.TypedList([], values.NUMBER), strings)
    assert values.are_equal(strings, values.TypedList(["a"], values.STRING))
