"""Values of variables: declarations, sources and their order, types, refusals with nomad-pack's words."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import pack, variables
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

NUMBER = 'variable "x" {\n  type    = number\n  default = 1\n}\n'


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
    folder = write_pack({"variables.hcl": 'variable "a" {}\nvariable "b" {}'})
    file = tmp_path / "f.json"
    file.write_text('{"b": "e\u0301"}')

    resolved = resolve(folder, arguments={"a": "e\u0301"}, files=[file])

    assert set(resolved[()].values()) == {"\u00e9"}


def test_text_from_python_is_not_normalized(write_pack: PackWriter) -> None:
    folder = write_pack({"variables.hcl": 'variable "a" {}'})

    resolved = resolve(folder, values={"a": {"e\u0301": ["e\u0301"]}})

    assert resolved[()]["a"] == {"e\u0301": ["e\u0301"]}


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
    folder = write_pack({"variables.hcl": NUMBER})
    file = tmp_path / "f.hcl"
    file.write_text('x = ["3"]')

    assert resolve(folder, files=[file])[()]["x"] == ["3"]


def test_python_values_are_held_to_the_declared_type(write_pack: PackWriter) -> None:
    folder = write_pack({"variables.hcl": NUMBER})

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
def test_any_text_arrives_as_it_is_from_python_and_as_hcl_has_it_from_json(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pack")
    (folder / "metadata.hcl").write_text(METADATA)
    (folder / "variables.hcl").write_text('variable "x" {}\nvariable "y" {}')
    file = folder / "f.json"
    file.write_text(json.dumps({"y": [text]}))

    resolved = resolve(folder, values={"x": [text]}, files=[file])

    assert resolved[()] == {"x": [text], "y": [unicodedata.normalize("NFC", text)]}


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
    ("file", "text", "place"),
    [
        ("f.hcl", "x = 1\n  y = 2", "f.hcl:2:3: "),
        ("f.json", '{"x": 1,\n "y": 2}', "f.json:2:2: "),
    ],
)
def test_an_unknown_variable_in_a_file_is_refused_with_its_place(
    write_pack: PackWriter, tmp_path: Path, file: str, text: str, place: str
) -> None:
    folder = write_pack({"variables.hcl": NUMBER})
    (tmp_path / file).write_text(text)

    with pytest.raises(VariableError) as caught:
        resolve(folder, files=[tmp_path / file])

    assert f'{place}There is no variable named "y"' in str(caught.value)


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

    assert caught.value.message == (
        'missing required variable: "a" (the first)\nmissing required variable: "b"'
    )
    assert "--var a=VALUE" in (caught.value.hint or "")
    assert resolve(folder, files=[file], allow_unset=True)[()] == {"a": None, "b": None}


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ({"datacenter": "x"}, 'did you mean "datacenters"?'),
        ({"child.prt": "1"}, 'did you mean "child.port"?'),
        ({"port": "1"}, 'did you mean "child.port"?'),
        ({"nothing_like_it": "1"}, "the variables are: datacenters, conf, child.port"),
        ({"datacenters": "dc1"}, '"datacenters" takes list of string: the text is read as HCL'),
        ({"conf": "{}"}, "only in a file for -f may optional() attributes be left out"),
    ],
)
def test_a_wrong_name_or_value_is_refused_with_what_may_be_meant(
    write_pack: PackWriter, given: dict[str, str], hint: str
) -> None:
    declared = (
        'variable "datacenters" {\n type = list(string)\n}\n'
        'variable "conf" {\n type = object({ a = string, b = optional(string) })\n}\n'
    )
    folder = write_pack(
        {
            "metadata.hcl": METADATA + 'dependency "child" {}',
            "variables.hcl": declared,
            "deps/child/metadata.hcl": METADATA,
            "deps/child/variables.hcl": 'variable "port" {}',
        }
    )

    with pytest.raises(GeneratorError) as caught:
        resolve(folder, arguments=given, allow_unset=True)

    assert hint in (caught.value.hint or "")
