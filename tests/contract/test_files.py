"""Logs and files of allocations."""

from __future__ import annotations

import base64
import json

import pytest

from tests.contract.api import Json, Nomad, job, task, unique
from tests.waiting import wait_for

TEXT = "one\ntwo\nthree\n"


@pytest.fixture(scope="module")
def allocation(nomad: Nomad) -> Json:
    """An allocation that has said something and ended."""
    job_id = unique("files")
    nomad.register(job(job_id, task("t", {"run_for": "300ms", "stdout_string": TEXT})))
    return nomad.ended(job_id)


def logs(allocation: Json, query: str) -> str:
    return f"/v1/client/fs/logs/{allocation['ID']}?{query}"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", TEXT),
        ("&offset=4", "two\nthree\n"),
        ("&offset=400", ""),
        ("&origin=end&offset=6", "three\n"),
        ("&origin=end&offset=400", TEXT),
        ("&origin=end", TEXT),
    ],
)
def test_output_is_read_from_an_offset(
    nomad: Nomad, allocation: Json, query: str, expected: str
) -> None:
    answer = nomad.get(logs(allocation, f"task=t&type=stdout&plain=true{query}"))
    assert (answer.status, answer.text) == (200, expected)
    assert answer.headers["content-type"] == "text/plain"


def test_the_other_stream_is_empty(nomad: Nomad, allocation: Json) -> None:
    assert nomad.get(logs(allocation, "task=t&type=stderr&plain=true")).text == ""


def test_output_comes_in_frames_when_not_plain(nomad: Nomad, allocation: Json) -> None:
    answer = nomad.get(logs(allocation, "task=t&type=stdout"))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {
        "Data": base64.b64encode(TEXT.encode()).decode(),
        "File": "alloc/logs/t.stdout.0",
        "Offset": len(TEXT),
    }


def test_following_goes_on_with_heartbeats(nomad: Nomad, allocation: Json) -> None:
    with nomad.stream(logs(allocation, "task=t&type=stdout&follow=true")) as answer:
        received = b""
        for chunk in answer.iter_content(chunk_size=None):
            received += chunk
            if received.endswith(b"{}"):
                break
    decoder = json.JSONDecoder()
    frame, end = decoder.raw_decode(received.decode())
    assert base64.b64decode(frame["Data"]).decode() == TEXT
    assert set(received.decode()[end:]) == {"{", "}"}


def test_following_shows_output_as_it_comes(nomad: Nomad) -> None:
    job_id = unique("follow")
    config = {
        "run_for": "2s",
        "stdout_string": "tick\n",
        "stdout_repeat": 3,
        "stdout_repeat_duration": "200ms",
    }
    nomad.register(job(job_id, task("t", config)))
    running = nomad.allocation(job_id, lambda each: each["ClientStatus"] != "pending")
    with nomad.stream(logs(running, "task=t&type=stdout&follow=true&plain=true")) as answer:
        received = b""
        for chunk in answer.iter_content(chunk_size=None):
            received += chunk
            if received.count(b"tick\n") == 4:
                break
    assert received == b"tick\n" * 4


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("", "must provide task name"),
        ("type=stdout", "must provide task name"),
        ("task=t", "must provide log type (stdout/stderr)"),
        ("task=t&type=x", "must provide log type (stdout/stderr)"),
        ("task=x&type=stdout", 'unknown task name "x"'),
        ("task=t&type=stdout&origin=x", "origin must be start or end"),
        (
            "task=t&type=stdout&offset=x",
            'error parsing offset: strconv.ParseInt: parsing "x": invalid syntax',
        ),
        (
            "task=t&type=stdout&follow=x",
            'failed to parse follow field to boolean: strconv.ParseBool: parsing "x": '
            "invalid syntax",
        ),
    ],
)
def test_wrong_parameters_are_answered_in_nomads_words(
    nomad: Nomad, allocation: Json, query: str, text: str
) -> None:
    answer = nomad.get(logs(allocation, query))
    assert (answer.status, answer.text) == (400, text)


def test_an_unknown_allocation_has_no_logs(nomad: Nomad) -> None:
    nothing = "00000000-0000-0000-0000-000000000000"
    answer = nomad.get(f"/v1/client/fs/logs/{nothing}?task=t&type=stdout")
    assert (answer.status, answer.text) == (404, f'Unknown allocation "{nothing}"')


def fs(allocation: Json, verb: str, path: str) -> str:
    return f"/v1/client/fs/{verb}/{allocation['ID']}?path={path}"


def test_folders_are_listed(nomad: Nomad, allocation: Json) -> None:
    top = nomad.get(fs(allocation, "ls", "/")).json
    assert [(each["Name"], each["IsDir"]) for each in top] == [("alloc", True), ("t", True)]
    shared = nomad.get(fs(allocation, "ls", "alloc")).json
    assert [each["Name"] for each in shared] == ["data", "logs", "tmp"]
    assert {each["FileMode"] for each in shared} == {"drwxrwxrwx"}
    assert nomad.get(fs(allocation, "ls", "absent")).status == 404


