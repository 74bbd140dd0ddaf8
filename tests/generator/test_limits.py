"""Limits: what large packs need is below them, and what goes over one is told which it was."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from generator import jobspec, limits, reading, template
from generator.errors import GeneratorError, HclError
from generator.hcl import formatter


def expand(text: str) -> str:
    templates = template.TemplateSet(template.sprig_functions())
    templates.add("t", text)
    return templates.execute("t", {"a": 1})


def refusal(text: str) -> str:
    with pytest.raises(template.Mistake) as caught:
        expand(text)
    return str(caught.value)


def test_a_template_of_ten_thousand_lines_is_expanded() -> None:
    expanded = expand("port = [[ .a | add 1 | quote ]]\n" * 10_000)

    assert expanded == 'port = "2"\n' * 10_000


def test_a_hundred_thousand_turns_of_a_loop_are_made() -> None:
    expanded = expand("[[ range $i := until 100000 ]][[ $i ]] [[ add $i 1 ]]\n[[ end ]]")

    assert expanded.endswith("99999 100000\n")


def test_a_list_of_thousands_can_be_built_one_by_one() -> None:
    text = "[[ $l := list ]][[ range until 5000 ]][[ $l = append $l . ]][[ end ]][[ len $l ]]"

    assert expand(text) == "5000"


def test_a_hundred_thousand_lines_are_formatted() -> None:
    assert formatter.format_source("  a\n" * 100_000) == "a\n" * 100_000


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[ range 1000000000 ]]x[[ end ]]", "t:1:10: executing"),
        ("[[ range 1000000000 ]]x[[ end ]]", f"more than {limits.MAX_STEPS} steps"),
        ('[[ repeat 100000000 "x" ]]', f"text of more than {limits.MAX_TEXT} characters"),
        ("[[ until 1000000000 ]]", f"list of more than {limits.MAX_ITEMS} elements"),
        ("[[ . ]]" * 100_000, "words and signs in its actions"),
        ("[[ if 1 ]]" * 61, "nested more than 60 deep"),
    ],
)
def test_what_is_too_much_is_told_by_the_name_of_the_limit(text: str, named: str) -> None:
    assert named in refusal(text)


def test_the_same_is_refused_every_time_whatever_was_run_before() -> None:
    just_enough = "[[ range 600 ]][[ range 1000 ]]x[[ end ]][[ end ]]"

    assert {len(expand(just_enough)) for _ in range(4)} == {600_000}


def test_locals_that_double_are_refused_where_it_shows() -> None:
    doubled = "\n".join(f"l{n + 1} = [local.l{n}, local.l{n}]" for n in range(40))
    text = f'locals {{\n l0 = 1\n {doubled}\n}}\njob "a" {{\n meta {{\n x = local.l40\n }}\n}}\n'

    with pytest.raises(HclError, match="Too large; it takes more than") as caught:
        jobspec.parse(text, "x")

    assert caught.value.position is not None


def test_no_job_goes_on_behind_a_limit_by_trying_something_else() -> None:
    loops = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]"
    text = f'job "a" {{\n meta {{\n x = try({loops}, {loops}, "done")\n }}\n}}\n'

    with pytest.raises(GeneratorError, match="steps"):
        jobspec.parse(text, "x")


def test_a_value_is_weighed_as_often_as_it_is_held() -> None:
    inner = ["x"]

    assert limits.weigh([inner, inner, {"a": inner}], 100) == 1 + 3 + (2 + 2) + (2 + 2)


def test_a_device_without_end_is_not_read() -> None:
    with pytest.raises(limits.LimitError, match="larger than"):
        reading.read_bytes("/dev/zero")


def test_a_pipe_is_read_but_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    assert reading.read_bytes(pipe) == b""

    kept = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # what is written waits for a reader
    with pipe.open("wb", buffering=0) as writer:
        writer.write(b"some text")
        found: list[bytes] = []
        reader = threading.Thread(target=lambda: found.append(reading.read_bytes(pipe)))
        reader.start()
        writer.write(b", and more")
    reader.join(timeout=10)
    os.close(kept)

    assert found == [b"some text, and more"]


@pytest.mark.parametrize("name", ["/", "no such file", "a\0b"])
def test_what_is_no_file_is_an_error_of_the_system(name: str) -> None:
    with pytest.raises(OSError):
        reading.read_bytes(name)
