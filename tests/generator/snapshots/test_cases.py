"""Which files of a pack are its cases, and what they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.errors import PackError
from generator.snapshots import cases


def folder(tmp_path: Path, *names: str) -> Path:
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


def names_in(tmp_path: Path, *names: str) -> list[str]:
    return [case.name for case in cases.find(folder(tmp_path, *names))]


def test_a_file_with_values_is_a_case(tmp_path: Path) -> None:
    found = cases.find(folder(tmp_path, "cases/minimal.hcl", "cases/large.json"))

    assert [case.name for case in found] == ["large", "minimal"]
    assert [case.files for case in found] == [
        (tmp_path / "cases/large.json",),
        (tmp_path / "cases/minimal.hcl",),
    ]
    assert {(case.variant, case.fails) for case in found} == {(None, False)}


def test_each_case_is_rendered_with_each_variant(tmp_path: Path) -> None:
    given = ("variants/cpu.hcl", "variants/gpu.hcl", "cases/a.hcl", "cases/b.hcl")

    found = cases.find(folder(tmp_path, *given))

    assert [case.name for case in found] == ["cpu.a", "cpu.b", "gpu.a", "gpu.b"]
    assert (found[2].variant, found[2].files) == ("gpu", (tmp_path / "cases/a.hcl",))


def test_without_cases_each_variant_is_one(tmp_path: Path) -> None:
    found = cases.find(folder(tmp_path, "variants/cpu.hcl", "variants/gpu.hcl"))

    assert found == [cases.Case(name=name, variant=name) for name in ("cpu", "gpu")]


def test_a_case_in_a_variants_folder_is_for_this_variant_alone(tmp_path: Path) -> None:
    given = ("variants/cpu.hcl", "variants/gpu.hcl", "cases/a.hcl", "cases/gpu/two-cards.hcl")

    assert names_in(tmp_path, *given) == ["cpu.a", "gpu.a", "gpu.two-cards"]


def test_a_case_may_say_that_its_values_are_refused(tmp_path: Path) -> None:
    (found,) = cases.find(folder(tmp_path, "cases/no-port.fails.hcl"))

    assert (found.name, found.fails) == ("no-port", True)


def test_files_put_aside_and_files_of_other_kinds_are_no_cases(tmp_path: Path) -> None:
    given = ("cases/_old.hcl", "cases/.hidden.hcl", "cases/README.md", "cases/a.hcl~")

    assert names_in(tmp_path, *given, "variables.hcl") == []


def test_a_pack_without_cases_and_variants_has_none(tmp_path: Path) -> None:
    assert cases.find(tmp_path) == []


@pytest.mark.parametrize(
    "given",
    [
        ("cases/a.hcl", "cases/a.json"),
        ("cases/a.hcl", "cases/a.fails.hcl"),
        ("variants/gpu.hcl", "cases/a.hcl", "cases/gpu/a.hcl"),
    ],
)
def test_two_cases_of_one_name_are_refused(tmp_path: Path, given: tuple[str, ...]) -> None:
    with pytest.raises(PackError, match=r'the case "(gpu\.)?a" is there already'):
        cases.find(folder(tmp_path, *given))


def test_a_folder_that_is_no_variants_is_refused_with_what_is_near(tmp_path: Path) -> None:
    given = ("variants/gpu.hcl", "cases/gpuu/a.hcl")

    with pytest.raises(PackError, match='hint: did you mean "gpu"') as caught:
        cases.find(folder(tmp_path, *given))

    assert 'no variant "gpuu"' in caught.value.message
