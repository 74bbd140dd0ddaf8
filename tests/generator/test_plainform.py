"""What files of HCL say, as another process reads it from disk."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from generator import diskcache, pack, plainform, varfile
from generator.errors import HclError
from generator.hcl import numbers, plainvalues, types, values

PackWriter = Callable[..., Path]

VARIABLES = """
variable "text" {
  description = "Zoë's"
  default     = "a\\nb"
}
variable "numbers" {
  type    = set(number)
  default = [3, 0.1, 1e30, 2]
}
variable "ports" {
  type = map(object({ to = number, name = optional(string, "http") }))
  default = { a = { to = 80 } }
}
variable "pair" {
  type    = tuple([string, bool])
  default = ["x", true]
}
variable "any" {
  default = { list = [1, [null]], empty = {} }
}
variable "required" {
  type = list(string)
}
"""
METADATA = """
app {
  url = "https://example.org"
}
pack {
  name    = "demo"
  version = "1"
}
integration {
  identifier = "i"
  name       = "n"
  flags      = ["f"]
}
dependency "child" {
  enabled = false
}
"""


def cache_in(folder: Path) -> diskcache.DiskCache:
    return diskcache.DiskCache(str(folder / "cache"), "v1")


def test_a_pack_is_the_same_when_its_files_were_read_by_another_process(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack({"variables.hcl": VARIABLES, "metadata.hcl": METADATA})
    plain = pack.load(folder)
    for _ in range(2):
        found = pack.load(folder, cache=cache_in(tmp_path))
        assert found.metadata == plain.metadata
        assert found.metadata.dependencies[0].position == plain.metadata.dependencies[0].position
        assert list(found.declarations.values()) == list(plain.declarations.values())
        for name, each in found.declarations.items():
            same = plain.declarations[name].default
            assert types.type_of(each.default) == types.type_of(same)
            assert type(each.default) is type(same)


def test_a_changed_file_is_read_anew(write_pack: PackWriter, tmp_path: Path) -> None:
    for default in ("1", "2"):
        folder = write_pack({"variables.hcl": f'variable "a" {{\n  default = {default}\n}}\n'})
        found = pack.load(folder, cache=cache_in(tmp_path))
        assert found.declarations["a"].default == int(default)


@pytest.mark.parametrize("name", ["v.hcl", "v.json"])
def test_overrides_of_a_file_are_the_same(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    text = (
        '{"a": 0.1, "child.b": [1, {"c": null}]}' if name.endswith("json") else "a = 0.1\nb = [{}]"
    )
    file.write_text(text)
    plain = varfile.read(str(file))
    for _ in range(2):
        assert varfile.read(str(file), cache_in(tmp_path)) == plain
    assert numbers.render(plain[0].value) == "0.1"  # type: ignore[arg-type]


def test_an_error_is_told_each_time(write_pack: PackWriter, tmp_path: Path) -> None:
    folder = write_pack({"variables.hcl": 'variable "a" {\n  type = nothing\n}\n'})
    complaints = []
    for _ in range(2):
        with pytest.raises(HclError) as caught:
            pack.load(folder, cache=cache_in(tmp_path))
        complaints.append(str(caught.value))
    assert complaints[0] == complaints[1]


def test_the_plain_form_of_values_holds_nothing_but_what_can_be_written() -> None:
    form = plainform.PlainForm(plainvalues.CLASSES, plainvalues.PARTS)
    value = values.TypedMap(
        {"a": values.TypedList([1, 2], values.NUMBER)}, values.List(values.NUMBER)
    )
    again = form.build(marshal.loads(marshal.dumps(form.flatten(value))))
    assert again == value
    assert isinstance(again, values.TypedMap)
    assert again.element == values.List(values.NUMBER)


def test_what_has_no_plain_form_is_not_kept(tmp_path: Path) -> None:
    form = plainform.PlainForm(())
    for _ in range(2):
        made = form.recall(cache_in(tmp_path), ("k",), lambda: Fraction(1, 3))
        assert made == Fraction(1, 3)
    assert not list(tmp_path.glob("cache/*"))
