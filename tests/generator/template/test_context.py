"""nomad-pack's own functions, and what a pack's templates see."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import template

METADATA = {
    "app": {"url": "https://example.org"},
    "pack": {"name": "parent", "version": "1.2.3", "description": "", "path": "/packs/parent"},
    "dependencies": [],
}


def context(
    variables: dict[str, object],
    *,
    path: Path | str = "/packs/parent",
    name: str = "parent",
    dependencies: dict[str, template.PackContext] | None = None,
) -> template.PackContext:
    metadata = {**METADATA, "pack": {**METADATA["pack"], "name": name, "path": str(path)}}  # type: ignore[dict-item]
    return template.PackContext(name, path, variables, metadata, dependencies or {})


def expand(text: str, root: template.PackContext) -> str:
    templates = template.TemplateSet(template.pack_functions(root))
    templates.add("parent/templates/x.tpl", text)
    return templates.execute("parent/templates/x.tpl", root)


def complaint(text: str, root: template.PackContext) -> str:
    with pytest.raises(template.Mistake) as caught:
        expand(text, root)
    return caught.value.message


def test_var_reads_variables_by_dotted_names() -> None:
    root = context({"a": {"b": {"c": 1}}, "s": "x"})
    assert expand('[[ var "a.b.c" . ]] [[ var "s" . ]] [[ var "a.b" . ]]', root) == "1 x map[c:1]"


def test_var_of_what_is_not_there_is_an_empty_text_and_must_var_an_error() -> None:
    root = context({"s": "x", "unset": None})
    assert expand('<[[ var "nope" . ]][[ var "s.deeper" . ]]>', root) == "<>"
    assert expand('[[ var "unset" . ]]', root) == "<no value>"
    assert complaint('[[ must_var "nope" . ]]', root).endswith("var key nope not found")
    assert complaint('[[ must_var "s.deeper" . ]]', root).endswith(
        "encountered non-traversable key while traversing"
    )


def test_var_needs_a_context() -> None:
    root = context({"l": [1]})
    assert complaint('[[ range var "l" . ]][[ var "l" . ]][[ end ]]', root).endswith(
        "wrong type for value; expected parser.PackContextable; got int"
    )
    assert expand('[[ range var "l" . ]][[ var "l" $ ]][[ end ]]', root) == "[1]"


def test_dependencies_are_contexts_of_their_own() -> None:
    grandchild = context({"port": 3}, name="db")
    child = context({"port": 2}, name="cache", dependencies={"db": grandchild})
    root = context({"port": 1}, dependencies={"c1": child})
    text = '[[ var "port" . ]][[ var "port" .c1 ]][[ var "port" .c1.db ]] [[ .c1.Name ]]'
    assert expand(text, root) == "123 cache"
    assert expand("[[ deps_tree . ]] [[ len (deps .) ]]", root) == "[.c1 .c1.db] 1"
    assert expand("[[ range $k, $d := deps . ]][[ $k ]]=[[ $d.Name ]][[ end ]]", root) == "c1=cache"


def test_a_dependency_that_is_not_there_is_nil() -> None:
    root = context({})
    assert expand("[[ .nope ]]", root) == "<nil>"
    assert complaint('[[ var "x" .nope ]]', root).endswith("nil pointer dereference")
    assert complaint("[[ .nope.x ]]", root).endswith(
        "nil pointer evaluating parser.PackContextable.x"
    )


def test_metadata_is_read_by_dotted_names() -> None:
    root = context({})
    text = '[[ meta "pack.name" . ]] [[ meta "app.url" . ]] <[[ meta "nope" . ]]> [[ .Name ]]'
    assert expand(text, root) == "parent https://example.org <> parent"
    assert expand("[[ ._self.Pack.Metadata.Pack.Version ]]", root) == "1.2.3"
    assert complaint('[[ must_meta "nope" . ]]', root).endswith("meta key nope not found")
    assert complaint('[[ must_meta "pack" . ]]', root).endswith(
        "traversal ended on non-metadata item key"
    )


def test_to_string_list_writes_a_list_as_hcl_does() -> None:
    root = context({"l": ["a", 'b"c'], "s": "one", "objects": [{"a": "x"}]})
    text = '[[ var "l" . | toStringList ]] [[ var "s" . | toStringList ]]'
    assert expand(text, root) == '["a", "b\\"c"] ["one"]'
    # Neither a list of texts from a function nor one of objects is a []interface {} in Go.
    assert expand('[[ splitList "," "a,b" | toStringList ]]', root) == '[["a" "b"]]'
    assert expand('[[ var "objects" . | toStringList ]]', root) == '[[map["a":"x"]]]'


def test_values_have_the_go_types_that_nomad_pack_gives_them() -> None:
    root = context({"objects": [{"a": 1}], "mixed": [1, {}], "big": 2**70, "n": 1, "empty": []})
    text = '[[ typeOf (var "objects" .) ]] [[ typeOf (var "mixed" .) ]] [[ typeOf (var "big" .) ]]'
    assert expand(text, root) == "[]map[string]interface {} []interface {} float64"
    assert expand('[[ typeOf (var "n" .) ]] [[ typeOf (var "empty" .) ]]', root) == (
        "int []interface {}"
    )


def test_files_are_read_beside_the_pack(tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("hello\n")
    root = context({}, path=tmp_path)
    assert expand(
        '[[ fileRelative "motd" . ]][[ fileContents (print packPath "/motd") ]]', root
    ) == ("hello\nhello\n")
    assert complaint('[[ fileContents "/no/where" ]]', root).endswith(
        "failed to read /no/where: open /no/where: no such file or directory"
    )
    assert "fileRelative: failed to read" in complaint('[[ fileRelative "nope" . ]]', root)


def test_tpl_expands_a_text_with_the_templates_around_it() -> None:
    root = context({"t": '[[ template "h" . ]]-[[ var "n" . ]]<[[ index (list nil) 0 ]]>', "n": 5})
    text = '[[ define "h" ]]helped[[ end ]][[ tpl (var "t" .) . ]]'
    assert expand(text, root) == "helped-5<>"
    assert complaint('[[ tpl "[[ if ]]" . ]]', root).endswith(
        "error calling tpl: cannot parse template template: tpl:1: missing value for if"
    )


def test_what_asks_a_cluster_fails_only_when_it_is_called() -> None:
    root = context({})
    for call in ("nomadRegions", "nomadNamespaces", 'nomadNamespace "x"'):
        assert "asks a running Nomad" in complaint(f"[[ {call} ]]", root)
        assert expand(f"[[ if false ]][[ {call} ]][[ end ]]ok", root) == "ok"