def test_the_files_of_a_log_are_listed_with_their_sizes(nomad: Nomad, allocation: Json) -> None:
    found = nomad.get(fs(allocation, "ls", "alloc/logs")).json
    known = {each["Name"]: (each["Size"], each["FileMode"][0]) for each in found}
    assert known["t.stdout.0"] == (len(TEXT), "-")
    assert known["t.stderr.0"] == (0, "-")
    assert all(kind == "-" for name, (_, kind) in known.items() if name.startswith("t.std"))


def test_a_log_that_grows_is_read_on_by_parts(nomad: Nomad) -> None:
    job_id = unique("parts")
    config = {
        "run_for": "1s",
        "stdout_string": "tick\n",
        "stdout_repeat": 3,
        "stdout_repeat_duration": "200ms",
    }
    nomad.register(job(job_id, task("t", config)))
    running = nomad.allocation(job_id, lambda each: each["ClientStatus"] != "pending")
    read = ""
    path = "alloc/logs/t.stdout.0"

    def read_on() -> bool:
        nonlocal read
        listed = nomad.get(fs(running, "ls", "alloc/logs")).json
        size = next(each["Size"] for each in listed if each["Name"] == "t.stdout.0")
        part = nomad.get(
            fs(running, "readat", path) + f"&offset={len(read)}&limit={size - len(read)}"
        )
        assert len(part.text) == size - len(read)
        read += part.text
        return read.count("tick\n") == 4

    wait_for(read_on, "all that the task says")
    assert read == "tick\n" * 4


def test_of_a_log_that_is_too_long_the_oldest_files_go_and_numbers_stay(nomad: Nomad) -> None:
    job_id = unique("rotate")
    line = "0123456789abcde\n"
    config = {
        "run_for": "2s",
        "stdout_string": line * 4096,
        "stdout_repeat": 70,
        "stdout_repeat_duration": "10ms",
    }
    log = {"MaxFiles": 2, "MaxFileSizeMB": 1}
    nomad.register(job(job_id, task("t", config, LogConfig=log)))
    ended = nomad.ended(job_id)
    listed = nomad.get(fs(ended, "ls", "alloc/logs")).json
    sizes = {
        int(each["Name"].rpartition(".")[2]): each["Size"]
        for each in listed
        if each["Name"].startswith("t.stdout.")
    }
    assert sorted(sizes) == [3, 4]
    kept = "".join(
        nomad.get(
            fs(ended, "readat", f"alloc/logs/t.stdout.{number}") + f"&offset=0&limit={size}"
        ).text
        for number, size in sorted(sizes.items())
    )
    assert len(kept) == sum(sizes.values())
    assert kept == (line * 4096 * 71)[-len(kept) :]
    assert sizes[3] <= 1024 * 1024


def test_the_logs_of_an_unknown_allocation_are_not_listed(nomad: Nomad) -> None:
    nothing = {"ID": "00000000-0000-0000-0000-000000000000"}
    answer = nomad.get(fs(nothing, "ls", "alloc/logs"))
    assert (answer.status, answer.text) == (404, f'Unknown allocation "{nothing["ID"]}"')


def test_a_part_of_a_file_that_is_gone_is_an_error_with_status_200(
    nomad: Nomad, allocation: Json
) -> None:
    answer = nomad.get(fs(allocation, "readat", "alloc/logs/t.stdout.9") + "&offset=0&limit=10")
    assert answer.status == 200
    assert answer.text.endswith("no such file or directory")


def test_a_file_is_described(nomad: Nomad, allocation: Json) -> None:
    found = nomad.get(fs(allocation, "stat", "alloc/logs/t.stdout.0")).json
    assert (found["Name"], found["Size"], found["IsDir"]) == ("t.stdout.0", len(TEXT), False)
    assert found["FileMode"] == "-rw-r--r--"
    absent = nomad.get(fs(allocation, "stat", "alloc/absent"))
    assert absent.status == 404
    assert absent.text.endswith("no such file or directory")
    assert nomad.get(fs(allocation, "stat", "")).status == 400


def test_a_file_is_read_whole_or_in_part(nomad: Nomad, allocation: Json) -> None:
    path = "alloc/logs/t.stdout.0"
    assert nomad.get(fs(allocation, "cat", path)).text == TEXT
    assert nomad.get(fs(allocation, "readat", path) + "&offset=4&limit=3").text == "two"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("", "must provide a file name"),
        ("alloc/absent", "no such file or directory"),
        ("alloc", 'file "alloc" is a directory'),
        ("../../outside", "Path escapes the alloc directory"),
    ],
)
def test_errors_of_reading_come_with_status_200(
    nomad: Nomad, allocation: Json, path: str, text: str
) -> None:
    # It is so in Nomad 1.10; whoever has to know whether a file is there asks stat.
    answer = nomad.get(fs(allocation, "cat", path))
    assert answer.status == 200
    assert answer.text.endswith(text)
