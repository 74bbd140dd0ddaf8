"""Instructions of a Dockerfile are found where Buildah finds them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.failures import dockerfile


def show(source: str) -> list[tuple[int, int, str, int, int]]:
    """Return stage, number, keyword, first and last line of each instruction."""
    return [
        (each.stage, each.number, each.keyword, each.first, each.last)
        for each in dockerfile.scan(source)
    ]


def test_instructions_count_within_their_stage_and_what_comes_before_the_first_one_has_none() -> (
    None
):
    source = "ARG TAG=1\nFROM a:${TAG} AS one\nRUN x\n\n# comment\nfrom b\nCOPY --from=one x x\n"
    assert show(source) == [
        (0, 1, "ARG", 1, 1),
        (1, 1, "FROM", 2, 2),
        (1, 2, "RUN", 3, 3),
        (2, 1, "FROM", 6, 6),
        (2, 2, "COPY", 7, 7),
    ]


@pytest.mark.parametrize(
    ("source", "text", "last"),
    [
        ("RUN a \\\n  b", "RUN a   b", 2),
        ("RUN a \\  \n b", "RUN a  b", 2),
        ("RUN a \\\r\n b\r", "RUN a  b", 2),
        ("RUN a \\\n# comment \\\n  # another\n\n b", "RUN a  b", 5),
        ("RUN a \\", "RUN a", 1),
        ("RUN a \\\n", "RUN a", 2),
        ("  RUN a # no comment", "RUN a # no comment", 1),
        ("# escape=`\nRUN dir C:\\ `\n  b", "RUN dir C:\\   b", 3),
        ("# a comment first\n# escape=`\nRUN dir `\nRUN b", "RUN dir `", 3),
        ("\ufeffRUN a", "RUN a", 1),
    ],
)
def test_lines_that_go_on_are_one_instruction(source: str, text: str, last: int) -> None:
    first, *_ = dockerfile.scan(source)
    assert (first.text, first.last) == (text, last)


@pytest.mark.parametrize(
    "begin",
    [
        "RUN <<EOF",
        "RUN <<-EOF",
        "RUN <<'EOF'",
        'RUN <<"EOF" cat',
        "RUN cat <<EOF > /x",
        "RUN cat 3<<EOF",
        "RUN --mount=type=cache,target=/x \\\n <<EOF",
        "COPY <<EOF /x",
        "ADD <<EOF /x",
        "ONBUILD RUN <<EOF",
    ],
)
def test_a_here_document_belongs_to_its_instruction(begin: str) -> None:
    first, second = dockerfile.scan(f"{begin}\nFROM x\n\n# no comment\nEOF\nRUN last")
    assert first.last == begin.count("\n") + 5
    assert second.text == "RUN last"


@pytest.mark.parametrize(
    "line",
    [
        "RUN echo '<<EOF'",
        'RUN echo "a <<EOF b"',
        'RUN ["sh", "<<EOF"]',
        "RUN a<<EOF",
        "RUN cat <<<EOF",
        "RUN echo $((1 << 2))",
        "LABEL a=<<EOF",
        "ENV <<EOF",
    ],
)
def test_what_only_looks_like_a_here_document_is_none(line: str) -> None:
    assert [each.last for each in dockerfile.scan(f"{line}\nRUN b\nEOF")] == [1, 2, 3]


def test_here_documents_end_one_after_the_other_and_only_with_a_dash_after_tabs() -> None:
    source = "COPY <<one <<-two /x\n\tone\none\n\ttwo\nRUN b\n"
    assert show(source)[1] == (0, 2, "RUN", 5, 5)


def test_a_here_document_without_an_end_has_the_rest_of_the_file() -> None:
    assert len(dockerfile.scan("RUN <<EOF\nRUN a\nRUN b\n")) == 1


@given(
    st.text(alphabet=st.sampled_from("RUNFOMC <-'\"\\\n\r\t#=`E[{,é\x00"), max_size=300) | st.text()
)
def test_any_text_is_scanned_and_no_line_is_passed_over_or_counted_twice(source: str) -> None:
    found = dockerfile.scan(source)
    for before, after in itertools.pairwise(found):
        assert before.last < after.first
    for each in found:
        assert 1 <= each.first <= each.last <= source.count("\n") + 1
