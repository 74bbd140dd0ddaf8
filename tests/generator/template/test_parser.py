"""Mistakes in a template's syntax: Go's words, and the place where they are."""

from __future__ import annotations

import pytest

from generator import template

MISTAKES = {
    "[[ ]]": ("missing value for command", "1:4"),
    "[[ if ]]x[[ end ]]": ("missing value for if", "1:7"),
    "[[ 1x ]]": ('bad number syntax: "1x"', "1:4"),
    '[[ "a\n" ]]': ("unterminated quoted string", "1:4"),
    "[[ `a": ("unterminated raw quoted string", "1:4"),
    "a\n[[ 'x ]]": ("unterminated character constant", "2:4"),
    "[[ (1 ]]": ("unclosed left paren", "1:7"),
    "[[ 1) ]]": ("unexpected right paren", "1:5"),
    "[[ /* x */ ]]": ('unexpected "/" in command', "1:4"),
    "[[/* x": ("unclosed comment", "1:3"),
    "[[/* x */ y ]]": ("comment ends before closing delimiter", "1:3"),
    "[[ 1 | 2 ]]": ("non executable command in pipeline stage 2", "1:10"),
    "[[ include 1 ]]": ('function "include" not defined', "1:4"),
    "[[ $x ]]": ('undefined variable "$x"', "1:4"),
    "[[ break ]]": ("{{break}} outside {{range}}", "1:10"),
    "a\nb[[ end ]]": ("unexpected {{end}}", "2:9"),
    "[[ if 1 ]]\n": ("unexpected EOF", "2:1"),
    "[[ if 1 ]][[ else ]][[ else ]][[ end ]]": ("expected end; found {{else}}", "1:29"),
    '[[ if 1 ]][[ define "x" ]][[ end ]]': ("unexpected <define> in command", "1:14"),
    "[[ $a, $b := 1 ]]": ("too many declarations in command", "1:6"),
    "[[ range $a, 1 ]][[ end ]]": ("range can only initialize variables", "1:14"),
    "[[ template x ]]": ('unexpected "x" in template clause', "1:13"),
    '[[ "x".a ]]': ('unexpected . after term "\\"x\\""', "1:9"),
    "[[ 1 2": ("unclosed action", "1:7"),
    "[[ if 1\n2": ("unclosed action started at t:1", "2:2"),
    "[[ @ ]]": ('unexpected "@" in command', "1:4"),
    "[[ \x01 ]]": ("unrecognized character in action: U+0001", "1:4"),
    "[[ a@b ]]": ("bad character U+0040 '@'", "1:4"),
    '[[ "\\q" ]]': ("invalid syntax", "1:4"),
    "[[ 99999999999999999999 ]]": ('integer overflow: "99999999999999999999"', "1:4"),
}


@pytest.mark.parametrize("text", list(MISTAKES))
def test_a_mistake_is_told_in_gos_words_at_its_place(text: str) -> None:
    message, place = MISTAKES[text]
    with pytest.raises(template.Mistake) as caught:
        template.TemplateSet({}).add("t", text, "t.tpl")

    assert caught.value.message == message
    assert str(caught.value.position) == f"t.tpl:{place}"


def test_keywords_are_names_of_fields_too() -> None:
    templates = template.TemplateSet({})
    templates.add("t", "[[ .end.if ]][[ range . ]][[ .break ]][[ end ]]")
    assert templates.execute("t", {"end": {"if": 1, "break": 2}}) == "12"


def test_literals_are_written_as_in_go() -> None:
    templates = template.TemplateSet({})
    templates.add("t", r"""[[ print 0x1F 0b11 0o17 017 1_000 1e3 .5 'a' '\n' true nil ]]""")
    assert templates.execute("t") == "31 3 15 15 1000 1000 0.5 97 10 true <nil>"
    templates.add("s", r"""[[ print "a\t\x41\u00e9\101" `raw\n` ]]""")
    assert templates.execute("s") == "a\tAéAraw\\n"
