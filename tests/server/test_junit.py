"""JUnit reports: what is counted, what is kept of a failure, and what no report can do to its reader."""

from __future__ import annotations

import dataclasses
import random
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pydantic
import pytest
from hypothesis import given, strategies

from server import junit
from server.junit import FailedCase, JUnitError, Summary

# As pytest --junit-xml writes it.
PYTEST = b"""<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="1" skipped="1" tests="5" time="0.123">
<properties><property name="a" value="b"/></properties>
<testcase classname="tests.test_a" name="test_one" time="0.001"/>
<testcase classname="tests.test_a" name="test_two[x &lt; y]" time="0.002"><system-out>noise</system-out></testcase>
<testcase classname="tests.test_a" name="test_three" time="0.003"><failure message="assert 1 == 2">def test():
&gt; assert 1 == 2</failure></testcase>
<testcase classname="tests.test_b" name="test_four"><error message="failed on setup">E fixture</error></testcase>
<testcase classname="tests.test_b" name="test_five" time="0.0"><skipped type="pytest.skip" message="no"/></testcase>
</testsuite></testsuites>"""


def report(*cases: str, **attributes: object) -> bytes:
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<testsuite name="s"{said}>{"".join(cases)}</testsuite>'.encode()


def test_a_report_of_pytest_is_summarised() -> None:
    assert junit.parse(PYTEST) == Summary(
        tests=5,
        passed=2,
        failed=1,
        errors=1,
        skipped=1,
        seconds=0.123,
        failures=(
            FailedCase(suite="tests.test_a", name="test_three", message="assert 1 == 2"),
            FailedCase(suite="tests.test_b", name="test_four", message="failed on setup"),
        ),
    )


def test_what_pytest_itself_writes_is_summarised(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "def test_right(): pass\n"
        "def test_wrong(): assert 'a' == 'b'\n"
        "@pytest.fixture\n"
        "def broken(): raise OSError('no such thing')\n"
        "def test_broken(broken): pass\n"
        "@pytest.mark.skip\n"
        "def test_left_out(): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "--junit-xml", "report.xml", "test_it.py"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 1

    summary = junit.parse((tmp_path / "report.xml").read_bytes())

    assert (summary.tests, summary.passed, summary.failed) == (4, 1, 1)
    assert (summary.errors, summary.skipped) == (1, 1)
    assert [each.name for each in summary.failures] == ["test_wrong", "test_broken"]
    assert "no such thing" in summary.failures[1].message


def test_counts_that_a_suite_does_not_say_are_taken_from_its_cases() -> None:
    summary = junit.parse(
        report(
            '<testcase name="a" time="1.5"/>',
            '<testcase name="b" time="0.25"><failure>line one\n\tline two</failure></testcase>',
            '<testcase name="c"><skipped/></testcase>',
            '<testcase name="d" status="notrun"/>',
        )
    )

    assert summary == Summary(
        tests=4,
        passed=1,
        failed=1,
        skipped=2,
        seconds=1.75,
        failures=(FailedCase(suite="s", name="b", message="line one line two"),),
    )


def test_cases_that_a_suite_does_not_show_are_taken_from_what_it_says() -> None:
    shown = '<testcase name="b"><failure message="m"/></testcase>'

    summary = junit.parse(
        report(shown, tests=10, failures=1, skipped=2, disabled=1, time="1,234.5")
    )

    assert (summary.tests, summary.passed, summary.failed, summary.skipped) == (10, 6, 1, 3)
    assert summary.seconds == 1234.5


def test_suites_within_suites_add_up_whether_or_not_the_outer_say_so() -> None:
    inner = '<testsuite name="i" tests="2" time="2"><testcase name="a"/><testcase name="b"/></testsuite>'
    own = '<testcase name="c"><error/></testcase>'

    for outer in ("", ' tests="3"', ' tests="1" errors="1"'):
        summary = junit.parse(
            f"<testsuites><testsuite{outer}>{inner}{own}</testsuite>{inner}</testsuites>".encode()
        )
        assert (summary.tests, summary.passed, summary.errors) == (5, 4, 1), outer
        assert summary.seconds == 4


def test_a_case_counts_once_by_the_weightiest_of_its_outcomes() -> None:
    both = '<testcase name="a"><skipped/><failure message="f"/><error message="e"/><failure/></testcase>'

    summary = junit.parse(report(both))

    assert (summary.tests, summary.failed, summary.errors, summary.skipped) == (1, 0, 1, 0)
    assert summary.failures[0].message == "e"


def test_what_stands_where_no_report_has_it_counts_for_nothing() -> None:
    summary = junit.parse(
        report(
            '<properties><testcase name="x"><failure/></testcase></properties>',
            '<testcase name="a"><testsuite tests="9"><testcase><error/></testcase></testsuite></testcase>',
            '<failure message="not of a case"/>',
        )
    )

    assert summary == Summary(tests=1, passed=1)


def test_names_may_have_a_prefix() -> None:
    text = (
        b'<j:testsuite xmlns:j="urn:x"><j:testcase name="a"><j:failure/></j:testcase></j:testsuite>'
    )
    assert junit.parse(text).failed == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_reports_in_the_usual_encodings_are_read(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><testsuite><testcase name="é"><error/></testcase></testsuite>'
    assert junit.parse(text.encode(encoding)).failures[0].name == "é"


def test_a_message_is_one_printable_line_of_at_most_300_characters() -> None:
    noisy = "\x85\u202e\u200b" + "a" * 100 + "&#10;&#9; &#x9b;31m" + "b" * 10_000
    name = "n" * 5000

    (failure,) = junit.parse(
        report(f'<testcase name="{name}"><failure message="{noisy}"/></testcase>')
    ).failures

    assert failure.message.startswith("a" * 100 + " 31mbbb")
    assert len(failure.message) == junit.MESSAGE_LIMIT
    assert len(failure.name) == junit.NAME_LIMIT
    assert (failure.message + failure.name).isprintable()


def test_the_first_20_failures_are_kept_and_all_are_counted() -> None:
    case = '<testcase name="{}"><failure/></testcase>'
    summary = junit.parse(report(*(case.format(number) for number in range(50))))

    assert summary.failed == 50
    assert [each.name for each in summary.failures] == [str(number) for number in range(20)]
    assert junit.merge([summary, summary]).failures == summary.failures


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"", "no element found"),
        (b"tests passed", "not well-formed"),
        (b"<html/>", "the root is <html>"),
        (b"<testcase/>", "the root is <testcase>"),
        (b"<testsuite>", "no element found"),
        (b"<testsuite/><testsuite/>", "junk after document element"),
        (b"<testsuite>&unknown;</testsuite>", "undefined entity"),
        (b"<testsuite>\xff\xfe\xfd</testsuite>", "invalid token"),
        (b'<testsuite a="1" a="2"/>', "duplicate attribute"),
        (b'<?xml version="1.0" encoding="utf-7"?><testsuite/>', "encoding 'utf-7'"),
        (b'<?xml version="1.0" encoding="x-../../etc"?><testsuite/>', "not well-formed"),
        (b'<?xml version="1.0" encoding="unicode_escape"?><testsuite/>', "'unicode_escape'"),
        (b"<!DOCTYPE testsuite><testsuite/>", "document type"),
        (b"<testsuite>" * 65, "more than 64 elements"),
        (b"<testsuite><x>" + b"<y>" * 100_000, "more than 64 elements"),
        (b" " * (junit.SIZE_LIMIT + 1), "bytes"),
    ],
)
def test_what_is_no_report_is_refused_with_a_sentence(text: bytes, told: str) -> None:
    with pytest.raises(JUnitError, match=told):
        junit.parse(text)


