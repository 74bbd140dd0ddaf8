"""Adding one entry to somebody's configuration file: nothing else of it changes."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.cli import editing

ENTRY = {"type": "http", "url": "http://127.0.0.1:8080/mcp", "headers": {"A": "Bearer ${X}"}}
NAMES = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
SERVERS = st.dictionaries(NAMES.filter(lambda name: name != "mcpServers"), VALUES, max_size=4)
INDENTS = st.sampled_from([None, 1, 2, 4, "\t"])


@given(st.dictionaries(NAMES, VALUES, max_size=4), SERVERS, INDENTS)
def test_json_says_what_it_said_and_the_entry(
    content: dict[str, Any], servers: dict[str, Any], indent: int | str | None
) -> None:
    content["mcpServers"] = servers
    text = json.dumps(content, indent=indent)

    edited = editing.put_json(text, ("mcpServers", "nomad-build"), ENTRY)

    content["mcpServers"] = servers | {"nomad-build": ENTRY}
    assert json.loads(edited) == content
    assert editing.put_json(edited, ("mcpServers", "nomad-build"), ENTRY) == edited


def test_json_stays_as_it_was_written_but_for_the_entry() -> None:
    text = '{\n    "a": 1.50,\n    "mcpServers": {\n        "x": { "url" :"u" }\n    }, "b": [1,\n2]\n}\n'
    edited = editing.put_json(text, ("mcpServers", "n"), {"url": "v"})
    assert edited == text.replace(
        '"url" :"u" }\n',
        '"url" :"u" },\n        "n": {\n            "url": "v"\n        }\n',
    )


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("", '{\n  "s": {\n    "n": 1\n  }\n}\n'),
        ("{}", '{\n  "s": {\n    "n": 1\n  }\n}'),
        ('{"s": {}}', '{"s": {\n    "n": 1\n  }}'),
        ('{"a": 2}', '{"a": 2, "s": {\n    "n": 1\n  }}'),
        ('{"s": {"n": {"old": [1, 2]}}}', '{"s": {"n": 1}}'),
        ('{\r\n  "a": 2\r\n}\r\n', '{\r\n  "a": 2,\r\n  "s": {\r\n    "n": 1\r\n  }\r\n}\r\n'),
    ],
)
def test_json_of_every_form_takes_the_entry(text: str, edited: str) -> None:
    assert editing.put_json(text, ("s", "n"), 1) == edited


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ('{"a": 1,}', "not JSON"),
        ('{"a": 1} // mine', "not JSON"),
        ('{"a": NaN}', "not JSON"),
        ("[1]", "no JSON object"),
        ('{"a": 1, "a": 2}', "a twice"),
        ('{"s": []}', "s in it is no object"),
    ],
)
def test_what_is_not_plain_json_is_left_alone(text: str, why: str) -> None:
    with pytest.raises(editing.NotEditable, match=why):
        editing.put_json(text, ("s", "n"), 1)


KEYS = st.text("abcXYZ019_-", min_size=1, max_size=6)
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | NAMES
TOML_VALUES = SCALARS | st.lists(SCALARS, max_size=3)
TABLES = st.dictionaries(
    KEYS.filter(lambda name: name != "n"),
    st.dictionaries(KEYS, TOML_VALUES, max_size=3),
    max_size=3,
)


def write_toml(tables: dict[str, dict[str, Any]], before: dict[str, Any]) -> str:
    lines = [f"{name} = {editing._toml(value)}" for name, value in before.items()]
    for name, table in tables.items():
        lines += ["", f"# about {name}", f"[s.{name}]"]
        lines += [f"{key} = {editing._toml(value)} # kept" for key, value in table.items()]
    return "\n".join(lines)


@given(
    st.dictionaries(KEYS.filter(lambda name: name != "s"), TOML_VALUES, max_size=3), TABLES, TABLES
)
@example({}, {}, {})
def test_toml_says_what_it_said_and_the_entry(
    first: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    tables = (
        before | {"n": {"old": 1}} | {name: after[name] for name in after if name not in before}
    )
    text = write_toml(tables, first)
    entry = {"url": "http://x/mcp", "args": ["a", 'b"c'], "env": {"A B": "d"}}

    edited = editing.put_toml(text, ("s", "n"), entry)

    read = tomllib.loads(edited)
    assert read == tomllib.loads(text) | {"s": read["s"]}
    assert read["s"] == tables | {"n": entry}
    # Comments too: those of the others, and what stands above the entry itself.
    assert [line for line in edited.split("\n") if "#" in line] == [
        line for line in text.split("\n") if "#" in line and not line.startswith("old")
    ]
    assert editing.put_toml(edited, ("s", "n"), entry) == edited


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a = ", "not TOML"),
        ("s = { n = { url = 'x' } }", "s.n in a form"),
        ("s = 1", "s.n in a form"),
        ("[s.n]\nurl = 'x'\n[s.n.env]\nA = 'b'\n", "s.n in a form"),
        ("[s]\nn.url = 'x'\n", "s.n in a form"),
    ],
)
def test_toml_that_cannot_be_added_to_is_left_alone(text: str, why: str) -> None:
    with pytest.raises(editing.NotEditable, match=why):
        editing.put_toml(text, ("s", "n"), {"url": "y"})


def test_a_table_in_another_spelling_is_the_same_one() -> None:
    text = "[ 's' . \"n\" ] # mine\nurl = 'x'\n\n# theirs\n[t]\n"
    assert editing.put_toml(text, ("s", "n"), {"url": "y"}) == '[s.n]\nurl = "y"\n\n# theirs\n[t]\n'
