"""Files with values: what is no such file is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import varfile
from generator.errors import GeneratorError, VariableError


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
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
    tmp_path: Path, file: str, text: str, message: str
) -> None:
    (tmp_path / file).write_text(text)

    with pytest.raises(GeneratorError, match=message):
        varfile.read(str(tmp_path / file))


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "f.hcl"
    binary.write_bytes(b"\xff")

    with pytest.raises(VariableError, match=r"error loading variable file .*no such file"):
        varfile.read(str(tmp_path / "absent.hcl"))
    with pytest.raises(VariableError, match="not UTF-8 text at byte 0"):
        varfile.read(str(binary))


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
