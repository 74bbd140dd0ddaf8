"""Functions whose result differs from call to call: refused, until the caller allows them."""

from __future__ import annotations

import re

import pytest

from generator import jobspec
from generator.errors import ImpureError
from generator.jobspec import tree

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def job_id(expression: str, *, allow_impure: bool = False) -> tree.Json:
    text = f'job "x" {{\n  id = {expression}\n}}\n'
    return jobspec.parse(text, "x.hcl", allow_impure=allow_impure)["ID"]


@pytest.mark.parametrize("call", ["uuidv4()", 'bcrypt("secret")', 'bcrypt("secret", 4)'])
@pytest.mark.parametrize("around", ["{}", 'try({}, "x")', "can({})", 'true ? {} : "x"'])
def test_call_is_refused_with_the_flag_that_allows_it(call: str, around: str) -> None:
    with pytest.raises(ImpureError) as caught:
        job_id(around.format(call))

    assert call.partition("(")[0] in caught.value.message
    assert "--allow-impure" in str(caught.value)
    assert caught.value.position is not None


def test_call_that_is_not_reached_needs_no_leave() -> None:
    assert job_id('false ? uuidv4() : "fixed"') == "fixed"


def test_uuid_is_random_and_of_version_4() -> None:
    first, second = (job_id("uuidv4()", allow_impure=True) for _ in range(2))

    assert UUID.fullmatch(str(first))
    assert UUID.fullmatch(str(second))
    assert first != second


@pytest.mark.parametrize(
    ("cost", "prefix"), [("4", "$2a$04$"), ("5", "$2a$05$"), ("3", "$2a$10$"), ("-1", "$2a$10$")]
)
def test_password_is_hashed_at_the_cost_that_go_takes(cost: str, prefix: str) -> None:
    hashed = str(job_id(f'bcrypt("hello", {cost})', allow_impure=True))

    assert hashed.startswith(prefix)
    assert len(hashed) == 60


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ('"a", 32', "cost 32 is outside allowed inclusive range 4..31"),
        ('"a", 4, 5', "takes no more than two arguments"),
        ('"a", 4.5', "value must be a whole number"),
        (f'"{"a" * 73}"', "password length exceeds 72 bytes"),
    ],
)
def test_what_bcrypt_refuses_is_refused(arguments: str, problem: str) -> None:
    with pytest.raises(Exception, match=re.escape(problem)):
        job_id(f"bcrypt({arguments})", allow_impure=True)
