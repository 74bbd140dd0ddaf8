"""sprig's functions where more than one answer of Go's is of interest; see test_recorded.py."""

from __future__ import annotations

import base64
import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import template
from generator.template import sprig
from generator.template.sprig import dates, times, zones


def expand(text: str, data: object = None) -> str:
    templates = template.TemplateSet(template.sprig_functions())
    templates.add("t", text)
    return templates.execute("t", data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_all_names_of_sprig_are_known() -> None:
    assert len(template.sprig_functions()) == 211


@given(st.text())
def test_b64enc_is_standard_base64_and_b64dec_its_inverse(text: str) -> None:
    assert expand("[[ b64enc . ]]", text) == base64.b64encode(text.encode()).decode()
    assert expand("[[ . | b64enc | b64dec ]]", text) == text


@given(VALUES)
def test_json_of_any_value_reads_as_that_value(value: object) -> None:
    for function in ("toJson", "toPrettyJson", "toRawJson"):
        assert json.loads(expand(f"[[ {function} . ]]", value)) == value


@given(VALUES)
def test_json_is_the_same_each_time_and_sorted(value: object) -> None:
    written = expand("[[ toJson . ]]", value)
    assert written == expand("[[ toJson . ]]", json.loads(json.dumps(value)))
    assert "<" not in written


@given(st.text())
def test_quote_gives_one_line_in_double_quotes(text: str) -> None:
    quoted = expand("[[ quote . ]]", text)
    assert quoted.startswith('"')
    assert quoted.endswith('"')
    assert "\n" not in quoted


def test_each_function_is_found_where_its_family_is_and_no_family_has_more() -> None:
    families = {path.stem for path in Path(sprig.__file__).parent.glob("*.py")}
    tables = [
        getattr(importlib.import_module(f"generator.template.sprig.{family}"), "FUNCTIONS", {})
        for family in sorted(families - {"__init__"})
    ]
    clocked = dates.functions(lambda: times.Time(0, 0, zones.UTC))
    found = template.sprig_functions()

    assert sorted([name for table in tables for name in table] + list(clocked)) == sorted(found)
    for name, call in ((name, table[name]) for table in tables for name in table):
        assert found[name] is call
    assert all(callable(found[name]) for name in clocked)


def test_a_family_is_imported_only_when_it_is_called() -> None:
    script = """
import sys
from generator import template
templates = template.TemplateSet(template.sprig_functions())
templates.add("t", '[[ upper "a" ]]')
assert templates.execute("t") == "A"
print(*sorted(name for name in sys.modules if name.startswith("generator.template.sprig.")))
"""
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    loaded = result.stdout.split()
    assert "generator.template.sprig.texts" in loaded
    assert not {"dates", "versions", "encoding", "ciphers", "regexes"} & {
        name.rpartition(".")[2] for name in loaded
    }


def test_where_go_has_a_random_order_ours_is_sorted() -> None:
    data = {"b": 1, "a": 2, "C": 3}
    assert expand("[[ keys . ]] [[ values . ]]", data) == "[C a b] [3 2 1]"


def test_dates_do_not_depend_on_where_they_are_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert expand('[[ date "2006-01-02 15:04 MST" 0 ]]') == "1970-01-01 00:00 UTC"
    assert expand('[[ dateInZone "15:04 MST" 0 "America/New_York" ]]') == "19:00 EST"


def test_what_this_has_no_room_for_fails_even_where_go_would_hide_an_error() -> None:
    with pytest.raises(template.Mistake, match="too large for this generator"):
        expand(r'[[ regexMatch "(\\pL{30}){30}" "x" ]]')


def test_a_text_is_never_repeated_beyond_all_bounds() -> None:
    with pytest.raises(template.Mistake, match="more than 8388608 characters"):
        expand('[[ repeat 999999999 "abc" ]]')
