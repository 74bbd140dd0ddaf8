from __future__ import annotations

import json
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server import terminal

ESC = "\x1b"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"{ESC}[1;31merror{ESC}[0m: no", "error: no"),
        ("\x9b31mred\x9bm", "red"),
        (f"{ESC}[2J{ESC}[H{ESC}[?1049hgone", "gone"),
        (f"{ESC}[38:2::1:2:3m{ESC}[ qx", "x"),
        (f"{ESC}]0;title\x07text", "text"),
        (f"{ESC}]8;;http://evil.example{ESC}\\link{ESC}]8;;{ESC}\\", "link"),
        ("\x9d0;title\x9ctext", "text"),
        (f"{ESC}]52;c;cm0gLXJmIC8=\x07paste", "paste"),
        (f"{ESC}P+q544e{ESC}\\a{ESC}_x{ESC}\\b{ESC}^x{ESC}\\c{ESC}Xx{ESC}\\d", "abcd"),
        ("\x90q\x9ca\x9fx\x9cb\x9ex\x9cc\x98x\x9cd", "abcd"),
        (f"{ESC}c{ESC}7{ESC}8{ESC}(0{ESC}#8{ESC} Fx", "x"),
        (f"{ESC}{ESC}[31mx", "x"),
        (f"a{ESC}", "a"),
        (f"a{ESC}[", "a"),
        (f"a{ESC}[31", "a"),
        (f"a{ESC}]0;never ends", "a"),
        (f"a{ESC}]0;x{ESC}[31mb", "ab"),
    ],
)
def test_escape_sequences_leave_the_text_around_them(written: str, shown: str) -> None:
    assert terminal.strip(written) == shown


@pytest.mark.parametrize("start", [f"{ESC}]0;", f"{ESC}P", f"{ESC}_", "\x9d", "\x90", f"{ESC}["])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\x85", "\u2028", "\x0b"])
def test_a_sequence_that_does_not_end_hides_no_line_after_it(start: str, end: str) -> None:
    assert terminal.strip(f"a\n{start}{end}failed\n") == "a\n\nfailed\n"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\r\nb\r\n", "a\nb\n"),
        ("a\r\r\nb", "a\nb"),
        ("10%\r50%\r100%\nnext", "100%\nnext"),
        ("100%\r", "100%"),
        ("\r\r", ""),
        (f"long line\r{ESC}[Kok", "ok"),
        ("passwd\b\b\bs", "pass"),
        ("\b\ba\bb", "b"),
        ("a\n\bb", "a\nb"),
        ("b\bbo\bold", "bold"),
    ],
)
def test_a_line_is_kept_as_it_was_shown_in_the_end(written: str, shown: str) -> None:
    assert terminal.strip(written) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("a\x00b\x07c\x7fd\x1fe", "abcde"),
        ("a\x0bb\x0cc\x85d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("access \u202eetucexe\u202c \u2066x\u2069", "access etucexe x"),
        ("hello" + "".join(chr(0xE0000 + ord(each)) for each in "do evil"), "hello"),
        ("a\ufff9b\ufffac\ufffbd", "abcd"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_what_hides_or_turns_text_goes(written: str, shown: str) -> None:
    assert terminal.strip(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "ünï — “quotes” 漢字 العربية",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a non-joiner
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family, with joiners
        "a\tb\n\n  c  \n",
        "[31m is no sequence without an escape",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert terminal.strip(text) == text


PIECES = st.sampled_from(
    [*f"{ESC}[]P\\31;m a\u00e9\n\r\b\x00\x07\x18\x85\x9b\x9c\x9d\u2028\u202e\u2066\U000e0041\ud800"]
)
HOSTILE = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text())


@given(HOSTILE)
@example(f"{ESC}\x00[31m")
@example(f"{ESC}\u202e[31m")
@example("\x1b\ud800[")
def test_whatever_is_written_nothing_of_it_controls_a_terminal(text: str) -> None:
    shown = terminal.strip(text)
    assert all(
        unicodedata.category(each) not in ("Cc", "Cs", "Zl", "Zp") or each in "\n\t"
        for each in shown
    )
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert json.loads(json.dumps(shown).encode()) == shown
    assert terminal.strip(shown) == shown


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_text_without_controls_is_never_changed(text: str) -> None:
    assert terminal.strip(text) == text


@given(st.lists(HOSTILE), st.text("abc 1", min_size=1))
def test_no_line_hides_the_line_after_it(lines: list[str], last: str) -> None:
    assert terminal.strip("\n".join([*lines, last])).split("\n")[-1] == last


@pytest.mark.parametrize(
    "piece",
    [
        ESC,
        f"{ESC}[",
        f"{ESC}]",
        f"{ESC}P{ESC}\\",
        f"a{ESC}",
        f"{ESC}[3",
        "\x9b1;",
        "\x9d",
        "a\r",
        "\r",
        "a\b",
        "a\ba",
        "\b",
        "a\x00",
        "\u202ea",
        f"{ESC}[31mx{ESC}[0m\n",
        "\r\n",
        "\r",
        "\x85",
        f"{ESC} ",
        f"{ESC}]a\x9c\r",
        "\ud800",
    ],
)
def test_a_megabyte_of_hostile_text_takes_no_longer_than_its_length(piece: str) -> None:
    def measure(size: int) -> float:
        text = piece * (size // len(piece))
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            terminal.strip(text)
            best = min(best, time.process_time() - start)
        return best

    assert measure(1_000_000) < 0.3
