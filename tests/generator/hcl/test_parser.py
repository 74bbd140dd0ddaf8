"""The parser's tree, its positions and its limits; what it accepts is in test_corpus.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import hcl
from generator.errors import HclError, Position
from generator.hcl import nodes

JOBS = Path(__file__).parents[2] / "conformance" / "jobspec"
PIECES = st.sampled_from(
    [
        *("a", "job ", '"x" ', "1", "1.5", '"', "${", "%{if a}", "%{endif}", "}", "~}", "{", "{\n"),
        *(
            "}\n",
            "\n",
            " ",
            "# c\n",
            "<<E\n",
            "<<-E\n",
            "\nE\n",
            " = ",
            "==",
            "[",
            "]",
            "[*]",
            ".*",
        ),
        *("(", ")", ",", ".", "-", "!", "?", ":", "for x in y : ", "=>", "...", "::", "\\u00"),
    ]
)
TEXTS = st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map("".join))


def expression(text: str) -> nodes.Expression:
    return hcl.parse_expression(text, "file.hcl")


def literal(node: nodes.Expression) -> object:
    assert isinstance(node, nodes.Literal)
    return node.value


def attributes(text: str) -> dict[str, object]:
    return {
        attribute.name: literal(attribute.expression)
        for attribute in hcl.parse(text, "file.hcl").attributes
    }


def test_body_has_attributes_and_blocks_in_source_order() -> None:
    body = hcl.parse('a = 1\nb "l" m {\n  c = 2\n}\nd = 3\n', "file.hcl")

    assert [type(item).__name__ for item in body.items] == ["Attribute", "Block", "Attribute"]
    (block,) = body.blocks
    assert (block.type, block.labels) == ("b", ("l", "m"))
    assert [attribute.name for attribute in block.body.attributes] == ["c"]


def test_every_node_knows_its_place_and_its_text() -> None:
    body = hcl.parse('group "é" {\n  n = f(1, x.y[0])\n}\n', "file.hcl")

    (block,) = body.blocks
    (attribute,) = block.body.attributes
    call = attribute.expression
    assert isinstance(call, nodes.Call)
    assert call.position == Position("file.hcl", 2, 7)
    assert [argument.text for argument in call.arguments] == ["1", "x.y[0]"]
    assert block.label_nodes[0].position == Position("file.hcl", 1, 7)


def test_operators_bind_as_in_hcl() -> None:
    tree = expression("a || b && c == d + e * -f")

    def shape(node: nodes.Expression) -> str:
        match node:
            case nodes.Binary(operator=operator, left=left, right=right):
                return f"({shape(left)}{operator}{shape(right)})"
            case _:
                return node.text

    assert shape(tree) == "(a||(b&&(c==(d+(e*-f)))))"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\tb\"\\\u00e9\U0001F600"', 'a\tb"\\é😀'),
        ('"$${x} %%{x} $5 100%"', "${x} %{x} $5 100%"),
        ("<<EOT\n  a\n\n b\nEOT\n", "  a\n\n b\n"),
        ("<<-EOT\n    a\n\n      b\n  EOT\n", "a\n\n  b\n"),
        ('"e\u0301"', "é"),
        ('""', ""),
    ],
)
def test_string_without_sequences_is_a_literal(text: str, value: str) -> None:
    assert literal(expression(text)) == value


def test_bare_name_as_object_key_is_a_literal() -> None:
    tree = expression("{ a = 1, (b) = 2, null = 3, c.d = 4 }")

    assert isinstance(tree, nodes.Object)
    kinds = [type(item.key).__name__ for item in tree.items]
    assert kinds == ["Literal", "Parentheses", "Literal", "Traversal"]
    assert literal(tree.items[2].key) == "null"


def test_byte_order_mark_and_carriage_returns_are_read_over() -> None:
    assert attributes("\ufeffa = 1\r\nb = 2\r\n") == {"a": 1, "b": 2}


def test_error_shows_the_line_and_a_caret() -> None:
    with pytest.raises(HclError) as caught:
        hcl.parse("a = 1\nb = [1 2]\n", "file.hcl")

    assert str(caught.value).splitlines() == [
        "file.hcl:2:8: Missing item separator; Expected a comma to mark the beginning of the next "
        "item.",
        "  b = [1 2]",
        "         ^",
    ]


DEEP = {
    "brackets": "a = " + "[" * 5000 + "]" * 5000,
    "parentheses": "a = " + "(" * 5000 + "1" + ")" * 5000,
    "objects": "a = " + "{x=" * 5000 + "1" + "}" * 5000,
    "signs": "a = " + "-" * 5000 + "1",
    "conditions": "a = " + "x ? 1 : " * 5000 + "2",
    "templates": "a = " + '"${' * 5000 + "1" + '}"' * 5000,
    "directives": 'a = "' + "%{if x}" * 5000 + "%{endif}" * 5000 + '"',
    "splats": "a = x" + "[*]" * 5000,
    "calls": "a = " + "f(" * 5000 + ")" * 5000,
    "indexes": "a = " + "x[" * 5000 + "]" * 5000,
    "blocks": "a {\n" * 5000 + "}\n" * 5000,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP.keys())
def test_deep_nesting_is_an_error_of_ours(text: str) -> None:
    with pytest.raises(HclError, match="Nested too deeply"):
        hcl.parse(text, "file.hcl")


def test_long_chains_are_no_deep_nesting() -> None:
    tree = expression(" + ".join(["1"] * 3000))

    assert hcl.evaluate(tree, hcl.Scope()) == 3000


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_any_text_is_parsed_or_gives_an_hcl_error(text: str) -> None:
    try:
        body = hcl.parse(text, "file.hcl")
    except HclError as error:
        assert error.position is not None
    else:
        assert all(item.text for item in body.items)


@pytest.mark.parametrize("path", sorted(JOBS.glob("*.nomad.hcl")), ids=lambda path: path.name)
def test_job_file_is_covered_by_its_nodes(path: Path) -> None:
    text = path.read_bytes().decode()
    if text.lstrip().startswith("{"):  # a job in JSON
        return

    body = hcl.parse(text, path.name)

    for item in body.items:
        assert item.text.startswith(item.type if isinstance(item, nodes.Block) else item.name)
        assert item.text.endswith("}") or isinstance(item, nodes.Attribute)
