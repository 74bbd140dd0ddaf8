"""What a case's snapshot holds, how each case stands to it, and what an update writes and removes."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from concurrent import futures
from pathlib import Path

import pytest

from generator.comparison import text
from generator.errors import GeneratorError
from generator.snapshots import review, store
from generator.snapshots.review import Broken, Changed, New, Orphan, Review, Same

PackWriter = Callable[..., Path]

JOB = 'job "[[ var "name" . ]]" {\n  group "web" {\n    count = [[ var "count" . ]]\n  }\n}\n'
VARIABLES = 'variable "name" {}\nvariable "count" { default = 1 }\n'
FILES = {
    "variables.hcl": VARIABLES,
    "templates/web.nomad.tpl": JOB,
    "cases/one.hcl": 'name = "one"\n',
    "cases/three.hcl": 'name = "three"\ncount = 3\n',
}


def outcomes(folder: Path) -> list[review.Outcome]:
    return list(Review(folder).outcomes())


def update(folder: Path) -> None:
    found = Review(folder)
    for outcome in found.outcomes():
        found.update(outcome)


def snapshots(folder: Path) -> dict[str, str]:
    base = folder / "snapshots"
    files = (path for path in base.rglob("*") if path.is_file())
    return {path.relative_to(base).as_posix(): path.read_text() for path in files}


def shown(outcome: review.Outcome) -> str:
    return text.join(review.show(outcome))


def test_an_update_writes_each_case_s_job_and_then_all_is_the_same(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    before = outcomes(folder)

    update(folder)

    assert [type(each) for each in before] == [New, New]
    assert outcomes(folder) == [Same("one"), Same("three")]
    assert set(snapshots(folder)) == {"one/web.json", "three/web.json"}
    job = json.loads(snapshots(folder)["three/web.json"])
    assert (job["ID"], job["TaskGroups"][0]["Count"]) == ("three", 3)


def test_a_snapshot_holds_all_that_is_rendered(write_pack: PackWriter) -> None:
    child = {
        "deps/child/metadata.hcl": 'app { url = "" }\npack {\n name = "child"\n version = "1"\n}\n',
        "deps/child/variables.hcl": "",
        "deps/child/templates/inner.nomad.tpl": 'job "inner" {}\n',
    }
    metadata = (
        'app { url = "" }\npack {\n name = "demo"\n version = "1"\n}\ndependency "child" {}\n'
    )
    more = {
        "metadata.hcl": metadata,
        "templates/more/x.conf.tpl": '[[ var "name" . ]]  =1\n',
        "templates/policy.hcl.tpl": "a   = 1\n",
        "outputs.tpl": 'registered [[ var "name" . ]]',
    }
    folder = write_pack({**FILES, **child, **more})

    update(folder)

    found = snapshots(folder)
    assert {name for name in found if name.startswith("one/")} == {
        "one/web.json", "one/more/x.conf", "one/policy.hcl", "one/child/inner.json",
        "one/outputs.txt",
    }  # fmt: skip
    assert found["one/more/x.conf"] == "one  =1\n"
    assert found["one/policy.hcl"] == "a = 1\n"
    assert found["one/outputs.txt"] == "registered one"


def test_a_changed_template_shows_what_changed_in_the_job_and_what_nomad_does(
    write_pack: PackWriter,
) -> None:
    folder = write_pack(FILES)
    update(folder)
    write_pack({**FILES, "templates/web.nomad.tpl": JOB.replace("count = ", "count = 1")})

    one, three = outcomes(folder)

    assert isinstance(one, Changed)
    assert shown(three) == (
        "web.json\n"
        "  Nomad: group web is updated in place, its tasks run on, count 3 → 13\n"
        "  group web\n"
        "    ~ Count: 3 → 13\n"
    )


def test_an_update_touches_nothing_that_has_not_changed(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    update(folder)
    os.utime(folder / "snapshots/one/web.json", (1, 1))
    write_pack({**FILES, "cases/three.hcl": 'name = "three"\ncount = 4\n'})

    update(folder)

    assert (folder / "snapshots/one/web.json").stat().st_mtime == 1
    assert '"Count": 4' in (folder / "snapshots/three/web.json").read_text()
    assert [path.name for path in folder.rglob(".*")] == []


def test_what_is_no_longer_rendered_is_removed(write_pack: PackWriter) -> None:
    folder = write_pack({**FILES, "templates/deep/x.conf.tpl": "x\n"})
    update(folder)
    (folder / "templates/deep/x.conf.tpl").unlink()

    before = outcomes(folder)[0]
    update(folder)

    assert shown(before) == "deep/x.conf: no longer rendered\n  -x\n"
    assert set(snapshots(folder)) == {"one/web.json", "three/web.json"}
    assert not (folder / "snapshots/one/deep").exists()


def test_files_of_others_that_are_hidden_are_no_part_of_a_snapshot(write_pack: PackWriter) -> None:
    folder = write_pack({**FILES, "templates/.profile.tpl": "x\n"})
    update(folder)
    others = [folder / "snapshots/one" / name for name in (".DS_Store", ".web.json.4711")]
    for other in others:
        other.write_text("of somebody else")

    before = outcomes(folder)
    (folder / "snapshots/one/.profile").write_text("y\n")
    after = outcomes(folder)[0]
    update(folder)

    assert [type(each) for each in before] == [Same, Same]
    assert shown(after) == ".profile\n  @@ -1 +1 @@\n  -y\n  +x\n"
    assert all(other.exists() for other in others)
    assert (folder / "snapshots/one/.profile").read_text() == "x\n"


def test_two_updates_at_a_time_do_not_hinder_one_another(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    update(folder)
    write_pack({**FILES, "templates/other.nomad.tpl": JOB})
    (folder / "templates/web.nomad.tpl").unlink()
    (folder / "cases/three.hcl").unlink()
    first, second = Review(folder), Review(folder)
    seen = list(second.outcomes())

    for outcome in first.outcomes():
        first.update(outcome)
    for outcome in seen:
        second.update(outcome)

    assert set(snapshots(folder)) == {"one/other.json"}


def test_several_at_a_time_may_remove_a_snapshot(tmp_path: Path) -> None:
    for case in range(20):
        names = [f"{folder}/{name}" for folder in range(5) for name in range(5)]
        store.write(tmp_path, str(case), dict.fromkeys(names, "x"))

    def remove_all() -> None:
        for case in range(20):
            store.remove(tmp_path, str(case))

    with futures.ThreadPoolExecutor() as pool:
        for done in [pool.submit(remove_all) for _ in range(4)]:
            done.result()

    assert store.names(tmp_path) == []


def test_a_snapshot_whose_case_is_no_more_is_told_and_removed(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    update(folder)
    (folder / "cases/three.hcl").unlink()

    before = outcomes(folder)
    update(folder)

    assert before == [Same("one"), Orphan("three")]
    assert set(snapshots(folder)) == {"one/web.json"}


def test_a_case_that_cannot_be_rendered_leaves_its_snapshot_as_it_is(
    write_pack: PackWriter,
) -> None:
    folder = write_pack(FILES)
    update(folder)
    before = snapshots(folder)
    write_pack({**FILES, "templates/web.nomad.tpl": "[[ if ]]"})

    found = outcomes(folder)
    update(folder)

    assert [type(each) for each in found] == [Broken, Broken]
    assert "missing value for if" in shown(found[0])
    assert snapshots(folder) == before


def test_a_case_may_expect_that_its_values_are_refused(write_pack: PackWriter) -> None:
    checked = '[[ if gt (var "count" .) 5 ]][[ fail "too many" ]][[ end ]]' + JOB
    files = {"templates/web.nomad.tpl": checked, "cases/six.fails.hcl": 'name = "x"\ncount = 6\n'}
    folder = write_pack({**FILES, **files})

    update(folder)

    message = snapshots(folder)["six/error.txt"]
    assert "too many" in message
    assert str(folder) not in message
    assert outcomes(folder)[1] == Same("six")


def test_a_case_that_is_to_be_refused_and_is_not_is_broken(write_pack: PackWriter) -> None:
    folder = write_pack({**FILES, "cases/one.fails.hcl": "", "cases/two.fails.hcl": 'name = "x"\n'})
    (folder / "cases/one.hcl").unlink()

    one, _, two = outcomes(folder)

    assert isinstance(one, New)
    assert 'missing required variable: "name"' in one.texts["error.txt"]
    assert isinstance(two, Broken)
    assert "renders them" in str(two.error)


def test_no_snapshot_names_the_place_where_the_pack_lies(write_pack: PackWriter) -> None:
    job = 'job "j" {\n  meta {\n    place = "[[ packPath ]]/x"\n  }\n}\n'
    files = {"templates/web.nomad.tpl": job, "templates/a.tpl": '[[ meta "pack.path" . ]]x'}
    texts = []
    for name in ("here", "there/and/elsewhere"):
        folder = write_pack({**files, "cases/only.hcl": ""}, name=name)
        update(folder)
        texts.append(snapshots(folder))

    assert "<pack>/x" in texts[0]["only/web.json"]
    assert texts[0]["only/web.json"] == texts[1]["only/web.json"]


def test_the_environment_plays_no_part(
    write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pack(FILES)
    update(folder)
    monkeypatch.setenv("NOMAD_PACK_VAR_count", "9")

    assert outcomes(folder) == [Same("one"), Same("three")]


def test_two_files_of_one_name_are_refused(write_pack: PackWriter) -> None:
    folder = write_pack({**FILES, "templates/web.json.tpl": "{}"})

    (found, _) = outcomes(folder)

    assert isinstance(found, Broken)
    assert "two of its files have the snapshot web.json" in str(found.error)


def test_a_link_out_of_the_pack_s_surroundings_is_not_read(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "token.hcl").write_text('name = "token"')
    folder = write_pack(FILES, name="repository/packs/demo")
    (folder / "cases/link.hcl").symlink_to(secret / "token.hcl")

    with pytest.raises(GeneratorError, match="leads out of"):
        Review(folder)


def test_snapshots_are_not_written_through_a_link_to_elsewhere(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = write_pack(FILES, name="repository/packs/demo")
    (folder / "snapshots").symlink_to(elsewhere)

    with pytest.raises(GeneratorError, match="a link is where a folder"):
        update(folder)

    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("place", ["snapshots", "snapshots/one", "snapshots/one/deep"])
def test_an_update_removes_nothing_behind_a_link_in_the_same_work_tree(
    write_pack: PackWriter, tmp_path: Path, place: str
) -> None:
    folder = write_pack(FILES, name="repository/packs/demo")
    (tmp_path / "repository/.git").mkdir()
    source = tmp_path / "repository/source/module/code.py"
    source.parent.mkdir(parents=True)
    source.write_text("pass")
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).symlink_to(source.parents[1])

    with contextlib.suppress(GeneratorError):
        update(folder)

    assert source.read_text() == "pass"
    assert list(source.parent.iterdir()) == [source]


def test_a_link_that_is_left_of_a_case_is_removed_alone(
    write_pack: PackWriter, tmp_path: Path
) -> None:
    folder = write_pack(FILES)
    update(folder)
    source = tmp_path / "source"
    source.mkdir()
    (folder / "snapshots/gone").symlink_to(source)

    update(folder)

    assert source.is_dir()
    assert not (folder / "snapshots/gone").is_symlink()


def test_a_snapshot_that_is_no_text_differs_and_is_written_anew(write_pack: PackWriter) -> None:
    folder = write_pack(FILES)
    update(folder)
    (folder / "snapshots/one/web.json").write_bytes(b"\xff\x1b[31m\n")

    before = outcomes(folder)[0]
    update(folder)

    assert "\x1b" not in shown(before)
    assert outcomes(folder)[0] == Same("one")
