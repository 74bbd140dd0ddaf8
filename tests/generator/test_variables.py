"""Values of variables: declarations, sources and their order, types, refusals with nomad-pack's words."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import declarations, pack, varfile, variables
from generator.errors import GeneratorError, VariableError

PackWriter = Callable[..., Path]

METADATA = 'app { url = "" }\npack {\n  name    = "p"\n  version = ""\n}\n'

SERVICE = """
variable "service" {
  type = object({
    name = string
    port = optional(number, 80)
    tags = optional(list(string))
  })
  default = { name = "web" }
}
"""


def resolve(
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    variant: Path | None = None,
    files: Sequence[Path] = (),
    arguments: Mapping[str, str] | None = None,
    values: Mapping[str, object] | None = None,
    allow_unset: bool = False,
) -> variables.Resolved:
    return variables.resolve(
        pack.load(folder),
        environment=environment or {},
        variant=variant,
        files=files,
        arguments=arguments or {},
        typed=values or {},
        allow_unset=allow_unset,
    )


def declare(kind: str, default: str) -> str:
    return f'variable "x" {{\n  type = {kind}\n  default = {default}\n}}\n'


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        ("string", "5", "5"),
        ("number", '"5"', 5),
        ("number", "1.0", 1),
        ("bool", '"true"', True),
        ("list(number)", '["1", 2]', [1, 2]),
        ("set(string)", '["b", "a", "b"]', ["a", "b"]),
        ("map(string)", "{ a = 1 }", {"a": "1"}),
        ("object({ a = string })", '{ a = "x", b = "dropped" }', {"a": "x"}),
        ("object({ a = string })", "{}", {}),
        ('object({ a = optional(string, "d") })', "{}", {"a": "d"}),
        ("any", '["a", true]', ["a", True]),
        ("string", "null", None),
    ],
)
def test_a_default_becomes_one_of_the_declared_type(kind: str, default: str, value: object) -> None:
    assert declarations.parse(declare(kind, default), "v")["x"].default == value


def test_of_two_declarations_of_one_name_the_later_counts() -> None:
    text = declare("string", '"first"') + declare("string", '"second"')

    assert declarations.parse(text, "v")["x"].default == "second"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('variable "1x" {}', "v:1:1: .*Name must start with a letter or underscore"),
        ("variable {}", r"All variable blocks must have 1 labels \(name\)"),
        ('variable "x" {\n description = true\n}', "expected to be of type string, got bool"),
        ('variable "x" {\n sensitive = true\n}', 'v:2:2: .*An argument named "sensitive"'),
        ('variable "x" {\n validation {\n }\n}', 'Blocks of type "validation" are not expected'),
        ("locals {}", 'Blocks of type "locals" are not expected here.'),
        (declare("number", '"many"'), "v:3:13: .*type constraint: a number is required."),
        (declare("text", "1"), 'The keyword "text" is not a valid type specification.'),
        (declare("string", "upper(1)"), "Functions may not be called here."),
        (declare("string", "other"), "Variables may not be used here."),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(GeneratorError, match=message):
        declarations.parse(text, "v")


def test_each_source_is_stronger_than_those_before_it(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    names = ["default", "environment", "variant", "file", "argument", "value"]
    declared = "".join(f'variable "v{index}" {{\n default = "default"\n}}\n' for index in range(6))
    folder = write_pack({"variables.hcl": declared})
    variant, file = tmp_path / "variant.hcl", tmp_path / "file.hcl"

    def given_to(first: int, text: str) -> str:
        return "".join(f'v{index} = "{text}"\n' for index in range(first, 6))

    variant.write_text(given_to(2, "variant"))
    file.write_text(given_to(3, "file"))

    resolved = resolve(
        folder,
        environment={f"NOMAD_PACK_VAR_v{index}": "environment" for index in range(1, 6)},
        variant=variant,
        files=[file],
        arguments={f"v{index}": "argument" for index in range(4, 6)},
        values={"v5": "value"},
    )

    assert resolved[()] == {f"v{index}": name for index, name in enumerate(names)}


def test_var_files_count_in_the_order_of_their_paths(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack({"variables.hcl": 'variable "x" {}'})
    files = [tmp_path / "b.hcl", tmp_path / "a.hcl"]
    for file in files:
        file.write_text(f'x = "{file.name}"')

    assert resolve(folder, files=files)[()]["x"] == "b.hcl"


def test_a_variant_is_weaker_than_a_file_whose_path_sorts_before_it(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack({"variables.hcl": 'variable "x" {}'})
    variant, file = tmp_path / "z.hcl", tmp_path / "a.hcl"
    variant.write_text('x = "variant"')
    file.write_text('x = "file"')

    assert resolve(folder, variant=variant, files=[file])[()]["x"] == "file"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", 'a "b" ${c}', 'a "b" ${c}'),
        ("number", "1e3", 1000),
        ("bool", "1 == 1", True),
        ("list(string)", '["a", 1]', ["a", "1"]),
        ("set(number)", "[2, 1, 2]", [1, 2]),
        ("any", '{ a = ["b"] }', {"a": ["b"]}),
        ("map(string)", "{}", {}),
    ],
)
def test_an_argument_is_text_or_an_expression_by_its_type(
    write_pack: PackWriter, kind: str, text: str, value: object
) -> None:
    folder = write_pack({"variables.hcl": f'variable "x" {{\n type = {kind}\n}}'})

    assert resolve(folder, arguments={"x": text})[()]["x"] == value


def test_an_argument_without_declared_type_is_text(write_pack: PackWriter) -> None:
    folder = write_pack({"variables.hcl": 'variable "x" {}'})

    assert resolve(folder, arguments={"x": "[1]"})[()]["x"] == "[1]"


def test_text_is_normalized_as_hcl_does(write_pack: PackWriter, tmp_path: Path) -> None:
    folder = write_pack({"variables.hcl": 'variable "a" {}\nvariable "b" {}\nvariable "c" {}'})
    file = tmp_path / "f.json"
    file.write_text('{"c": "e\u0301"}')

    resolved = resolve(folder, arguments={"a": "e\u0301"}, values={"b": "e\u0301"}, files=[file])

    assert set(resolved[()].values()) == {"\u00e9"}


def test_optional_attributes_are_filled_in_but_for_arguments(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack({"variables.hcl": SERVICE})
    file = tmp_path / "f.hcl"
    file.write_text('service = { name = "api", port = null }')
    api = {"name": "api", "port": 80}

    assert resolve(folder)[()]["service"] == {"name": "web", "port": 80, "tags": None}
    assert resolve(folder, files=[file])[()]["service"] == api
    assert resolve(folder, values={"service": {"name": "api"}})[()]["service"] == {
        **api,
        "tags": None,
    }
    with pytest.raises(VariableError, match='attributes "port" and "tags" are required'):
        resolve(folder, arguments={"service": '{ name = "api" }'})


def test_a_var_file_is_not_held_to_the_declared_type(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack({"variables.hcl": declare("number", "1")})
    file = tmp_path / "f.hcl"
    file.write_text('x = ["3"]')

    assert resolve(folder, files=[file])[()]["x"] == ["3"]


def test_python_values_are_held_to_the_declared_type(write_pack: PackWriter) -> None:
    folder = write_pack({"variables.hcl": declare("number", "1")})

    assert resolve(folder, values={"x": "3"})[()]["x"] == 3
    assert resolve(folder, values={"x": 3.0})[()]["x"] == 3
    with pytest.raises(VariableError, match=r'variable "x": .*: a number is required'):
        resolve(folder, values={"x": "many"})
    with pytest.raises(VariableError, match="it takes what JSON can hold"):
        resolve(folder, values={"x": {1, 2}})
    with pytest.raises(VariableError, match="it takes what JSON can hold"):
        resolve(folder, values={"x": float("nan")})


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(text=TEXT)
def test_any_text_arrives_as_it_is_from_python_and_from_json(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "metadata.hcl").write_text(METADATA)
    (folder / "variables.hcl").write_text('variable "x" {}\nvariable "y" {}')
    file = folder / "f.json"
    file.write_text(json.dumps({"y": [text]}))

    resolved = resolve(folder, values={"x": [text]}, files=[file])

    same = [unicodedata.normalize("NFC", text)]
    assert resolved[()] == {"x": same, "y": same}


@pytest.fixture
def parent(write_pack: PackWriter) -> Path:
    """A pack with a dependency ``child``, and ``leaf`` below that; each has a variable ``x``."""
    dependency = METADATA + 'dependency "%s" {}'
    x = 'variable "x" {\n default = 0\n}'
    return write_pack(
        {
            "metadata.hcl": dependency % "child",
            "variables.hcl": x,
            "deps/child/metadata.hcl": dependency % "leaf",
            "deps/child/variables.hcl": x,
            "deps/child/deps/leaf/metadata.hcl": METADATA,
            "deps/child/deps/leaf/variables.hcl": x,
        }
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("f.hcl", "x = 1\nchild.x = 2\nchild.leaf.x = 3\n"),
        ("f.hcl", 'x: 1, "child.x": 2, child["leaf"].x = 3'),
        ("F.HCL", "(x) = 1\n(child.x) = 2\nchild.leaf.x = 3 # comment"),
        ("f.json", '{"x": 1, "child.x": 2, "child.leaf.x": 3}'),
    ],
)
def test_variables_of_dependencies_are_named_with_dots_in_files(
    parent: Path, tmp_path: Path, file: str, text: str
) -> None:
    (tmp_path / file).write_text(text)

    resolved = resolve(parent, files=[tmp_path / file])

    assert resolved == {(): {"x": 1}, ("child",): {"x": 2}, ("child", "leaf"): {"x": 3}}


def test_variables_of_dependencies_are_named_with_dots_elsewhere_too(parent: Path) -> None:
    resolved = resolve(
        parent,
        environment={"NOMAD_PACK_VAR_x": "1"},
        arguments={"child.x": "2"},
        values={"child.leaf.x": 3},
    )

    assert resolved == {(): {"x": "1"}, ("child",): {"x": "2"}, ("child", "leaf"): {"x": 3}}


def test_files_may_name_packs_that_are_not_there_but_nothing_else_may(
    parent: Path, tmp_path: Path
) -> None:
    file = tmp_path / "f.hcl"
    file.write_text("other.x = 1")

    assert resolve(parent, files=[file]) == resolve(parent)
    with pytest.raises(VariableError, match=r'There is no variable named "other.x"'):
        resolve(parent, arguments={"other.x": "1"})


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("f.hcl", "a = 1\n  y = 2", r"f\.hcl:2:3: There is no variable named \"y\""),
        ("f.json", '{"a": 1,\n "y": 2}', r"f\.json:2:2: There is no variable named \"y\""),
        ("f.hcl", "x = upper(1)", r"f\.hcl:1:5: .*Functions may not be called here."),
        ("f.hcl", "x = other", r"f\.hcl:1:5: .*Variables may not be used here."),
        ("f.hcl", 'x = "open\n', r"f\.hcl:1:10: .*may not be split over multiple lines"),
        ("f.hcl", "x = 1\n}\ny = {", r"f\.hcl:2:1: .*Unexpected closing brace"),
        ("f.hcl", "for k, v in [1] : k => v", r"f\.hcl:.*Invalid file with values"),
        ("f.hcl", "x[0] = 1", r"f\.hcl:1:\d: .*Only whole variables can be given a value"),
        ("f.hcl", "1 = 1", r"f\.hcl:1:1: .*The name of a variable is wanted here"),
        ("f.json", "[1]", r"f\.json:1:1: .*one JSON object"),
        ("f.json", '{"x": 1e99999}', r"f\.json:1:7: .*too large or too small"),
        ("f.json", '{"x": }', r"f\.json:1:7: "),
        ("f.yaml", "x: 1", 'unrecognized file format suffix ".yaml"'),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(
    write_pack: PackWriter, tmp_path: Path, file: str, text: str, message: str
) -> None:
    folder = write_pack({"variables.hcl": 'variable "a" {}\nvariable "x" {}'})
    (tmp_path / file).write_text(text)

    with pytest.raises(GeneratorError, match=message):
        resolve(folder, files=[tmp_path / file])


def test_a_file_that_is_missing_or_no_text_is_refused(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack()
    binary = tmp_path / "f.hcl"
    binary.write_bytes(b"\xff")

    with pytest.raises(VariableError, match=r"error loading variable file .*no such file"):
        resolve(folder, files=[tmp_path / "absent.hcl"])
    with pytest.raises(VariableError, match="not UTF-8 text at byte 0"):
        resolve(folder, files=[binary])


def test_a_source_of_an_unknown_variable_is_named(write_pack: PackWriter) -> None:
    folder = write_pack()

    with pytest.raises(VariableError, match="<value for var y from environment>:1:1: There is no"):
        resolve(folder, environment={"NOMAD_PACK_VAR_y": "1", "y": "2"})
    with pytest.raises(VariableError, match="<value for var y from arguments>:1:1: There is no"):
        resolve(folder, arguments={"y": "1"})
    with pytest.raises(VariableError, match=r'^There is no variable named "y"'):
        resolve(folder, values={"y": "1"})


def test_all_missing_values_are_told_at_once_with_their_descriptions(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    described = 'variable "a" {\n description = "the first"\n}\n'
    folder = write_pack({"variables.hcl": described + 'variable "b" {\n default = 1\n}\n'})
    file = tmp_path / "f.hcl"
    file.write_text("b = null")

    with pytest.raises(VariableError) as caught:
        resolve(folder, files=[file])

    assert str(caught.value) == (
        'missing required variable: "a" (the first)\nmissing required variable: "b"'
    )
    assert resolve(folder, files=[file], allow_unset=True)[()] == {"a": None, "b": None}


SYNTAX = 'x|y| = |: |{|}|[|]|(|)|"|${|%{|<<E\n|\nE\n|\n|,|.|0|1e9|-|true|null|for | in |...|\\u|\\|#|é|\0'
PIECES = st.sampled_from(SYNTAX.split("|"))


@given(pieces=st.lists(PIECES, max_size=12), suffix=st.sampled_from([".hcl", ".json"]))
def test_any_text_as_var_file_is_read_or_refused_and_nothing_else(
    pieces: list[str], suffix: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("f") / f"f{suffix}"
    file.write_bytes("".join(pieces).encode())

    try:
        overrides = varfile.read(str(file))
    except GeneratorError as error:
        assert str(error).startswith(f"{file}:")
    else:
        assert all(override.position.file == str(file) for override in overrides)
