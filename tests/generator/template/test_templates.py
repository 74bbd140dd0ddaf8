"""The template language as a user of TemplateSet meets it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import errors, template


def expand(text: str, data: object = None, **more: str) -> str:
    templates = template.TemplateSet(template.sprig_functions())
    for name, other in more.items():
        templates.add(name, other)
    templates.add("main", text, "main.tpl")
    return templates.execute("main", data)


def complaint(text: str, data: object = None) -> template.Mistake:
    with pytest.raises(template.Mistake) as caught:
        expand(text, data)
    return caught.value


def test_text_without_actions_stays_as_it_is() -> None:
    assert expand('job "x" {\n  a = "${NOMAD_PORT}" # {{ }}\n}\n') == (
        'job "x" {\n  a = "${NOMAD_PORT}" # {{ }}\n}\n'
    )


def test_trim_markers_take_the_space_beside_them() -> None:
    assert expand("a \n [[- 1 -]] \t\n b [[ 2 -]]\nc") == "a1b 2c"


def test_a_minus_without_space_is_a_sign_and_no_trim_marker() -> None:
    assert expand("a [[-3]]") == "a -3"


def test_comments_vanish_and_can_trim() -> None:
    assert expand("a[[/* one\ntwo */]]b [[- /* three */ -]] c") == "abc"


def test_fields_lead_through_maps() -> None:
    assert expand("[[ .a.b ]] [[ $.a.b ]] [[ (.a).b ]]", {"a": {"b": 1}}) == "1 1 1"


def test_a_missing_field_is_no_value() -> None:
    assert expand("<[[ .a ]]>", {}) == "<<no value>>"


def test_else_if_and_else_with_choose_the_first_that_holds() -> None:
    text = "[[ if eq . 1 ]]one[[ else if eq . 2 ]]two[[ else ]]more[[ end ]]"
    assert [expand(text, number) for number in (1, 2, 3)] == ["one", "two", "more"]
    text = "[[ with .a ]]a[[ . ]][[ else with .b ]]b[[ . ]][[ else ]]none[[ end ]]"
    assert expand(text, {"a": 1, "b": 2}) == "a1"
    assert expand(text, {"b": 2}) == "b2"
    assert expand(text, {}) == "none"


def test_range_walks_lists_maps_in_order_of_keys_and_numbers() -> None:
    data = {"list": ["x", "y"], "map": {"b": 2, "a": 1, "B": 0}}
    assert expand("[[ range .list ]][[ . ]],[[ end ]]", data) == "x,y,"
    assert expand("[[ range $i, $e := .list ]][[ $i ]][[ $e ]],[[ end ]]", data) == "0x,1y,"
    assert expand("[[ range $k, $v := .map ]][[ $k ]][[ $v ]],[[ end ]]", data) == "B0,a1,b2,"
    assert expand("[[ range 3 ]][[ . ]][[ end ]]") == "012"


def test_range_over_nothing_takes_the_else_branch() -> None:
    text = "[[ range $e := .x ]][[ $e ]][[ else ]]none[[ end ]]"
    nothing: tuple[object, ...] = ([], {}, None, 0)
    for empty in nothing:
        assert expand(text, {"x": empty}) == "none"


def test_the_else_branch_is_not_taken_after_a_loop_that_was_left_at_once() -> None:
    assert expand("[[ range . ]]x[[ break ]][[ else ]]none[[ end ]]", [1, 2]) == "x"
    assert expand("[[ range . ]]x[[ continue ]][[ else ]]none[[ end ]]", [1, 2]) == "xx"


def test_an_assignment_in_a_loop_is_seen_after_it() -> None:
    text = "[[ $last := 0 ]][[ range . ]][[ $last = . ]][[ end ]][[ $last ]]"
    assert expand(text, [1, 2, 3]) == "3"


def test_an_assignment_in_nested_blocks_reaches_the_outer_variable() -> None:
    text = (
        "[[ $x := 1 ]][[ if true ]][[ with 1 ]][[ range 2 ]][[ $x = add $x 10 ]][[ end ]]"
        "[[ end ]][[ end ]][[ $x ]]"
    )
    assert expand(text) == "21"


def test_a_declaration_in_a_block_hides_the_outer_variable_only_there() -> None:
    text = "[[ $x := 1 ]][[ if true ]][[ $x := 2 ]][[ $x = 3 ]][[ $x ]][[ end ]][[ $x ]]"
    assert expand(text) == "31"


def test_range_can_assign_to_variables_of_outside() -> None:
    text = "[[ $i := 9 ]][[ $e := 9 ]][[ range $i, $e = . ]][[ end ]][[ $i ]][[ $e ]]"
    assert expand(text, ["a", "b"]) == "1b"


def test_a_variable_can_be_declared_inside_parentheses() -> None:
    assert expand("[[ add ($x := 5) 1 ]] [[ $x ]] [[ print ($x = 7) ]][[ $x ]]") == "6 5 77"


def test_the_dollar_is_what_the_template_was_given() -> None:
    assert expand(
        "[[ range .l ]][[ with . ]][[ $.a ]][[ . ]][[ end ]][[ end ]]", {"a": 1, "l": [2]}
    )
    assert expand("[[ with .l ]][[ $ = 5 ]][[ $ ]][[ end ]][[ . ]]", {"l": 2}) == "5map[l:2]"


def test_templates_call_one_another_across_texts_without_sharing_variables() -> None:
    helper = '[[ define "pair" ]]<[[ .a ]]|[[ $ ]]>[[ end ]]'
    assert expand('[[ template "pair" . ]]', {"a": 1}, helper=helper) == "<1|map[a:1]>"
    message = complaint('[[ $x := 1 ]][[ define "t" ]][[ $x ]][[ end ]]').message
    assert message == 'undefined variable "$x"'


def test_a_block_is_a_template_that_is_called_where_it_stands() -> None:
    assert expand('[[ block "b" .a ]]{[[ . ]]}[[ end ]][[ template "b" 2 ]]', {"a": 1}) == "{1}{2}"


def test_a_template_can_call_itself() -> None:
    text = (
        '[[ define "down" ]][[ . ]][[ if gt . 0 ]] [[ template "down" (sub . 1 | int) ]]'
        '[[ end ]][[ end ]][[ template "down" 3 ]]'
    )
    assert expand(text) == "3 2 1 0"


def test_endless_recursion_is_an_error_of_the_template() -> None:
    assert (
        "exceeded maximum template depth"
        in complaint('[[ define "r" ]][[ template "r" ]][[ end ]][[ template "r" ]]').message
    )


def test_a_value_that_holds_itself_is_an_error_of_the_template() -> None:
    mistake = complaint('[[ $a := dict ]][[ $_ := set $a "x" $a ]][[ $a ]]')
    assert "nested too deeply" in mistake.message


def test_a_later_definition_takes_the_place_of_an_earlier_one_unless_it_is_empty() -> None:
    templates = template.TemplateSet({})
    templates.add("a", '[[ define "x" ]]first[[ end ]][[ template "x" ]]')
    templates.add("b", '[[ define "x" ]]second[[ end ]]')
    templates.add("c", '[[ define "x" ]] \n [[ end ]]')
    assert templates.execute("a") == "second"
    assert complaint('[[ define "x" ]]1[[ end ]][[ define "x" ]]2[[ end ]]').message == (
        'template: multiple definition of template "x"'
    )


def test_a_name_that_was_never_added_is_an_error() -> None:
    with pytest.raises(errors.TemplateError, match='no template "nowhere"'):
        template.TemplateSet({}).execute("nowhere")


def test_and_and_or_stop_at_the_value_that_decides() -> None:
    assert expand('[[ and 0 (fail "not reached") ]] [[ or "x" (fail "not reached") ]]') == "0 x"
    assert expand("[[ and 1 2 3 ]] [[ or 0 nil 4 ]] [[ 5 | and 1 ]] [[ 6 | or 0 ]]") == "3 4 5 6"


def test_the_piped_value_is_the_last_argument() -> None:
    assert expand('[[ "x" | printf "%s-%s" "a" | upper | quote ]]') == '"A-X"'


def test_an_error_names_file_line_column_and_shows_the_line() -> None:
    mistake = complaint("first\n  ä [[ upper .n ]]", {"n": 5})
    assert mistake.position == errors.Position("main.tpl", 2, 14)
    assert str(mistake) == (
        'main.tpl:2:14: executing "main" at <.n>: wrong type for value; expected string; got int\n'
        "    ä [[ upper .n ]]\n"
        "               ^"
    )


def test_an_error_keeps_what_go_says_with_its_own_columns() -> None:
    assert complaint("ä [[ upper .n ]]", {"n": 5}).go_text == (
        'template: main:1:12: executing "main" at <.n>: '
        "wrong type for value; expected string; got int"
    )
    assert complaint("a\n[[ nope ]]").go_text == 'template: main:2: function "nope" not defined'


def test_an_error_in_a_helper_is_at_its_place_in_the_helper() -> None:
    templates = template.TemplateSet(template.sprig_functions())
    templates.add("_h.tpl", '\n[[ define "h" ]][[ fail "no" ]][[ end ]]')
    templates.add("main", '[[ template "h" . ]]')
    with pytest.raises(template.Mistake) as caught:
        templates.execute("main")
    assert str(caught.value.position) == "_h.tpl:2:20"
    assert caught.value.message == 'executing "h" at <fail "no">: error calling fail: no'


def test_the_same_text_has_the_place_of_each_file_it_stands_in() -> None:
    for file in ("one.tpl", "two.tpl"):
        templates = template.TemplateSet({})
        with pytest.raises(template.Mistake) as caught:
            templates.add("t", "[[ end ]]", file)
        assert caught.value.position is not None
        assert caught.value.position.file == file


def test_long_chains_of_else_if_are_no_nesting() -> None:
    links = "".join(f"[[ else if eq . {at} ]]{at}" for at in range(1, 500))
    assert expand(f"[[ if eq . 0 ]]0{links}[[ end ]]", 499) == "499"


def test_what_is_nested_deeper_than_python_can_is_an_error_of_the_template() -> None:
    assert expand("[[ range 1 ]]" * 18 + "x" + "[[ end ]]" * 18) == "x"
    assert expand("[[ if 1 ]]" * 60 + "x" + "[[ end ]]" * 60) == "x"
    for deep in (
        "[[ range 1 ]]" * 19 + "[[ end ]]" * 19,
        "[[ if 1 ]]" * 500 + "[[ end ]]" * 500,
        "[[ " + "(" * 500 + "1" + ")" * 500 + " ]]",
        '[[ "x"' + " | print" * 900 + " ]]",
        "[[ with 0 ]]" + "[[ else with 0 ]]" * 300 + "[[ end ]]",
    ):
        assert complaint(deep).position is not None


def test_nomads_own_template_blocks_are_expanded_with_other_delimiters_and_functions() -> None:
    def base64_decode(text: str) -> str:
        return {"cGF0aA==": "path"}[text]

    def nomad_var(path: str) -> object:
        return {"path": {"username": "ann"}}[path]

    functions = {"base64Decode": base64_decode, "nomadVar": nomad_var}
    templates = template.TemplateSet(functions, "{{", "}}")
    templates.add("t", '{{ with nomadVar (base64Decode "cGF0aA==") }}{{ .username }}{{ end }}[[ ]]')
    assert templates.execute("t") == "ann[[ ]]"


def test_a_function_that_fails_names_itself_and_its_reason() -> None:
    def secret(_path: str) -> str:
        msg = "no such path"
        raise template.CallError(msg)

    templates = template.TemplateSet({"secret": secret}, "{{", "}}")
    templates.add("t", '{{ secret "a" }}')
    with pytest.raises(
        template.Mistake, match=r'at <secret "a">: error calling secret: no such path'
    ):
        templates.execute("t")


PIECES = st.sampled_from(
    (
        "[[", "]]", "[[- ", " -]]", " ", "if", "else", "end", "range", "with", "define", "block",
        "template", '"t"', "$x", ":=", "=", ".a", ".", "(", ")", "|", "1", "printf", '"', "`", "nil",
        "break", "/*", "*/", "\n", "true", ",", "'c'", "1+2i", "@", "é", "0x", "]", "index", "len",
    )
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=3), max_size=25).map("".join))
def test_whatever_text_either_expands_or_is_an_error_of_the_template(text: str) -> None:
    try:
        assert isinstance(expand(text, {"a": [1, {"b": None}]}), str)
    except errors.TemplateError as error:
        assert error.message


@given(st.text(st.characters(blacklist_characters="["), max_size=60))
def test_text_without_a_delimiter_is_never_touched(text: str) -> None:
    assert expand(text) == text
