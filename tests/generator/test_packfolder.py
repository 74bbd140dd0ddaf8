"""How far the links of a pack may lead: to what packs share with each other, and no further."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator import pack, packfolder, pipeline
from generator.errors import PackError, TemplateError

PackWriter = Callable[..., Path]


@pytest.fixture
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that lies neither in the pack nor beside it."""
    path = tmp_path_factory.mktemp("elsewhere") / "secret.tpl"
    path.write_text("secret")
    return path


def link(folder: Path, name: str, target: Path | str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


@pytest.mark.parametrize(
    "name", ["templates/x.nomad.tpl", "variables.hcl", "outputs.tpl", "variants/x.hcl", "README"]
)
def test_a_file_that_leads_out_is_refused_whatever_it_is_called(
    write_pack: PackWriter, secret: Path, name: str
) -> None:
    folder = write_pack()
    (folder / name).unlink(missing_ok=True)
    link(folder, name, secret)

    with pytest.raises(PackError, match="leads out of ") as caught:
        pack.load(folder)

    assert str(folder / name) in caught.value.message
    assert "--allow-impure" in (caught.value.hint or "")


def test_a_folder_that_leads_out_is_refused(write_pack: PackWriter, secret: Path) -> None:
    folder = write_pack()
    link(folder, "templates", secret.parent)

    with pytest.raises(PackError, match="leads out of "):
        pack.load(folder)


def test_with_leave_links_lead_anywhere(write_pack: PackWriter, secret: Path) -> None:
    folder = write_pack()
    link(folder, "templates/x.nomad.tpl", secret)

    loaded = pack.load(folder, anywhere=True)

    assert loaded.templates == (pack.File("templates/x.nomad.tpl", "secret"),)


def test_a_dependency_lies_within_the_limit_too(write_pack: PackWriter, tmp_path: Path) -> None:
    other = write_pack(name="far/away/child")
    label = f"../../../../{other.relative_to(tmp_path)}"
    metadata = (other / "metadata.hcl").read_text()
    folder = write_pack(
        {"metadata.hcl": f'{metadata}dependency "{label}" {{ alias = "child" }}'},
        name="packs/here/parent",
    )

    with pytest.raises(PackError, match="leads out of "):
        pack.load(folder)
    assert pack.load(folder, anywhere=True).dependencies[0].folder == other

    (tmp_path / ".git").mkdir()
    assert pack.load(folder).dependencies[0].folder == other


def test_links_reach_all_of_a_work_tree_but_not_what_git_keeps_there(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack(name="packs/web")
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "job.nomad.tpl").write_text("job")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("token")
    link(folder, "templates", "../../shared")

    assert pack.load(folder).templates == (pack.File("templates/job.nomad.tpl", "job"),)

    link(folder, "config", "../../.git/config")
    with pytest.raises(PackError, match="leads out of "):
        pack.load(folder)


def test_the_limit_is_that_of_the_real_folder(write_pack: PackWriter, secret: Path) -> None:
    folder = write_pack()
    link(folder, "templates/x.nomad.tpl", secret)
    link(secret.parent, "pack", folder)

    with pytest.raises(PackError, match="leads out of "):
        pack.load(secret.parent / "pack")


def test_a_pack_in_the_root_of_the_file_system_has_nothing_beside_it() -> None:
    assert packfolder.limit_of("/no-such-pack") == "/no-such-pack"


def test_a_link_to_nothing_is_refused(write_pack: PackWriter) -> None:
    folder = write_pack()
    link(folder, "templates/x.nomad.tpl", "absent")

    with pytest.raises(PackError, match="no such file or directory"):
        pack.load(folder)


def test_links_that_lead_in_a_circle_are_refused(write_pack: PackWriter) -> None:
    folder = write_pack()
    link(folder, "a", "b")
    link(folder, "b", "a")

    with pytest.raises(PackError, match="Too many levels of symbolic links"):
        pack.load(folder)


def link_on_a_long_way(beside: Path, target: Path) -> str:
    """Links which lead to a file by a path that the kernel follows, and nobody can write down."""
    (beside / "way").mkdir()
    steps, long = "abcdefghijklmnop", "d" * 247
    here = os.open(beside / "way", os.O_RDONLY)
    for step in steps:
        os.mkdir(long, dir_fd=here)
        os.symlink(long, step, dir_fd=here)
        inner = os.open(long, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.symlink("../" * len(steps), "l" * 254, dir_fd=here)
    os.close(here)
    return f"way/{'/'.join(steps)}/{'l' * 254}/../{os.path.relpath(target, beside)}"


def test_a_way_that_is_too_long_to_be_written_down_leads_nowhere(
    write_pack: PackWriter, secret: Path
) -> None:
    folder = write_pack(name="packs/demo")
    way = link_on_a_long_way(folder.parent, secret)
    link(folder, "templates/x.nomad.tpl", f"../../{way}")
    assert (folder / "templates/x.nomad.tpl").read_text() == "secret"

    with pytest.raises(PackError, match="leads by links to a path that is too long"):
        pack.load(folder)


def test_what_git_keeps_in_a_pack_is_not_looked_at(write_pack: PackWriter, secret: Path) -> None:
    folder = write_pack()
    link(folder, ".git/templates/_x", secret)

    assert [name for name, _ in pack.files(folder)] == ["metadata.hcl", "variables.hcl"]


@pytest.mark.parametrize("function", ["fileRelative", "fileContents"])
def test_templates_read_through_links_as_far_as_these_may_lead(
    write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    dot = " ." if function == "fileRelative" else ""
    folder = write_pack({"templates/x.txt.tpl": f'[[ {function} "shared.conf"{dot} ]]'})
    monkeypatch.chdir(folder)
    (tmp_path / "shared.conf").write_text("shared")
    link(folder, "shared.conf", "../shared.conf")

    assert pipeline.render(pack.load(folder)).files == {"demo/x.txt": "shared"}


@pytest.mark.parametrize("name", ["../shared.conf", ".git/config", "deps/../../shared.conf"])
def test_templates_read_nothing_by_a_name_that_leads_out(
    write_pack: PackWriter, tmp_path: Path, name: str
) -> None:
    folder = write_pack({"templates/x.txt.tpl": f'[[ fileRelative "{name}" . ]]'})
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("token")
    (tmp_path / "shared.conf").write_text("shared")

    with pytest.raises(TemplateError, match="it is not below the pack's folder"):
        pipeline.render(pack.load(folder))
