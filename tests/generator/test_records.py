from __future__ import annotations

import ast
import copy
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pytest

import generator
from generator import records

# What takes a second anyway: its classes are dataclasses. All others are records.
UNHURRIED = ("checking", "comparison", "snapshots", "commands/snapshot.py")


@records.record
class Point:
    across: int
    down: int = 0
    unit: ClassVar[str] = "cm"

    @property
    def total(self) -> int:
        return self.across + self.down


@records.record(kw_only=True)
class Named(Point):
    name: str
    notes: Mapping[str, int] = records.field(default_factory=dict)
    place: str = records.field(compare=False, repr=False)


@records.record(frozen=False)
class Counter:
    count: int


@records.record(eq=False)
class Single:
    value: int


def test_record_takes_its_fields_by_position_or_name_and_knows_their_defaults() -> None:
    assert Point(1, 2) == Point(down=2, across=1)
    assert (Point(3).across, Point(3).down, Point(3).total, Point.unit) == (3, 0, 3, "cm")


@pytest.mark.parametrize("arguments", [(), (1, 2, 3)])
def test_wrong_number_of_values_is_refused(arguments: tuple[int, ...]) -> None:
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        Point(*arguments)


def test_record_is_equal_to_its_like_alone_and_hashed_alike() -> None:
    assert Point(1, 2) != Point(1, 3)
    assert Point(1, 2).__eq__((1, 2)) is NotImplemented
    assert len({Point(1, 2), Point(1, 2), Point(2, 1)}) == 2


def test_further_fields_of_a_record_come_after_those_of_its_base_and_by_name_only() -> None:
    named = Named(1, 2, name="a", place="here")
    assert records.fields(named) == ("across", "down", "name", "notes", "place")
    assert named == Named(1, 2, name="a", place="there")
    assert repr(named) == "Named(across=1, down=2, name='a', notes={})"
    assert named.notes is not Named(1, name="a", place="here").notes
    assert named != Point(1, 2)


def test_frozen_record_cannot_be_changed_and_holds_nothing_but_its_fields() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="cannot change field 'across' of Point"):
        point.across = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot change field 'across' of Point"):
        del point.across
    assert not hasattr(point, "__dict__")


def test_record_that_is_not_frozen_changes_and_is_no_key() -> None:
    counter = Counter(1)
    counter.count += 1
    assert counter == Counter(2)
    with pytest.raises(TypeError, match="unhashable"):
        hash(counter)


def test_record_without_equality_is_equal_to_itself_alone() -> None:
    single = Single(1)
    assert single == single
    assert single != Single(1)


def test_record_is_matched_by_position() -> None:
    match Point(1, 2):
        case Point(across, down):
            assert (across, down) == (1, 2)


def test_copies_of_a_record_are_equal_to_it() -> None:
    named = Named(1, name="a", notes={"x": 1}, place="here")
    assert copy.deepcopy(named) == copy.copy(named) == named
    assert records.replace(named, down=5) == Named(1, 5, name="a", notes={"x": 1}, place="here")
    assert pickle.loads(pickle.dumps(errors_position())) == errors_position()


def errors_position() -> object:
    from generator import errors

    return errors.Position("file", 1, 2)


@pytest.mark.parametrize("few", [0, 10**6])
def test_first_records_of_a_class_are_made_as_all_later_ones(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "_FEW", few)

    @records.record
    class Pair:
        first: int
        second: int = 2

    @records.record(kw_only=True)
    class Triple(Pair):
        third: list[int] = records.field(default_factory=list)
        fourth: int = records.field(repr=False)

    for _ in range(3):
        assert (Pair(1).second, Pair(1, 3).second, Pair(second=4, first=1).second) == (2, 3, 4)
        triple = Triple(1, fourth=4)
        assert (triple.first, triple.second, triple.third, triple.fourth) == (1, 2, [], 4)
        assert triple.third is not Triple(1, fourth=4).third
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'first'"):
            Pair()  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="takes from 2 to 3 positional arguments but 4"):
            Pair(1, 2, 3)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="multiple values for argument 'first'"):
            Pair(1, first=1)  # type: ignore[misc]
        with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
            Pair(1, other=1)  # type: ignore[call-arg]
        with pytest.raises(TypeError, match="missing 1 required keyword-only argument: 'fourth'"):
            Triple(1)  # type: ignore[call-arg]


def test_each_module_makes_its_classes_in_the_one_way_that_is_its_own() -> None:
    folder = Path(generator.__file__).parent
    for path in folder.rglob("*.py"):
        place = path.relative_to(folder)
        unhurried = any(place.is_relative_to(each) for each in UNHURRIED)
        imported = {
            name
            for node in ast.walk(ast.parse(path.read_bytes()))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (getattr(node, "module", None), *(each.name for each in node.names))
        }
        assert ("records" if unhurried else "dataclasses") not in imported, place
