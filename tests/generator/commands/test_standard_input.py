"""``packgen render -``: a pack, or a template alone, on standard input."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from generator.commands import program, standard_input

PackWriter = Callable[..., Path]

FILES = {
    "variables.hcl": 'variable "name" {\n  default = "demo"\n}\n',
    "templates/x.nomad.tpl": 'job "[[ var "name" . ]]" {\n  group "[[ template "g" . ]]" {}\n}\n',
    "templates/_g.tpl": '[[ define "g" ]]g[[ end ]]',
}
RENDERED = 'job "demo" {\n  group "g" {}\n}\n'


def packgen(data: bytes, *arguments: str) -> Result:
    words = ["render", "-", *arguments]
    return CliRunner().invoke(program.main, words, input=data, prog_name="packgen")


def archive(folder: Path, name: str, mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as made:  # type: ignore[call-overload]
        made.add(folder, name)
    return stream.getvalue()


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("name", [".", "packs/demo"])
def test_an_archive_is_rendered_as_the_pack_in_it(
    write_pack: PackWriter, mode: str, name: str
) -> None:
    result = packgen(archive(write_pack(FILES), name, mode))
    assert (result.stdout, result.stderr, result.exit_code) == (RENDERED, "", 0)


def test_values_come_as_for_any_pack(write_pack: PackWriter, tmp_path: Path) -> None:
    values = tmp_path / "values.hcl"
    values.write_text('name = "other"')
    data = archive(write_pack(FILES), "demo")
    assert 'job "other"' in packgen(data, "-f", str(values)).stdout
    assert json.loads(packgen(data, "--var", "name=n", "--format=json").stdout)["ID"] == "n"


def test_nothing_and_what_renders_nothing_is_told_of_standard_input() -> None:
    empty, blank = packgen(b""), packgen(b"  \n")

    assert (empty.exit_code, blank.exit_code) == (1, 1)
    assert empty.stderr.startswith("standard input is empty\nhint: ")
    assert blank.stderr.startswith("standard input: no templates were rendered")


def test_an_error_names_the_file_in_the_archive(write_pack: PackWriter) -> None:
    folder = write_pack({**FILES, "variables.hcl": 'variable "name" {\n  default = \n}\n'})
    result = packgen(archive(folder, "packs/demo"))
    assert result.exit_code == 1
    assert result.stderr.startswith("packs/demo/variables.hcl:2:")


def test_an_archive_holds_one_pack(write_pack: PackWriter, tmp_path: Path) -> None:
    one, two = write_pack(FILES, name="one"), write_pack(FILES, name="two")
    assert one.parent == two.parent
    result = packgen(archive(one.parent, "packs"))
    assert result.exit_code == 1
    assert "several packs: packs/one, packs/two" in result.stderr
    (tmp_path / "empty").mkdir()
    assert "there is no pack" in packgen(archive(tmp_path / "empty", "x")).stderr


def test_text_is_the_template_of_one_job_with_the_variables_that_are_given() -> None:
    text = b'job "[[ var "name" . ]]" {}\n'
    result = packgen(text, "--var", "name=demo")
    assert (result.stdout, result.exit_code) == ('job "demo" {}\n', 0)


def test_a_mistake_in_that_template_is_told_with_its_place() -> None:
    result = packgen(b'job "x" {\n  [[ nothing ]]\n}\n')
    assert result.exit_code == 1
    assert ":2:6: " in result.stderr
    assert "/tmp" not in result.stderr


@pytest.mark.parametrize("name", ["../out", "/tmp/packgen-out", "demo/../../out"])
def test_nothing_of_an_archive_lands_outside_its_folder(name: str, tmp_path: Path) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        member = tarfile.TarInfo(name)
        made.addfile(member, io.BytesIO())
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        made.addfile(link)
    result = packgen(stream.getvalue())
    assert result.exit_code == 1
    assert not Path("/tmp/packgen-out").exists()
    assert "standard input: " in result.stderr or "no pack" in result.stderr


@pytest.mark.parametrize("data", [b"\x1f\x8b", b"\x1f\x8bgarbage", b"BZh9", b"\0" * 257 + b"ustar"])
def test_a_damaged_archive_is_told(data: bytes) -> None:
    result = packgen(data)
    assert result.exit_code == 1
    assert result.stderr.count("\n") <= 2
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_an_archive_that_grows_beyond_all_bounds_is_refused(
    write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standard_input, "MAX_BYTES", 100_000)
    folder = write_pack({**FILES, "templates/big.tpl": "x" * 200_000})
    data = archive(folder, "demo", "w:gz")
    assert len(data) < 10_000
    result = packgen(data)
    assert result.exit_code == 1
    assert "put only the pack into the archive" in result.stderr
    assert "put only the pack" in packgen(b"x" * 200_000).stderr


def test_an_archive_whose_headers_ask_for_more_memory_than_there_is_is_refused() -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 100_000_000
    data = gzip.compress(header.tobuf(tarfile.USTAR_FORMAT) + bytes(header.size), compresslevel=1)
    result = packgen(data)
    assert result.exit_code == 1
    assert "put only the pack into the archive" in result.stderr


def member(name: str, leads: str = "", **headers: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.pax_headers = headers
    if leads:
        made.type, made.linkname = tarfile.SYMTYPE, leads
    return made


def packed(*members: tarfile.TarInfo) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as made:
        for each in members:
            made.addfile(each, io.BytesIO())
    return stream.getvalue()


def test_nothing_is_written_by_links_that_lead_out_on_a_long_way(tmp_path: Path) -> None:
    """The filter of tarfile fails there in older Pythons (CVE-2025-4517)."""
    members, folder, long = [], "x", "d" * 247
    for step in "abcdefghijklmnop":
        inside = tarfile.TarInfo(f"{folder}/{long}")
        inside.type, inside.mode = tarfile.DIRTYPE, 0o755
        members += [inside, member(f"{folder}/{step}", long)]
        folder += f"/{long}"
    way = f"x/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/{'l' * 254}"
    members += [
        member(way, "../" * 16),
        member("out", f"{way}/../../..{tmp_path}"),
        tarfile.TarInfo("out/file"),
    ]
    result = packgen(packed(*members))
    assert result.exit_code == 1
    assert "standard input: the archive cannot be unpacked" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_links_in_an_archive_lead_to_what_is_in_it(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    (folder / "templates").rename(folder.parent / "shared")
    (folder / "templates").symlink_to("../shared")
    data = archive(folder.parent, ".")
    assert packgen(data).stdout == RENDERED


@pytest.mark.parametrize("headers", [{"path": "a\0b"}, {"mtime": "1e300"}])
def test_headers_that_no_file_system_takes_are_told(headers: dict[str, str]) -> None:
    result = packgen(packed(member("metadata.hcl", **headers)))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
