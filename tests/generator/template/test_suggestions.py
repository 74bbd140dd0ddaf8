"""Mistakes that are easily made come with the next step."""

from __future__ import annotations

import pytest

from generator import template


def mistake(text: str) -> str:
    root = template.PackContext(
        "p", "/nowhere", {"count": 1, "o": {"name": "x"}}, {"pack": {"name": "p"}}, {}
    )
    templates = template.TemplateSet(template.pack_functions(root))
    with pytest.raises(template.Mistake) as caught:
        templates.add("t", text)
        templates.execute("t", root)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[[ quotee 1 ]]", 'did you mean "quote"?'),
        ("[[ toYaml . ]]", "toJson writes it"),
        ('[[ include "x" . ]]', '[[ template "name" . ]]'),
        ('[[ key "a/b" ]]', "for a template that Nomad itself renders write {{"),
        ("[[ if 1 ]][[ elseif 2 ]][[ end ]]", "that is written [[ else if"),
        ("[[ if 1 ]][[ endif ]]", "that is written [[ end ]]"),
        ("[[ $port := 1 ]][[ $prot ]]", 'did you mean "$port"?'),
        ("[[ if 1 ]][[ $x := 1 ]][[ end ]][[ $x ]]", "until the end of the block"),
        ("[[ $zz ]]", "declared with [[ $zz := … ]]"),
        ('[[ define "job" ]]x[[ end ]][[ template "jobs" ]]', 'did you mean "job"?'),
        ('[[ must_var "cuont" . ]]', 'did you mean "count"?'),
        ('[[ must_var "o.nam" . ]]', 'did you mean "name"?'),
        ('[[ must_var "zzzzz" . ]]', "there are count, o"),
        ('[[ must_var "count.x" . ]]', "it is of type int"),
        ('[[ must_meta "pack.nmae" . ]]', 'did you mean "name"?'),
        ('[[ range 1 ]][[ var "count" . ]][[ end ]]', "write $ there"),
        ('[[ (semver "1.0.0").major ]]', 'did you mean "Major"?'),
        ("[[ (list 1).x ]]", "taken with index LIST 0"),
        ('a\n[[ range 3 ]]\n[[ if 1 ]]\n[[ end ]]', "the range at line 2, column 4 has no [[ end ]]"),
        ('[[ define "x" ]]', "the define at line 1, column 4 has no [[ end ]]"),
        ('[[ if 1 ]][[ else ]]', "the if at line 1, column 4 has no [[ end ]]"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_hint_and_a_caret(text: str, hint: str) -> None:
    shown = mistake(text)

    assert hint in shown.splitlines()[-1]
    assert shown.splitlines()[-1].startswith("hint: ")
    assert shown.splitlines()[-2].endswith("^")
