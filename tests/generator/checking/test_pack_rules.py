"""Each rule on packs: files in which it finds something, at which place, and the same put right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator.checking import job, packs, rules, silencing
from generator.commands import check
from tests.generator.checking.pack_mistakes import CASES, JOB, Case, Files, T, declare
from tests.generator.conftest import PackWriter


def found(folder: Path, rule: str) -> list[str]:
    """The places of a rule's findings, relative to the pack."""
    outcome = packs.check_pack(folder)
    return [
        str(each.position).removeprefix(f"{folder}/")
        for each in outcome.findings
        if each.rule == rule
    ]


def write(write_pack: PackWriter, files: Files, name: str) -> Path:
    folder = write_pack({}, name=name)
    for file, text in files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return folder


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_mistake_is_found_at_its_place_and_no_more_when_it_is_mended(
    write_pack: PackWriter, case: Case
) -> None:
    bad = write(write_pack, case.bad, "bad")
    mended = {**case.bad, **case.good}
    good = write(
        write_pack, {name: mended[name] for name in mended if name not in case.removed}, "good"
    )

    assert found(bad, case.rule) == list(case.at)
    assert found(good, case.rule) == []
    texts = [
        f"{each.message} {each.hint}"
        for each in packs.check_pack(bad).findings
        if each.rule == case.rule
    ]
    assert any(case.message in text for text in texts)
    severities = {
        each.severity for each in packs.check_pack(bad).findings if each.rule == case.rule
    }
    assert severities == {rules.RULES[case.rule].severity}


@pytest.mark.parametrize("name", ["render-failure", "outputs-failure", "undeclared-variable"])
def test_a_pack_that_is_the_current_folder_has_its_findings_at_the_same_places(
    name: str, write_pack: PackWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case, *_) = (case for case in CASES if case.rule == name)
    folder = write(write_pack, case.bad, "bad")
    outside = found(folder, name)
    monkeypatch.chdir(folder)

    assert found(Path(), name) == outside != []


def test_every_rule_on_packs_has_a_case() -> None:
    on_jobs = {rule.name for rule in job.RULES}

    assert {case.rule for case in CASES} == set(rules.RULES) - on_jobs
    assert {rule.name for rule in silencing.RULES} < {case.rule for case in CASES}


def test_every_rule_has_one_sentence_and_help() -> None:
    for rule in rules.RULES.values():
        assert rule.summary.endswith("."), rule.name
        assert "\n" not in rule.summary, rule.name
        assert len(rule.help) > 20, rule.name


def test_helpers_that_other_packs_share_are_used_by_them(tmp_path: Path) -> None:
    (tmp_path / "common.tpl").write_text('[[ define "h" ]][[ var "of_others" . ]][[ end ]]')
    folder = tmp_path / "demo"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates/_common.tpl").symlink_to("../../common.tpl")
    (folder / "templates/x.nomad.tpl").write_text("x")
    (folder / "metadata.hcl").write_text(
        'app { url = "" }\npack {\n name = "x"\n version = ""\n}\n'
    )
    (folder / "variables.hcl").write_text("")

    assert found(folder, "unused-template") == []
    assert found(folder, "undeclared-variable") == []


def test_a_render_that_fails_where_a_mistake_was_found_is_not_told_twice(
    write_pack: PackWriter,
) -> None:
    folder = write_pack({"outputs.tpl": "[[ len 1 2 ]]", "templates/x.nomad.tpl": "x"})

    assert found(folder, "wrong-arguments") == ["outputs.tpl:1:4"]
    assert found(folder, "outputs-failure") == []


def test_no_file_but_the_packs_own_is_named_or_shown(
    write_pack: PackWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tpl").write_text("a secret of the folder that the check runs in")
    monkeypatch.chdir(tmp_path)
    folder = write_pack({T: '[[ tpl "[[ if ]]" . ]]'})

    outcome = packs.check_pack(folder)

    assert all(Path(file).is_relative_to(folder) for file in outcome.texts)
    assert all(Path(each.position.file).is_relative_to(folder) for each in outcome.findings)


def test_a_finding_of_some_cases_names_them(write_pack: PackWriter) -> None:
    job = JOB.replace("BODY", 'image = [[ var "image" . | quote ]]')
    folder = write_pack(
        {
            "variables.hcl": declare("image", default='"redis:7"'),
            "cases/a.hcl": 'image = "redis"\n',
            "cases/b.hcl": 'image = "redis"\n',
            "cases/c.hcl": "",
            T: job,
        }
    )

    messages = [
        each.message for each in packs.check_pack(folder).findings if each.rule == "floating-tag"
    ]

    assert messages == ['the image "redis" has no tag (with the case "a" and 1 more)']


def test_what_is_said_of_silencing_names_rules_that_there_are() -> None:
    texts = [rule.help for rule in rules.RULES.values()]
    texts.append(check.CHECK_HELP)

    named = {name for text in texts for name in re.findall(r"packgen:ignore ([a-z-]+)", text)}

    assert named
    assert named <= set(rules.RULES)
