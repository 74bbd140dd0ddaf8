"""Where packs are found: below a folder, by argument; the shipped ones are in test_front_door."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import registry
from generator.errors import PackError


@pytest.fixture
def community(tmp_path: Path) -> Path:
    """A folder as registries lay it out: packs/NAME, with what else lies around."""
    for name in ("packs/web/metadata.hcl", "packs/web/deps/child/metadata.hcl",
                 "packs/db/metadata.hcl", "packs/notes/README.md", "more/in/here/metadata.hcl",
                 ".git/old/metadata.hcl"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_the_packs_below_a_folder_are_found_but_not_their_dependencies(community: Path) -> None:
    assert registry.packs_below(community) == [
        community / "more" / "in" / "here",
        community / "packs" / "db",
        community / "packs" / "web",
    ]


def test_a_folder_that_is_a_pack_is_the_only_one(community: Path) -> None:
    web = community / "packs" / "web"

    assert registry.packs_below(web) == [web]


def test_links_to_folders_are_not_followed(community: Path) -> None:
    (community / "packs" / "loop").symlink_to(community)

    assert len(registry.packs_below(community)) == 3


def test_a_folder_without_packs_is_refused_and_so_is_what_is_no_folder(community: Path) -> None:
    with pytest.raises(PackError, match="there is no pack in this folder"):
        registry.packs_below(community / "packs" / "notes")
    with pytest.raises(PackError, match="no such file or directory"):
        registry.packs_below(community / "absent")
    with pytest.raises(PackError, match="no folder"):
        registry.packs_below(community / "packs" / "web" / "metadata.hcl")


@pytest.mark.parametrize(
    ("argument", "hint"),
    [
        ("packs/wbe", 'did you mean "packs/web"?'),
        ("bulid", 'did you mean "build"?'),
        ("packs", "there are packs in it: packs/db, packs/web"),
        (".", "there are packs in it: packs/db, packs/web"),
        ("packs/web/deps", "there are packs in it: packs/web/deps/child"),
        ("packs/web/templates", "it lies in the pack packs/web"),
        ("packs/web/metadata.hcl", "the pack is the folder: packs/web"),
        ("packs/notes", "a pack is a folder with metadata.hcl and variables.hcl"),
    ],
)
def test_what_is_no_pack_is_refused_with_the_one_that_may_be_meant(
    community: Path, monkeypatch: pytest.MonkeyPatch, argument: str, hint: str
) -> None:
    (community / "packs/web/templates").mkdir()
    monkeypatch.chdir(community)

    with pytest.raises(PackError) as caught:
        registry.open_pack(argument)

    assert caught.value.hint == hint


def test_the_current_folder_inside_of_a_pack_is_refused_with_the_pack(
    community: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (community / "packs/web/templates").mkdir()
    monkeypatch.chdir(community / "packs/web/templates")

    with pytest.raises(PackError) as caught:
        registry.open_pack(".")

    assert caught.value.hint == f"it lies in the pack {community / 'packs/web'}"
