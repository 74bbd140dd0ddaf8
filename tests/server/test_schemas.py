"""The schemas that agents get: short, and never stricter than what is checked."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import schemas, tools
from server.errors import InvalidRequest
from server.request import BuildRequest, parse_request
from tests import samples

BRIEF = schemas.brief(BuildRequest)


@pytest.mark.parametrize("name", tools.TOOLS)
def test_a_brief_schema_is_a_schema_and_names_all_fields(name: str) -> None:
    model = tools.TOOLS[name].arguments
    brief, whole = schemas.brief(model), schemas.whole(model)
    jsonschema.Draft202012Validator.check_schema(brief)
    assert set(brief["properties"]) == set(whole["properties"])
    assert brief.get("required") == whole.get("required")
    assert brief["additionalProperties"] is False


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "testCommands": st.lists(st.one_of(st.text(), st.lists(st.text()))),
            "buildResources": st.fixed_dictionaries(
                {"memory": st.one_of(st.none(), st.integers())}
            ),
            "buildArgs": st.dictionaries(st.text(), st.text()),
            "gpuCount": st.integers(),
            "cache": st.sampled_from(["auto", "on", "off"]),
            "publishTo": st.lists(st.fixed_dictionaries({"registryURL": st.text()})),
            "imageTags": st.lists(st.text()),
            "provenance": st.booleans(),
        },
    )
)
def test_what_the_service_takes_the_brief_schema_takes(fields: dict[str, Any]) -> None:
    arguments = samples.FIELDS | fields
    try:
        parse_request(arguments)
    except InvalidRequest:
        return
    jsonschema.validate(arguments, BRIEF)


@pytest.mark.parametrize(
    "wrong",
    [{"gitRef": 7}, {"cache": "perhaps"}, {"testCommands": "make test"}, {"imageTagz": ["a"]}],
)
def test_a_plain_mistake_shows_in_the_brief_schema(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(samples.FIELDS | wrong, BRIEF)


def test_the_fields_of_an_inner_model_are_listed_once() -> None:
    described = {name: each.get("description", "") for name, each in BRIEF["properties"].items()}
    assert described["buildResources"].endswith(
        "cpu (MHz), memory (MiB), disk (MiB), timeout (Seconds)"
    )
    assert described["testResources"].endswith("as buildResources")
    assert "readyCommand" in described["services"]
