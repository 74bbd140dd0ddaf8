"""Whatever a pack holds, a check of it ends soon, with findings and without an exception."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.checking import flow, packs, trees
from generator.pack import load
from tests.generator.conftest import METADATA, PackWriter

EXPRESSIONS = st.sampled_from(
    [
        'var "a" .', 'var "a.b" $', "vars .", 'meta "pack.name" .', "$x", "$x.y", ".", ".a.b", "$",
        '"text"', "1", "nil", 'list "a" .', 'dict "k" $ "l" .', 'index (var "a" .) "b"', "(.).x",
        'printf "%s-%q" (var "a" .) .', 'var "a" . | quote', "quote var", 'tpl "[[ . ]]" .',
        'join "," (var "a" .)', "index .", 'printf "{{" ', "uuidv4", "(list).x | len",
    ]
)  # fmt: skip
OPENINGS = ["if", "range", "range $x :=", "range $x, $x =", "with", "with $x :="]
ACTIONS = st.one_of(
    EXPRESSIONS.map(lambda text: f"[[ {text} ]]"),
    EXPRESSIONS.map(lambda text: f"[[- $x := {text} -]]"),
    EXPRESSIONS.map(lambda text: f'[[ template "h" ({text}) ]]'),
    st.builds(
        lambda opening, text: f"[[ {opening} {text} ]]", st.sampled_from(OPENINGS), EXPRESSIONS
    ),
    st.sampled_from(
        ["[[ end ]]", "[[ else ]]", '[[ define "h" ]]', "[[ break ]]", "[[", "]]", "[[/* */]]"]
    ),
)
HCL = st.sampled_from(
    ['job "x" {\n', "}", "{", '"', "<<E\n", "\nE\n", "\n", "a = ", "${", "{{", "}}", "#", "/*", "[",
     "# packgen:ignore undeclared-variable: x\n", 'args = ["-c", "', 'command = "sh"\n']
)  # fmt: skip
TEMPLATE = st.lists(st.one_of(ACTIONS, HCL), max_size=15).map("".join)
VALUES = st.sampled_from(['"x"', "1", "true", "null", "[]", '{ b = "x" }', "[{ b = 1 }]", "x", ""])
TYPES = st.sampled_from(
    ["string", "any", "object({ b = string })", "map(string)", "list(any)", "n"]
)


@settings(max_examples=60, deadline=None)
@given(template=TEMPLATE, helper=TEMPLATE, type_=TYPES, default=VALUES, value=VALUES)
def test_any_pack_can_be_checked(
    template: str, helper: str, type_: str, default: str, value: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in {
            "metadata.hcl": METADATA,
            "variables.hcl": f'variable "a" {{\n  type = {type_}\n  default = {default}\n}}\n',
            "cases/c.hcl": f"a = {value}\n",
            "templates/x.nomad.tpl": f"[[ $x := 1 ]]{template}",
            "templates/_h.tpl": f'[[ define "h" ]][[ $x := . ]]{helper}[[ end ]]',
        }.items():
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text)

        for finding in packs.check_pack(folder).findings:
            assert finding.position.line >= 1
            assert Path(finding.position.file).is_relative_to(folder)


@pytest.mark.parametrize(
    "helpers",
    [
        # Two calls in each, with other surroundings or another argument: two to the power of thirty.
        "".join(
            f'[[ define "h{level}" ]]{{ [[ template "h{level + 1}" . ]]'
            f'[[ template "h{level + 1}" (dict "c" . "d" .) ]][[ end ]]'
            for level in range(30)
        )
        + '[[ define "h30" ]][[ end ]]',
        '[[ define "h0" ]]{ [[ template "h0" .x ]][[ template "h0" (print . .) ]]'
        '[[ template "h0" (list . .) ]][[ end ]]',
    ],
)
def test_helpers_that_call_one_another_without_end_do_not_hold_up_a_walk(
    write_pack: PackWriter, helpers: str
) -> None:
    text = f'{helpers}[[ if false ]][[ template "h0" (var "a" .) ]][[ end ]]'
    folder = write_pack({"variables.hcl": 'variable "a" {}\n', "templates/x.nomad.tpl": text})
    forest = trees.read(load(folder))

    seen = flow.walk(forest)

    assert sum(1 for _ in seen.invocations) <= 61
    assert len(seen.printings) <= flow.MAX_WALKS * len(forest.templates)
