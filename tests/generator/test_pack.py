"""Reading a pack's folder: which file is what, metadata.hcl, dependencies, what is refused."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import pack
from generator.errors import GeneratorError, HclError, PackError

PackWriter = Callable[..., Path]


def names(files: tuple[pack.File, ...]) -> list[str]:
    return [file.name for file in files]


def test_files_are_told_apart_by_their_names_as_in_nomad_pack(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "templates/job.nomad.tpl": "",
            "templates/sub/other.nomad.tpl": "",
            "templates/_helper.tpl": "",
            "templates/_notes.txt": "",
            "templates/_d/looks_like_a_job.nomad.tpl": "",
            "templates/sub/_not_a_helper.tpl": "",
            "templates/app.conf.tpl": "",
            "templates/README.md": "",
            "deps/unused/templates/_shared.tpl": "",
            "deps/unused/templates/job.nomad.tpl": "",
            "other.nomad.tpl": "",
            "outputs.tpl": "done",
            "templates/outputs.tpl": "",
        }
    )

    loaded = pack.load(folder)

    assert names(loaded.templates) == [
        "deps/unused/templates/_shared.tpl",
        "templates/_d/looks_like_a_job.nomad.tpl",
        "templates/_helper.tpl",
        "templates/_notes.txt",
        "templates/job.nomad.tpl",
        "templates/sub/other.nomad.tpl",
    ]
    assert names(loaded.auxiliary) == [
        "templates/app.conf.tpl",
        "templates/outputs.tpl",
        "templates/sub/_not_a_helper.tpl",
    ]
    assert loaded.outputs == pack.File("outputs.tpl", "done")


def test_metadata_is_read_and_shown_to_templates(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "metadata.hcl": """
app {
  url    = "https://example.org"
  author = "nobody"
}
pack {
  name        = "web"
  alias       = "www"
  version     = ""
  description = "d"
  url         = "https://example.org/pack"
}
integration {
  identifier = "nomad/web"
  flags      = ["a", "b"]
}
dependency "off" {
  enabled = false
  source  = "git::https://example.org/off"
}
"""
        },
        name="some-folder",
    )

    loaded = pack.load(folder)

    assert loaded.key == "www"
    assert loaded.dependencies == ()
    assert loaded.metadata.as_map("/packs/web") == {
        "app": {"url": "https://example.org"},
        "pack": {"name": "web", "description": "d", "version": "", "path": "/packs/web"},
        "integration": {"identifier": "nomad/web", "flags": ["a", "b"], "name": ""},
        "dependencies": [
            {
                "off": {
                    "id": "off",
                    "name": "off",
                    "alias": "",
                    "source": "git::https://example.org/off",
                    "enabled": False,
                }
            }
        ],
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('pack {\n name = "a"\n version = "1"\n}', "app is uninitialized"),
        ('app { url = "u" }', "Pack metadata is uninitialized"),
        ("app {}", 'The argument "url" is required, but no definition was found.'),
        ('app { url = ["u"] }', "Unsuitable value: string required"),
        ("app { url = null }", "null value is not allowed"),
        ("app { url = upper(1) }", "Functions may not be called here."),
        ("app { url = other }", "Variables may not be used here."),
        ('app { url = "u" }\napp { url = "u" }', "Only one app block is allowed."),
        ('app "x" { url = "u" }', "No labels are expected for app blocks."),
        (
            'app { url = "u" }\npack {\n name = "a"\n version = "1"\n}\ndependency {}',
            "All dependency blocks must have 1 labels (name).",
        ),
        ('app { urk = "u" }', 'The argument "url" is required'),
        (
            'app {\n url = "u"\n autor = "x"\n}',
            'An argument named "autor" is not expected here. Did you mean "author"?',
        ),
        ('apps { url = "u" }', 'Blocks of type "apps" are not expected here. Did you mean "app"?'),
        ('app = "x"', 'Did you mean to define a block of type "app"?'),
    ],
)
def test_wrong_metadata_is_refused_with_its_place(
    write_pack: PackWriter, text: str, message: str
) -> None:
    folder = write_pack({"metadata.hcl": text})

    with pytest.raises((HclError, PackError)) as caught:
        pack.load(folder)

    assert message in str(caught.value)
    assert caught.value.position is not None
    assert caught.value.position.file == str(folder / "metadata.hcl")


def test_dependencies_are_loaded_from_deps_by_label_and_called_by_alias(
    write_pack: PackWriter,
) -> None:
    child = 'app { url = "" }\npack {\n name = "child"\n alias = "own"\n version = ""\n}\n'
    folder = write_pack(
        {
            "metadata.hcl": """
