"""Text that reaches HCL: what is found is dangerous, and what is not found is safe.

Templates are made up, checked without values, and rendered with harmless and with hostile ones. The
HCL that comes out has another structure for a hostile value exactly where a finding was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from generator import errors, pipeline
from generator.checking import packs
from generator.hcl import scanner
from generator.pack import load
from tests.generator.conftest import METADATA

VARIABLES = """
variable "s" { type = string }
variable "n" { type = number }
variable "l" { type = list(string) }
variable "o" { type = list(object({ s = string, n = number })) }
"""
HARMLESS = "v"
HOSTILE = ('a" b', "a b", "a {", "\\", "a\nb")

EXPRESSIONS = (
    'var "s" .', 'var "n" .', 'var "s" . | quote', 'var "s" . | upper',
    'var "s" . | toJson', 'printf "x%sy" (var "s" .)', 'printf "%d" (var "n" .)',
    'printf "%s" (var "s" .) | quote', 'var "l" . | first', 'index (var "l" .) 0 | quote',
    'var "l" . | join "-"', 'join "-" (var "l" .) | quote', 'len (var "s" .)',
    'var "s" . | default "d"', 'coalesce "" (var "s" .)', 'ternary (var "s" .) "t" true',
    'printf "%q" (var "s" .)', 'printf "\\"%s\\"" (var "s" .)', '(index (var "o" .) 0).s',
    '(index (var "o" .) 0).n', 'list (var "s" .) | last',
    'concat (var "l" .) (list "x") | first', 'trimSuffix "z" (var "s" .)', '"constant"',
    '(dict "k" (var "s" .)).k', 'var "l" . | toStringList',
)  # fmt: skip
# What is safe between quotes, and no literal without them.
DIGESTS = ('var "s" . | b64enc', 'sha256sum (var "s" .)')
AROUND = (
    "[[ {} ]]",
    "[[ $x := {} ]][[ $x ]]",
    "[[ with {} ]][[ . ]][[ end ]]",
    '[[ template "show" ({}) ]]',
    '[[ template "show_k" (dict "k" ({})) ]]',
    "[[ if true ]][[ {} ]][[ else ]]x[[ end ]]",
    "[[ range list ({}) ]][[ . ]][[ end ]]",
    '[[ range $e := var "o" . ]][[ $e.s | quote ]][[ end ]]',
    '[[ range var "l" . ]][[ . ]][[ end ]]',
)
PLACES = ("a = {}", 'a = "x {} y"', "a = [1, {}]", "b {{\n  a = {}\n}}", 'a = "${{f({})}}"')
HELPERS = '[[ define "show" ]][[ . ]][[ end ]][[ define "show_k" ]][[ .k ]][[ end ]]'


def made_up_templates() -> st.SearchStrategy[str]:
    def printed(expressions: Sequence[str]) -> st.SearchStrategy[str]:
        return st.builds(
            lambda around, expression: around.replace("{}", expression),
            st.sampled_from(AROUND),
            st.sampled_from(expressions),
        )

    anywhere = st.builds(
        lambda place, text: place.format(text), st.sampled_from(PLACES), printed(EXPRESSIONS)
    )
    return anywhere | printed(DIGESTS).map('a = "x {} y"'.format)


def structure(folder: Path, text: str) -> Sequence[str] | None:
    """The kinds of tokens in what is rendered with a text for each variable of text."""
    values = {"s": text, "n": 1, "l": [text], "o": [{"s": text, "n": 1}]}
    try:
        rendered = pipeline.render(load(folder), formatted=False, values=values)
    except errors.GeneratorError:
        return None
    (hcl,) = rendered.files.values()
    return [token.kind for token in scanner.scan(hcl)]


@settings(max_examples=100, deadline=None)
@given(made_up_templates())
def test_a_finding_is_where_a_value_can_change_what_the_hcl_is(template: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "templates").mkdir()
        (folder / "metadata.hcl").write_text(METADATA)
        (folder / "variables.hcl").write_text(VARIABLES)
        (folder / "templates/x.nomad.tpl").write_text(f"{template}\n")
        (folder / "templates/_h.tpl").write_text(HELPERS)

        found = [
            each
            for each in packs.check_pack(folder).findings
            if each.rule.startswith("unescaped-in-")
        ]
        harmless = structure(folder, HARMLESS)
        changed = [text for text in HOSTILE if structure(folder, text) != harmless]

    assert harmless is not None
    assert bool(found) == bool(changed)
