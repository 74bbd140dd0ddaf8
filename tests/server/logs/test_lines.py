"""Lines are the same however what is read of them is cut."""

from __future__ import annotations

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from server.logs.files import Position, Stream
from server.logs.lines import LINE_LIMIT, Line, LineReader, guard, heading, show

CONTENTS = st.lists(
    st.sampled_from(["ünï", "a\r", "\n", "\n", "€", "\x1b[31m", "😀", "x" * 9000, "\u2028"]),
    max_size=30,
).map(lambda parts: "".join(parts).encode())


def read(chunks: list[tuple[Position, bytes]], start: Position | None = None) -> list[Line]:
    reader = LineReader(start or chunks[0][0])
    lines = [line for at, data in chunks for line in reader.feed(at, data)]
    rest = reader.take_rest()
    return lines if rest is None else [*lines, rest]


def cut(content: bytes, places: list[int]) -> list[tuple[Position, bytes]]:
    """Cut a file's content into chunks."""
    bounds = sorted({0, len(content), *(place % (len(content) + 1) for place in places)})
    if len(bounds) == 1:
        return [(Position(), b"")]
    return [(Position(0, begin), content[begin:end]) for begin, end in itertools.pairwise(bounds)]


@given(content=CONTENTS, places=st.lists(st.integers(0, 10**6), max_size=12))
@example(content=b"\xe2\x82\xac\n\xff\xfe", places=[1, 2, 5])
@example(content=b"x" * (LINE_LIMIT * 2 + 1) + b"\n", places=[LINE_LIMIT, LINE_LIMIT + 1])
@example(content=b"x" * LINE_LIMIT + b"\nend", places=[LINE_LIMIT])
def test_any_chunks_of_the_same_bytes_give_the_same_lines(
    content: bytes, places: list[int]
) -> None:
    assert read(cut(content, places)) == read(cut(content, []))


@given(content=CONTENTS, places=st.lists(st.integers(0, 10**6), max_size=12))
def test_from_behind_any_line_the_others_follow(content: bytes, places: list[int]) -> None:
    lines = read(cut(content, []))
    for number, line in enumerate(lines):
        rest = content[line.end.offset :]
        chunks = [
            (Position(0, at.offset + line.end.offset), data) for at, data in cut(rest, places)
        ]
        assert read(chunks, line.end) == lines[number + 1 :]


@given(content=CONTENTS, places=st.lists(st.integers(0, 10**6), max_size=5))
def test_lines_go_on_over_files(content: bytes, places: list[int]) -> None:
    files = [
        (Position(number), data) for number, (_, data) in enumerate(cut(content, places), start=3)
    ]
    found = read(files)
    assert [line.content for line in found] == [line.content for line in read(cut(content, []))]
    kept = {at.file: data for at, data in files}
    stream = Stream("t", "stdout", tuple((number, len(data)) for number, data in kept.items()))
    for number, line in enumerate(found):
        chunks = [
            (at, kept[at.file][at.offset : at.offset + size]) for at, size in stream.parts(line.end)
        ]
        again = read(chunks, line.end) if chunks else []
        assert [each.content for each in again] == [each.content for each in found[number + 1 :]]


@given(content=CONTENTS, places=st.lists(st.integers(0, 10**6), max_size=12), skipped=st.integers())
@example(content=b"x" * (LINE_LIMIT * 2 + 1) + b"\n\nend", places=[LINE_LIMIT + 1, 9], skipped=2)
def test_lines_that_are_skipped_are_as_many_as_those_that_are_made(
    content: bytes, places: list[int], skipped: int
) -> None:
    chunks = cut(content, places)
    reader, other = LineReader(), LineReader()
    for number, (at, data) in enumerate(chunks):
        made = list(reader.feed(at, data))
        if number < skipped % (len(chunks) + 1):
            assert other.skip(at, data) == len(made)
        else:
            assert list(other.feed(at, data)) == made
    assert other.take_rest() == reader.take_rest()


def test_what_has_no_line_ends_is_cut_between_characters() -> None:
    content = "€".encode() * LINE_LIMIT
    lines = read([(Position(), content)])
    assert "".join(line.text for line in lines) == "€" * LINE_LIMIT
    assert all(LINE_LIMIT - 3 < len(line.content) <= LINE_LIMIT for line in lines[:-1])


def test_what_is_no_text_at_all_is_cut_as_well() -> None:
    lines = read([(Position(), b"\x80" * (LINE_LIMIT + 7))])
    assert [len(line.content) for line in lines] == [LINE_LIMIT, 7]


@given(st.text())
def test_a_line_is_shown_as_one(text: str) -> None:
    content = text.encode("utf-8", "surrogatepass").replace(b"\n", b"")
    assert len(show(content).splitlines()) <= 1


def test_no_line_looks_like_a_heading() -> None:
    for forged in (heading("publish"), heading("build", "phase")):
        assert guard(forged) == f" {forged}"
    assert guard("--- a task ---") == "--- a task ---"
