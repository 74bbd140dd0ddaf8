"""The judge sees a text that stands anywhere but in its own place, in its own form."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.hostile import cases, judge

(WORLD, *_) = cases.worlds()
SLOTS = {slot.name: slot for slot in WORLD.slots}


def job(*, argument: str = "x", data: str = "{}", **config: Any) -> dict[str, Any]:
    """A job with a template whose ``{}`` is an argument."""
    held = f'{{{{ base64Decode "{base64.b64encode(argument.encode()).decode()}" }}}}'
    task = {"Config": config, "Templates": [{"EmbeddedTmpl": data.format(held)}]}
    return {"test": {"TaskGroups": [{"Tasks": [task]}]}}


def found(place: str, text: str, plain: dict[str, Any], hostile: dict[str, Any]) -> list[str]:
    slot = SLOTS[place]
    values = slot.expected(slot.case.dresses[0], text)
    return [word for word, _ in judge.faults(plain, hostile, values, WORLD)]


def test_a_text_in_base64_is_right() -> None:
    ref = SLOTS["git_ref"].word
    assert found("git_ref", "$(id)", job(argument=f"{ref}\n"), job(argument="$(id)\n")) == []


def test_a_text_in_base64_that_is_not_the_given_one_is_a_fault() -> None:
    ref = SLOTS["git_ref"].word
    assert found("git_ref", "$(id)", job(argument=ref), job(argument="0(id)")) == [ref]


def test_a_text_beside_an_argument_is_a_fault() -> None:
    ref = SLOTS["git_ref"].word
    assert found("git_ref", "id", job(data=f"{{}} {ref}"), job(data="{} id")) == [ref]


@pytest.mark.parametrize(("text", "faults"), [("db", 0), ("db ${x}", 1)])
def test_a_name_in_its_own_place_is_right_as_long_as_it_is_one(text: str, faults: int) -> None:
    word = SLOTS["services[].image"].word
    assert len(found("services[].image", text, job(image=word), job(image=text))) == faults


def test_a_name_in_another_place_is_a_fault() -> None:
    word = SLOTS["services[].image"].word
    assert found("services[].image", "db", job(command=word), job(command="db")) == [word]


@pytest.mark.parametrize("hostile", [job(privileged=True), job(args=[])])
def test_another_structure_is_a_fault(hostile: dict[str, Any]) -> None:
    assert found("git_ref", "x", job(), hostile) == [""]


def test_of_a_registry_with_a_path_a_job_may_hold_the_registry_alone() -> None:
    slot = SLOTS["registry_url"]
    form, text = "@@.example.com/team", "UPPER/case"
    values = slot.expected(form, text)
    word = f"{slot.word}.example.com"
    for held, right in [("UPPER", True), ("UPPER/case", False), ("elsewhere", False)]:
        faults = list(judge.faults(job(argument=word), job(argument=held), values, WORLD))
        assert (faults == []) is right