def test_no_entity_is_expanded_and_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    for inner in (
        f'<!ENTITY l0 "ha">{laughs}',
        f'<!ENTITY l9 SYSTEM "file://{secret}">',
        f'<!ENTITY % p SYSTEM "file://{secret}"> %p;',
    ):
        text = f'<!DOCTYPE testsuite [{inner}]><testsuite><testcase name="&l9;"/></testsuite>'
        began = time.monotonic()
        with pytest.raises(JUnitError, match="document type") as raised:
            junit.parse(text.encode())
        assert time.monotonic() - began < 10
        assert "s3cret" not in str(raised.value)


def fill(text: str) -> str:
    """As often as fits into the largest report."""
    return text * ((junit.SIZE_LIMIT - 200) // len(text))


@pytest.mark.parametrize(
    "text",
    [
        f'<testsuite name="{fill("x")}"/>',
        f'<testsuite><testcase name="a"><failure message="{fill("&#10;")}"/></testcase></testsuite>',
        f'<testsuite><testcase name="a"><failure>{fill(" ")}</failure></testcase></testsuite>',
        f'<testsuite><testcase name="a"><failure>{fill("&#10;")}</failure></testcase></testsuite>',
        f'<testsuite><testcase name="a">{fill("<failure/>")}</testcase></testsuite>',
        f"<testsuite>{fill('<testcase><error/></testcase>')}</testsuite>",
        f"<testsuite>{fill('<testsuite/>')}</testsuite>",
        "<testsuite {}/>".format(" ".join(f"a{n:06}='v'" for n in range(100_000))),
        f"<testsuite>{fill('<?p i?>')}</testsuite>",
        f"<testsuite><!--{fill('x')}--></testsuite>",
    ],
    ids=[
        *("attribute", "references", "blank", "lines", "outcomes", "cases", "suites"),
        *("many attributes", "instructions", "comment"),
    ],
)
def test_the_largest_of_reports_is_read_in_little_time(text: str) -> None:
    began = time.process_time()
    summary = junit.parse(text.encode())
    assert time.process_time() - began < 5
    assert len(repr(summary)) < 20 * 1000


@pytest.mark.parametrize(
    "number", ["-1", "9" * 5000, "1e999", "nan", "inf", "٣", "1_0", " 1", "0x1"]
)
def test_a_number_that_is_none_is_not_believed(number: str) -> None:
    case = f'<testcase name="a" time="{number}"/>'

    summary = junit.parse(report(case, tests=number, failures=number, time=number))

    assert summary == Summary(tests=1, passed=1)


def test_a_summary_is_kept_in_a_record_and_found_there_again() -> None:
    adapter = pydantic.TypeAdapter(Summary)
    summary = junit.parse(PYTEST)

    stored = adapter.dump_python(summary, mode="json")

    assert adapter.validate_python(stored | {"of_a_newer_version": 1}) == summary


def test_a_summary_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        junit.parse(PYTEST).tests = 0  # type: ignore[misc]


OUTCOMES = strategies.sampled_from(("", "failure", "error", "skipped"))


@given(strategies.lists(strategies.lists(OUTCOMES, max_size=8), max_size=5), strategies.booleans())
def test_whatever_the_cases_are_all_are_counted(suites: list[list[str]], says_so: bool) -> None:
    root = ElementTree.Element("testsuites")
    for outcomes in suites:
        said = {"tests": str(len(outcomes)), "failures": str(outcomes.count("failure"))}
        suite = ElementTree.SubElement(root, "testsuite", said if says_so else {})
        for outcome in outcomes:
            case = ElementTree.SubElement(suite, "testcase", {"name": "n"})
            if outcome:
                ElementTree.SubElement(case, outcome, {"message": "m"})

    summary = junit.parse(ElementTree.tostring(root))

    ended = [outcome for outcomes in suites for outcome in outcomes]
    assert summary.tests == len(ended)
    assert summary.passed == ended.count("")
    assert summary.failed == ended.count("failure")
    assert summary.errors == ended.count("error")
    assert summary.skipped == ended.count("skipped")
    assert len(summary.failures) == min(20, summary.failed + summary.errors)


PRINTABLE = strategies.text(strategies.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))


