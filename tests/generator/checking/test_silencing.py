"""Comments that silence a rule: where they stand, what they hold for, and that no more is silenced."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.checking import packs, silencing
from tests.generator.conftest import PackWriter

READING = '[[ var "nothing" . ]]'


def left(folder: Path) -> list[tuple[str, int]]:
    """The rules and lines of what is found in the template."""
    return [
        (each.rule, each.position.line)
        for each in packs.check_pack(folder).findings
        if each.position.file.endswith(".tpl") and each.rule != "job-syntax"
    ]


@pytest.mark.parametrize(
    "text",
    [
        f"{READING} [[/* packgen:ignore undeclared-variable: why not */]]",
        f"# packgen:ignore undeclared-variable: why not\n{READING}",
        f"// packgen:ignore undeclared-variable: why not\n{READING}",
        f"[[- /* packgen:ignore undeclared-variable: why not */]]\n{READING}",
        f"[[- /* packgen:ignore undeclared-variable: why not */ -]]\n{READING}",
        f"[[/* packgen:ignore undeclared-variable: why not */]]\n"
        f"  # packgen:ignore unescaped-in-code: another\n{READING}",
        f"/* packgen:ignore undeclared-variable: a: b, c */\n{READING}",
    ],
)
def test_a_comment_silences_its_line_or_the_next_one(write_pack: PackWriter, text: str) -> None:
    folder = write_pack({"templates/x.nomad.tpl": f"{text}\n"})

    assert [rule for rule, _ in left(folder) if rule != "unused-ignore"] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Another rule, another line, a line between, a line that has more on it than the comment.
        (f"# packgen:ignore unused-variable: x\n{READING}", [("unused-ignore", 1)]),
        (f"# packgen:ignore undeclared-variable: x\n\n{READING}", [("unused-ignore", 1)]),
        (f"x # packgen:ignore undeclared-variable: x\n{READING}", [("unused-ignore", 1)]),
        (f"packgen:ignore undeclared-variable: x {READING}", []),
        (f"# packgen:ignore\n{READING}", [("unknown-rule", 1)]),
        (f"# packgen:ignore nonsense: x\n{READING}", [("unknown-rule", 1)]),
    ],
)
def test_nothing_else_is_silenced(
    write_pack: PackWriter, text: str, found: list[tuple[str, int]]
) -> None:
    folder = write_pack({"templates/x.nomad.tpl": f"{text}\n"})

    line = text.count("\n") + 1
    assert left(folder) == sorted([*found, ("undeclared-variable", line)], key=lambda each: each[1])


def test_variables_metadata_and_files_with_values_have_comments_too(write_pack: PackWriter) -> None:
    folder = write_pack(
        {
            "metadata.hcl": 'app { url = "" }\n# packgen:ignore missing-description: see README\n'
            'pack {\n  name = "x"\n  version = ""\n}\n',
            "variables.hcl": 'variable "a" { # packgen:ignore unused-variable: soon\n'
            '  description = "a"\n  type = number\n  default = 1\n}\n',
            "cases/c.hcl": '# packgen:ignore value-type: on purpose\na = "x"\n',
            "templates/x.nomad.tpl": 'job "x" {\n}\n',
        }
    )

    outcome = packs.check_pack(folder)

    assert {each.finding.rule: each.reason for each in outcome.silenced} == {
        "missing-description": "see README",
        "unused-variable": "soon",
        "value-type": "on purpose",
    }
    assert not {each.rule for each in outcome.findings} & {"unused-ignore", "missing-description"}


def test_a_finding_on_a_rendered_job_is_silenced_in_the_template(write_pack: PackWriter) -> None:
    job = 'job "x" {\n group "g" {\n task "t" {\n driver = "docker"\n config {\nIMAGE\n}\n}\n}\n}\n'
    image = '[[- /* packgen:ignore floating-tag: the newest is wanted */]]\nimage = "redis:latest"'
    folder = write_pack({"templates/x.nomad.tpl": job.replace("IMAGE", image)})

    outcome = packs.check_pack(folder)

    assert [each.finding.rule for each in outcome.silenced] == ["floating-tag"]
    assert [each.rule for each in outcome.findings] == ["missing-description"]


def test_a_comment_is_not_called_unused_when_its_rule_was_not_applied(
    write_pack: PackWriter,
) -> None:
    folder = write_pack({"templates/x.nomad.tpl": "# packgen:ignore floating-tag: x\n"})

    found = packs.check_pack(folder, names={"unused-ignore", "unused-variable"}).findings

    assert found == ()


@given(st.text(alphabet=st.sampled_from("#/*[]-: \n\tpackgen:ignorexé"), max_size=80))
def test_any_text_can_be_read(text: str) -> None:
    for silence in silencing.read(f"# packgen:ignore {text}", "x.hcl"):
        assert silence.position.line in silence.lines
