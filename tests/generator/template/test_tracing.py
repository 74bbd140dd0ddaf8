"""Traced renders: the same text, and for each character the template that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import choices, pack, pipeline, records, registry, template
from generator.commands import outside
from generator.snapshots import cases
from generator.template import tracing

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests" / "conformance" / "cases").iterdir(), key=lambda path: path.name)


def trace(texts: Mapping[str, str], dot: object = None) -> tracing.SourceMap:
    """Execute the template ``main`` of a set, traced."""
    functions = {**template.sprig_functions(None), **EXPAND}
    templates = template.TemplateSet(functions, traced=True)
    for name, text in texts.items():
        templates.add(name, text)
    files = {name: tracing.File(f"{name}.tpl", text) for name, text in texts.items()}
    return tracing.SourceMap(tracing.read(templates.execute("main", dot)), files)


EXPAND = {"tpl": template.pack_functions(template.PackContext("p", Path(), {}, {}, {}))["tpl"]}


def place(source: tracing.SourceMap, needle: str) -> str:
    return str(source.position(source.trace.text.index(needle)))


def test_each_character_of_a_text_leads_to_where_it_stands() -> None:
    source = trace({"main": "one\n  two [[ 1 ]] three\nfour"})

    assert source.trace.text == "one\n  two 1 three\nfour"
    assert place(source, "one") == "main.tpl:1:1"
    assert place(source, "wo") == "main.tpl:2:4"
    assert place(source, "three") == "main.tpl:2:15"
    assert place(source, "our") == "main.tpl:3:2"


def test_what_an_action_prints_leads_to_the_action() -> None:
    source = trace({"main": "a = [[ .x ]]!"}, {"x": "first\nsecond"})

    assert place(source, "second") == "main.tpl:1:8"
    assert place(source, "!") == "main.tpl:1:13"


def test_what_another_template_prints_leads_there() -> None:
    source = trace({"main": 'a [[ template "other" . ]] c', "other": "b[[- .x ]]"}, {"x": " X"})

    assert source.trace.text == "a b X c"
    assert place(source, "b") == "other.tpl:1:1"
    assert place(source, "X") == "other.tpl:1:6"
    assert place(source, "c") == "main.tpl:1:28"


def test_each_round_of_a_range_and_what_is_trimmed_lead_to_the_same_text() -> None:
    source = trace({"main": "[[ range .x -]]\n  item [[ . ]]\n[[- end ]]"}, {"x": [1, 2]})

    assert source.trace.text == "item 1item 2"
    assert [str(source.position(offset)) for offset in (0, 6)] == ["main.tpl:2:3"] * 2


def test_branches_and_definitions_are_traced() -> None:
    text = '[[ define "d" ]]D[[ end ]][[ if .x ]]A[[ else ]]B[[ end ]][[ with .x ]]C[[ end ]]'
    source = trace({"main": text + '[[ template "d" ]]'}, {"x": 0})

    assert source.trace.text == "BD"
    assert [place(source, "B"), place(source, "D")] == ["main.tpl:1:49", "main.tpl:1:17"]


def test_a_function_that_gets_rendered_text_sees_no_marks() -> None:
    texts = {"main": '[[ tpl "x[[ template `other` . ]]y" . | len ]]', "other": "12345"}
    assert trace(texts).trace.text == "7"


def test_what_is_taken_out_moves_all_that_follows() -> None:
    source = trace({"main": "<no [[ .x ]]>b<no value><no [[ .y ]]c\nd"}, {"x": "value", "y": "v"})

    shorter = tracing.SourceMap(source.trace.without("<no value>"), source.files)

    assert shorter.trace.text == "b<no vc\nd"
    assert [place(shorter, each) for each in "bcd"] == [
        "main.tpl:1:14", "main.tpl:1:37", "main.tpl:2:1"
    ]  # fmt: skip
    assert place(shorter, "v") == "main.tpl:1:32"


def test_nothing_printed_leads_nowhere() -> None:
    assert trace({"main": ""}).position(0) is None


@given(st.lists(st.sampled_from(["a", "aa", "ab", "\n", "[[ `aab` ]]", "[[ `` ]]"]), max_size=12))
@settings(deadline=None)
def test_taking_out_is_replacing_by_nothing(parts: list[str]) -> None:
    source = trace({"main": "".join(parts)})

    shorter = source.trace.without("ab")

    assert shorter.text == source.trace.text.replace("ab", "")
    for offset, character in enumerate(shorter.text):
        origin = shorter.origin(offset)
        assert origin is not None
        written = source.files["main"].text[origin.offset]
        assert written in (character, "`")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_traced_files_are_those_that_are_rendered(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(case)
    loaded, options = recorded_case(case)

    check_render(loaded, options)


@pytest.mark.parametrize("name", registry.names())
def test_so_are_those_of_our_own_packs(name: str) -> None:
    loaded = registry.find(name)
    taken = [case for case in cases.find(loaded.folder) if not case.fails]
    assert taken
    for case in taken:
        check_render(loaded, {"variant": case.variant, "var_files": case.files})


def check_render(loaded: pack.Pack, options: choices.Overrides) -> None:
    plain = pipeline.render(loaded, formatted=False, **options)
    traced = pipeline.render_traced(loaded, **options)

    assert traced.files == plain.files
    for name, text in traced.files.items():
        check_exactness(text, traced.sources[name])


def check_exactness(text: str, source: tracing.SourceMap) -> None:
    """Each text of a template stands there as it was rendered."""
    segments = source.trace.segments
    ends = (*(segment.start for segment in segments[1:]), len(text))
    for segment, end in zip(segments, ends, strict=True):
        if segment.exact:
            written = source.files[segment.origin.template].text
            assert written.startswith(text[segment.start : end], segment.origin.offset)


def recorded_case(folder: Path) -> tuple[pack.Pack, choices.Overrides]:
    """A case of tests/conformance: its pack, and what its arguments and environment give."""
    file = folder / "args"
    arguments = file.read_text().splitlines() if file.exists() else []
    environ = folder / "environ"
    lines = environ.read_text().splitlines() if environ.exists() else []
    command = click.Command(
        "render",
        params=[
            click.Option(["--var"], multiple=True),
            click.Option(["--var-file", "-f"], multiple=True),
            click.Option(["--allow-unset-vars"], is_flag=True),
        ],
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    given = command.make_context("render", arguments).params
    environment = dict(line.split("=", 1) for line in lines)
    options: choices.Overrides = {
        "impure": records.replace(outside.open_up(), environment=environment),
        "environment": dict(line.split("=", 1) for line in lines),
        "arguments": dict(text.split("=", 1) for text in given["var"]),
        "var_files": [path for text in given["var_file"] for path in text.split(",")],
        "allow_unset": given["allow_unset_vars"],
    }
    name = folder.name.split("--")[0]
    own = folder / name
    return pack.load(own if own.exists() else folder.parents[1] / "packs" / name), options
