"""``${…}`` in env, in driver config and in constraints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.embedded import constraints, faults, interpolation, records

VALUES = {"NOMAD_TASK_DIR": "/local", "attr.kernel.name": "linux", "OWN": "x", "meta.a-b": "y"}
NODE = records.Node(
    id="n",
    name="here",
    region="global",
    datacenter="dc1",
    http_address="127.0.0.1:1",
    attributes={"kernel.name": "linux", "nomad.version": "1.10.5", "cpu.numcores": "4",
                "set": "a, b,c"},
    meta={"rack": "r1"},
    drivers={},
    host_volumes={},
    devices={},
    cores=1,
    cpu_mhz=1000,
    memory_mb=1000,
    disk_mb=1000,
)  # fmt: skip


@given(st.text())
def test_text_without_a_reference_stays_in_env(text: str) -> None:
    if "${" not in text:
        assert interpolation.replace_references(text, VALUES) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${NOMAD_TASK_DIR}/x", "/local/x"),
        ("${attr.kernel.name}${OWN}", "linuxx"),
        ("${unknown} ${ OWN } $${OWN} ${meta.a-b}", "${unknown} ${ OWN } $x y"),
    ],
)
def test_references_in_env(text: str, expected: str) -> None:
    assert interpolation.replace_references(text, VALUES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${NOMAD_TASK_DIR}/x", "/local/x"),
        ("$${kept} %%{kept} $HOME {{ x }} 100%", "${kept} %{kept} $HOME {{ x }} 100%"),
        ('${env["OWN"]} ${meta["a-b"]} ${ OWN }', "x y x"),
        ('${"$"}{OWN} ${"%"}{if} ${"$"}${"$"} ${ "plain text" }', "${OWN} %{if} $$ plain text"),
    ],
)
def test_references_in_config(text: str, expected: str) -> None:
    given_config = {"args": [text, {"deep": text}], "number": 3, "none": None}
    assert interpolation.evaluate_config(given_config, VALUES) == {
        "args": [expected, {"deep": expected}],
        "number": 3,
        "none": None,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${unknown}", 'There is no variable named "unknown"'),
        ("${attr.none}", 'does not have an attribute named "none"'),
        ("${1 + 1}", 'does not evaluate the expression "1 \\+ 1"'),
        ("%{ if true }x%{ endif }", "does not support template directives"),
    ],
)
def test_what_cannot_be_evaluated_in_config_is_an_error(text: str, message: str) -> None:
    with pytest.raises(faults.ConfigFault, match=message):
        interpolation.evaluate_config([text], VALUES)


@pytest.mark.parametrize(
    ("left", "operand", "right", "fits"),
    [
        ("${attr.kernel.name}", "=", "linux", True),
        ("${attr.kernel.name}", "==", "windows", False),
        ("${attr.kernel.name}", "!=", "windows", True),
        ("${attr.none}", "!=", "x", True),
        ("${attr.none}", "=", "x", False),
        ("${attr.none}", "is_set", "", False),
        ("${attr.none}", "is_not_set", "", True),
        ("${attr.cpu.numcores}", ">=", "4", True),
        ("${attr.cpu.numcores}", "<", "10", True),
        ("${attr.kernel.name}", ">", "darwin", True),
        ("${attr.kernel.name}", "regexp", "^li", True),
        ("${attr.kernel.name}", "regexp", "^win", False),
        ("${attr.nomad.version}", "version", ">= 1.7.0-a, < 2", True),
        ("${attr.nomad.version}", "version", "~> 1.10.0", True),
        ("${attr.nomad.version}", "version", "~> 1.9.0", False),
        ("${attr.nomad.version}", "semver", "> 1.10.5-rc1", True),
        ("${attr.nomad.version}", "version", "nonsense", False),
        ("${attr.set}", "set_contains", "a,c", True),
        ("${attr.set}", "set_contains", "a,d", False),
        ("${attr.set}", "set_contains_any", "d,a", True),
        ("${meta.rack}", "=", "r1", True),
        ("${node.datacenter}", "=", "dc1", True),
        ("", "distinct_hosts", "true", True),
        ("${attr.kernel.name}", "no_such_operand", "linux", False),
    ],
)
def test_constraints(left: str, operand: str, right: str, fits: bool) -> None:
    constraint = {"LTarget": left, "RTarget": right, "Operand": operand}
    assert constraints.fits(constraint, NODE) is fits
