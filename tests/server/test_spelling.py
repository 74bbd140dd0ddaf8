from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import answers, request, spelling

_WORDS = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
_NAMES = st.lists(_WORDS, min_size=1, max_size=4).map("_".join)


@pytest.mark.parametrize(
    ("name", "camel"),
    [
        ("owner", "owner"),
        ("repo_url", "repoURL"),
        ("job_id", "jobID"),
        ("git_credentials_path", "gitCredentialsPath"),
        ("url", "url"),
    ],
)
def test_camel_case_writes_acronyms_in_capitals(name: str, camel: str) -> None:
    assert spelling.camelize(name) == camel


@pytest.mark.parametrize(
    ("name", "snake"),
    [("repo_url", True), ("repoURL", False), ("owner", False), ("_", False), ("_x", False)],
)
def test_only_names_of_several_words_show_snake_case(name: str, snake: bool) -> None:
    assert spelling.is_snake_case(name) is snake


@given(_NAMES)
def test_a_camel_case_name_never_reads_as_snake_case(name: str) -> None:
    assert not spelling.is_snake_case(spelling.camelize(name))


@pytest.mark.parametrize(
    "model",
    [request.BuildRequest, answers.JobReference, answers.LogsArguments, answers.CleanupArguments],
)
def test_each_argument_has_a_spelling_of_its_own(model: type[request.BuildRequest]) -> None:
    aliases = [field.alias for field in model.model_fields.values()]
    assert aliases == [spelling.camelize(name) for name in model.model_fields]
    assert len(set(aliases)) == len(aliases)