@given(PRINTABLE, PRINTABLE)
def test_of_any_text_something_printable_is_kept(name: str, message: str) -> None:
    root = ElementTree.Element("testsuite")
    case = ElementTree.SubElement(root, "testcase", {"name": name})
    ElementTree.SubElement(case, "failure").text = message.replace("\ufffe", "").replace(
        "\uffff", ""
    )
    case.set("name", name.replace("\ufffe", "").replace("\uffff", ""))

    (failure,) = junit.parse(ElementTree.tostring(root, "utf-8")).failures

    assert (failure.name + failure.message).isprintable()
    assert len(failure.name) <= junit.NAME_LIMIT
    assert len(failure.message) <= junit.MESSAGE_LIMIT


@given(strategies.lists(strategies.builds(
    Summary, tests=strategies.integers(0, 9), seconds=strategies.floats(0, 9)), max_size=6))  # fmt: skip
def test_merging_adds_up_in_any_grouping(several: list[Summary]) -> None:
    assert junit.merge(several).tests == sum(each.tests for each in several)
    assert junit.merge([junit.merge(several[:3]), *several[3:]]).tests == junit.merge(several).tests


def mutate(text: bytes, luck: random.Random) -> bytes:
    """A report as a broken or hostile writer may leave it."""
    signs = (b"<", b">", b"&", b'"', b"/", b"<!DOCTYPE a [", b"]]>", b"<![CDATA[", b"\x00", b"\xff", b"<?xml ",
             b"<testsuite>", b"</testsuite>", b"<testcase>", b"<failure>", b"&#x0;", b"xmlns:a=", b":")  # fmt: skip
    for _ in range(luck.randint(1, 6)):
        at, end = sorted(luck.randrange(len(text) + 1) for _ in range(2))
        match luck.randrange(3):
            case 0:
                text = text[:at] + luck.choice(signs) + text[at:]
            case 1:
                text = text[:at] + text[min(end, at + 30) :]
            case _:
                text = text[:end] + text[at:end] + text[end:]
    return text


def test_no_mutation_of_a_report_is_more_than_refused() -> None:
    luck = random.Random(6)
    read = 0
    for _ in range(4000):
        try:
            summary = junit.parse(mutate(PYTEST, luck))
        except JUnitError as error:
            assert str(error).isprintable()
            continue
        read += 1
        kinds = (summary.passed, summary.failed, summary.errors, summary.skipped)
        assert min(kinds) >= 0
        assert sum(kinds) == summary.tests
    assert 0 < read < 4000
