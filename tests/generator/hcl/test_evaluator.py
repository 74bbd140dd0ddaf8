"""References to what only Nomad's client knows, and limits; plain expressions are in test_corpus.py."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import hcl
from generator.errors import HclError
from generator.hcl import functions

RUNTIME = hcl.Scope({"local": {"known": "known"}}, functions.FUNCTIONS, keep_unknown=True)


def evaluate(text: str, scope: hcl.Scope = RUNTIME) -> object:
    return hcl.evaluate(hcl.parse_expression(text, "job.hcl"), scope)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"${NOMAD_ALLOC_DIR}"', "${NOMAD_ALLOC_DIR}"),
        ("NOMAD_TASK_DIR", "${NOMAD_TASK_DIR}"),
        ('"a-${attr.kernel.name}-b"', "a-${attr.kernel.name}-b"),
        ('"${ env["HOME"] }"', '${ env["HOME"] }'),
        ('"${local.known}/${NOMAD_X}"', "known/${NOMAD_X}"),
        ("upper(NOMAD_region)", "${NOMAD_REGION}"),
        ('"a  ${~ NOMAD_A ~}  b"', "a${NOMAD_A}b"),
        # Nomad copies too much where another brace follows.
        ('"{${NOMAD_A}}"', "{${NOMAD_A}}}"),
        ('"${NOMAD_A}}}"', "${NOMAD_A}}}}}}"),
    ],
)
def test_reference_for_the_client_stays_as_it_was_written(text: str, value: str) -> None:
    assert evaluate(text) == value


def test_unknown_attribute_of_a_known_variable_is_an_error() -> None:
    with pytest.raises(HclError, match='does not have an attribute named "other"'):
        evaluate("local.other")


def test_unknown_variable_is_an_error_where_no_client_comes_after() -> None:
    with pytest.raises(HclError, match=r'named "lokal"\. Did you mean "local"\?'):
        evaluate("lokal.known", hcl.Scope({"local": {}}))


def test_constants_only_means_no_variables_and_no_functions() -> None:
    with pytest.raises(HclError, match="Variables not allowed"):
        evaluate("a", hcl.Scope())
    with pytest.raises(HclError, match="Function calls not allowed"):
        evaluate('upper("a")', hcl.Scope())


def test_inner_variables_hide_outer_ones_only_inside() -> None:
    scope = hcl.Scope({"x": "outer", "l": [1, 2]})

    assert evaluate("[[for x in l : x * 2], x]", scope) == [[2, 4], "outer"]


def test_value_nested_deeper_than_python_recurses_is_an_error_of_ours() -> None:
    text = "(" * 90 + "1" + ")" * 90

    def below(depth: int) -> object:
        return below(depth - 1) if depth else evaluate(text)

    with pytest.raises(HclError, match="Nested too deeply"):
        below(850)


@pytest.mark.parametrize(
    "text", ['file("/etc/passwd")', "uuidv4()", 'bcrypt("x")', 'fileset("/", "*")']
)
def test_functions_that_would_read_the_world_are_refused(text: str) -> None:
    with pytest.raises(HclError, match="Call to function"):
        evaluate(text)


# A key of several lines becomes YAML's `? key`, which yamldecode refuses.
KEYS = st.text(max_size=5).filter(lambda key: "\n" not in key)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=6,
)


@pytest.mark.parametrize("encoding", ["json", "yaml"])
@given(value=VALUES)
@settings(max_examples=100, deadline=None)
def test_encoded_and_decoded_again_is_the_same_value(encoding: str, value: object) -> None:
    scope = hcl.Scope({"v": _normalized(value)}, functions.FUNCTIONS)

    assert evaluate(f"{encoding}decode({encoding}encode(v)) == v", scope) is True


LINES = st.sampled_from(
    [
        *("a: 1", "- b", "  - c", "  d: [1, {e: f}]", "g: |", "  text", "    more", "h: >-", ""),
        *(
            "# c",
            "'q': \"w\"",
            "---",
            "...",
            "x",
            "  y z",
            "? k",
            "- - 1",
            "{",
            "]",
            ":",
            "\t",
            "a: &b",
        ),
    ]
)
DOCUMENTS = st.one_of(st.text(max_size=40), st.lists(LINES, max_size=8).map("\n".join))


@pytest.mark.parametrize("name", ["yamldecode", "jsondecode", "csvdecode", "base64decode"])
@given(document=DOCUMENTS)
@settings(max_examples=100, deadline=None)
def test_any_document_is_decoded_or_gives_an_hcl_error(name: str, document: str) -> None:
    scope = hcl.Scope({"v": document}, functions.FUNCTIONS)

    try:
        evaluate(f"{name}(v)", scope)
    except HclError as error:
        assert name in error.message


def _normalized(value: object) -> hcl.Value:
    """Strings as HCL has them: in normal form, and of real characters only."""
    match value:
        case str():
            text = value.encode("utf-8", "ignore").decode()
            decoded = hcl.evaluate(hcl.parse_template(text.replace("{", ""), "v"), hcl.Scope())
            assert isinstance(decoded, str)
            return decoded
        case list():
            return [_normalized(item) for item in value]
        case dict():
            return {str(_normalized(name)): _normalized(item) for name, item in value.items()}
        case None | bool() | int():
            return value
        case _:
            raise AssertionError(value)