app { url = "" }
pack {
  name    = "parent"
  version = ""
}
dependency "child" {}
dependency "child" {
  alias = "again"
}
""",
            "deps/child/metadata.hcl": child + 'dependency "leaf" {}',
            "deps/child/variables.hcl": "",
            "deps/child/deps/leaf/metadata.hcl": child,
            "deps/child/deps/leaf/variables.hcl": "",
        }
    )

    loaded = pack.load(folder)

    assert [path for path, _ in loaded.walk()] == [
        (),
        ("child",),
        ("child", "leaf"),
        ("again",),
        ("again", "leaf"),
    ]
    assert loaded.dependencies[0].folder == folder / "deps" / "child"


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ("metadata.hcl", "metadata.hcl file not found"),
        ("variables.hcl", "root variable file is required"),
    ],
)
def test_a_pack_without_its_two_files_is_refused(
    write_pack: PackWriter, absent: str, message: str
) -> None:
    folder = write_pack()
    (folder / absent).unlink()

    with pytest.raises(PackError, match=message):
        pack.load(folder)


def test_a_missing_dependency_is_refused_where_it_is_named(write_pack: PackWriter) -> None:
    folder = write_pack({"deps/children/metadata.hcl": ""})
    with (folder / "metadata.hcl").open("a") as file:
        file.write('dependency "child" {}')

    with pytest.raises(PackError, match="no such file or directory") as caught:
        pack.load(folder)

    assert str(folder / "deps" / "child") in caught.value.message
    assert str(caught.value.position) == f"{folder / 'metadata.hcl'}:7:1"
    assert caught.value.hint == 'did you mean "children"?'


def test_a_dependency_that_was_not_fetched_is_refused_with_how_to(write_pack: PackWriter) -> None:
    folder = write_pack()
    with (folder / "metadata.hcl").open("a") as file:
        file.write('dependency "child" { source = "git::https://example.org/child" }')

    with pytest.raises(PackError) as caught:
        pack.load(folder)

    assert caught.value.hint == (
        "nomad-pack deps vendor fetches it from git::https://example.org/child"
    )


def test_what_is_wrong_in_a_dependency_tells_who_wants_it(write_pack: PackWriter) -> None:
    folder = write_pack({"deps/child/metadata.hcl": "pack {"})
    with (folder / "metadata.hcl").open("a") as file:
        file.write('dependency "child" {}')

    with pytest.raises(HclError) as caught:
        pack.load(folder)

    assert caught.value.hint == f'{folder / "metadata.hcl"}:7:1 names "child"'


@pytest.mark.parametrize("label", ["..", "../deps/again"])
def test_a_pack_that_depends_on_itself_is_refused(write_pack: PackWriter, label: str) -> None:
    folder = write_pack()
    (folder / "deps").mkdir()
    with (folder / "metadata.hcl").open("a") as file:
        file.write(f'dependency "{label}" {{}}')
    if label != "..":
        (folder / "deps" / "again").mkdir()
        (folder / "deps" / "again" / "deps").symlink_to("../../deps")
        for name in ("metadata.hcl", "variables.hcl"):
            (folder / "deps" / "again" / name).symlink_to(folder / name)

    with pytest.raises(PackError, match=r"dependency of itself|leads back to a folder above it"):
        pack.load(folder)


def test_dependencies_that_multiply_by_links_come_to_an_end(write_pack: PackWriter) -> None:
    both = 'dependency "a" {}\ndependency "b" {}\n'
    top = write_pack(name="p0")
    for number in range(12):
        folder = top.parent / f"p{number}"
        below = write_pack(name=f"p{number + 1}")
        (folder / "metadata.hcl").write_text(
            (top / "metadata.hcl").read_text() + both * (number > 0)
        )
        (folder / "deps").mkdir()
        (folder / "deps" / "a").symlink_to(below)
        (folder / "deps" / "b").symlink_to(below)
    (top / "metadata.hcl").write_text((top / "metadata.hcl").read_text() + both)

    with pytest.raises(PackError, match="more than"):
        pack.load(top)


def test_what_is_no_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()

    with pytest.raises(PackError, match="unable to load non-directory pack"):
        pack.load(file)


def test_links_are_followed_and_endless_ones_refused(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack({"templates/job.nomad.tpl": ""})
    shared = tmp_path / "shared.tpl"
    shared.write_text("shared")
    (folder / "templates" / "_shared.tpl").symlink_to(shared)

    assert pack.File("templates/_shared.tpl", "shared") in pack.load(folder).templates

    (folder / "templates" / "up").symlink_to(folder)
    with pytest.raises(PackError, match="leads back to a folder above it"):
        pack.load(folder)


def test_a_file_that_is_none_is_refused(write_pack: PackWriter) -> None:
    folder = write_pack()
    os.mkfifo(folder / "pipe")

    with pytest.raises(PackError, match=r'cannot load irregular file ".*pipe"'):
        pack.load(folder)


def test_a_byte_order_mark_is_no_part_of_a_text(write_pack: PackWriter) -> None:
    folder = write_pack({"templates/job.nomad.tpl": "\ufeffjob\r\n"})

    assert pack.load(folder).templates == (pack.File("templates/job.nomad.tpl", "job\r\n"),)


def test_a_template_that_is_not_utf8_is_refused(write_pack: PackWriter) -> None:
    folder = write_pack()
    (folder / "templates").mkdir()
    (folder / "templates" / "x.nomad.tpl").write_bytes(b"ok \xff")

    with pytest.raises(GeneratorError, match="not UTF-8 text at byte 3"):
        pack.load(folder)


def test_a_dependency_cannot_have_the_name_of_the_packs_own_data(write_pack: PackWriter) -> None:
    folder = write_pack()
    with (folder / "metadata.hcl").open("a") as file:
        file.write('dependency "child" { alias = "_self" }')

    with pytest.raises(PackError, match='a dependency cannot be called "_self"') as caught:
        pack.load(folder)

    assert str(caught.value.position) == f"{folder / 'metadata.hcl'}:7:1"
