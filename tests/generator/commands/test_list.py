from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner

from generator import registry
from generator.commands import program

PackWriter = Callable[..., Path]


def test_packs_are_described_as_json(write_pack: PackWriter) -> None:
    folder = write_pack({"variables.hcl": 'variable "a" {\n}\n', "variants/v.hcl": ""}, name="one")
    write_pack({}, name="two")
    result = CliRunner().invoke(program.main, ["list", str(folder.parent), "--format", "json"])

    one, two = json.loads(result.stdout)
    assert one == {
        "name": "one",
        "version": "1.0.0",
        "description": "",
        "folder": str(folder),
        "variants": ["v"],
        "variables": ["a"],
    }
    assert (two["name"], two["variants"]) == ("two", [])


def test_the_shipped_packs_are_described_in_the_same_way() -> None:
    result = CliRunner().invoke(program.main, ["list", "--format", "json"])
    assert [each["name"] for each in json.loads(result.stdout)] == registry.names()
