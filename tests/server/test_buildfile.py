"""Build files: what is read of one, where a problem is told to be, and what no file can do to its reader."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
from hypothesis import given, strategies

from server import buildfile
from server.buildfile import BuildFileError, Problem, permissions
from server.request import BuildRequest


def parse(text: str | bytes) -> dict[str, Any]:
    content = text.encode() if isinstance(text, str) else text
    return dict(buildfile.parse(content).values)


def problems(text: str | bytes) -> list[Problem]:
    """What is wrong with a file, which has to be wrong."""
    with pytest.raises(BuildFileError) as raised:
        parse(text)
    return list(raised.value.problems)


def told(text: str | bytes) -> str:
    """The one thing that is wrong with a file."""
    (problem,) = problems(text)
    return str(problem)


def test_fields_are_read_in_either_spelling() -> None:
    camel = parse("registryURL: r.io/team\nbuildArgs: {A_B: x}\npublishTo: [{registryURL: s.io}]\n")
    snake = parse(
        "registry_url: r.io/team\nbuild_args: {A_B: x}\npublish_to: [{registry_url: s.io}]\n"
    )

    assert camel == snake
    assert camel == {
        "registry_url": "r.io/team",
        "build_args": {"A_B": "x"},
        "publish_to": [{"registry_url": "s.io"}],
    }


def test_every_field_of_a_request_is_the_file_s_or_the_caller_s() -> None:
    assert set(permissions.FIELDS) | permissions.CALLERS == set(BuildRequest.model_fields)
    assert set(permissions.FIELDS) & permissions.CALLERS == set()


@pytest.mark.parametrize("name", sorted(permissions.CALLERS))
def test_what_is_the_caller_s_to_decide_is_refused_in_any_spelling(name: str) -> None:
    for spelled in (name, name.replace("_", ""), name.title().replace("_", "")):
        assert told(f"target: a\n{spelled}: x\n") == (
            f"2:1: {spelled}: is for whoever submits the build to decide: give it in the request"
        )


def test_everything_that_is_wrong_is_told_at_its_place_in_the_file_s_order() -> None:
    text = """\
registryURL: https://r.io
imageTags:
  - latest
  - not a tag
services:
  - name: db
    image: postgres:16
    port: 99999
    prot: 1
buildArgs:
  1A: x
testResources: {cpu: 1.5}
publishTo: [{image_name: b}]
tset_commands: []
"""

    shown = [str(problem) for problem in problems(text)]

    assert shown == [
        "1:14: registryURL: has no protocol: write 'r.io'",
        "3:3: imageTags: 'not a tag' is not a tag: letters, digits, '_', '.', '-', at most 128",
        "8:11: services[0].port: input should be less than or equal to 65535",
        "9:5: services[0].prot: no such field: did you mean port?",
        "11:3: buildArgs.1A: '1A' is not the name of a variable",
        "12:22: testResources.cpu: input should be a valid integer",
        "13:13: publishTo[0]: registryURL is missing",
        "14:1: tset_commands: no such field: did you mean test_commands?",
    ]


def test_a_value_that_yaml_takes_for_something_else_is_refused_with_the_remedy() -> None:
    assert told("imageTags: [1.10]") == (
        "1:13: imageTags[0]: input should be a valid string; YAML reads 1.10 as a number: put it in quotes"
    )
    assert "YAML reads true as a truth value" in told("testCommands: [true]")
    assert "YAML reads 007 as a number" in told("labels: {org.a: 007}")
    assert told("imageName:") == "1:11: imageName: is empty: give a value, or leave the field out"
    assert told("1: x") == "1:1: the key '1' is no text: put it in quotes"


@pytest.mark.parametrize(
    "text",
    ["on", "off", "yes", "No", "12:30", "2026-11-30", "0b1", "1_000", "<<", "=", "0x", "1e", ".", "10.0.0.1", "é"],
)  # fmt: skip
def test_what_only_old_yaml_takes_for_something_else_is_text(text: str) -> None:
    assert parse(f"labels: {{a: {text}}}") == {"labels": {"a": text}}


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("+4", 4), ("0x10", 16), ("0o10", 8), ("010", 10), ("~", None), ("Null", None), ("", None)],
)  # fmt: skip
def test_numbers_and_nothing_are_read_as_yaml_1_2_has_them(text: str, value: int | None) -> None:
    content = f"buildResources:\n  cpu: {text}\n".encode()
    assert buildfile.reading.read(content).entries[0][1].entries[0][1].value == value  # type: ignore[union-attr]


def test_quotes_make_text_of_anything() -> None:
    assert parse("imageTags: ['1.10', \"true\"]") == {"image_tags": ["1.10", "true"]}
    assert parse("testCommands:\n  - |\n    a\n    b\n") == {"test_commands": ["a\nb\n"]}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty"),
        ("# nothing\n", "1:1: the file is empty"),
        ("- a\n", "1:1: the file must be a mapping of fields to values"),
        ("just text", "1:1: the file must be a mapping"),
        ("target: a\n---\ntarget: b\n", "2:1: a second document"),
        ("target: a\ntarget: b\n", "2:1: target is there twice"),
        ("labels: {a: x, a: y}", "1:16: a is there twice"),
        ("imageName: a\nimage_name: b\n", "2:1: image_name: is there twice, as imageName and as"),
        ("proxy: {noProxy: a, no_proxy: b}", "1:21: proxy.no_proxy: is there twice"),
        ("target: !!python/object/apply:os.system [id]", "1:9: tags (!) are not read"),
        ("target: !mine x", "1:9: tags (!) are not read"),
        ("target: !!str x", "1:9: tags (!) are not read"),
        ("labels: &a {x: y}", "1:9: anchors and aliases"),
        ("labels: {a: &x b, c: *x}", "1:13: anchors and aliases"),
        ("target: *nothing", "1:9: anchors and aliases"),
        ("<<: {target: a}", "1:1: <<: no such field"),
        ("[a]: b", "1:1: a list or mapping as a key"),
        ("? {a: b}\n: c", "1:3: a list or mapping as a key"),
        ("target: [", "1:10: no YAML"),
        ("target: a\n\tb: c", "2:1: no YAML"),
        ("target: 'a", "no YAML"),
        ('target: "\\q"', "1:11: no YAML"),
        ("target: a: b", "1:10: no YAML: mapping values are not allowed here"),
        ('target: "\\UFFFFFFFF"', "number that is too large"),
        ('target: "\\U00110000"', "number that is too large"),
        (f"%YAML {'9' * 5000}.1\n---\ntarget: a", "number that is too large"),
        ('target: "\\uD800"', "1:9: half of a surrogate pair"),
        ("target: a\x00b", "1:10: a character that YAML does not allow"),
        ("labels:\n  a: \x1b[31m", "2:6: a character that YAML does not allow"),
    ],
)
def test_a_file_that_is_not_what_it_shows_is_refused_at_its_place(text: str, expected: str) -> None:
    assert expected in told(text)


def test_bytes_that_are_no_utf_8_are_refused_at_their_line() -> None:
    assert told(b"target: a\nimageName: \xff\n") == "2:1: the file is not text in UTF-8"
    assert told("target: a".encode("utf-16")) == "1:1: the file is not text in UTF-8"
    assert parse(b"\xef\xbb\xbftarget: a\n") == {"target": "a"}


def test_json_is_read_as_well() -> None:
    values = {
        "testEnv": {"a": '🙂 \\ " / \u0085 é'},
        "testCommands": ["x\ty", ["a", "b"]],
        "lfs": True,
    }

    assert parse(json.dumps(values)) == {
        "test_env": values["testEnv"],
        "test_commands": values["testCommands"],
        "lfs": True,
    }


def test_a_file_of_more_than_64_kib_is_refused_before_it_is_looked_at() -> None:
    limit = buildfile.SIZE_LIMIT
    assert parse("target: a #" + "x" * (limit - 11)) == {"target": "a"}
    assert told("target: a #" + "x" * (limit - 10)) == "1:1: the file has more than 65536 bytes"


def test_what_is_told_has_nothing_that_a_terminal_obeys_and_no_end_of_lines() -> None:
    shown = told('"\\e[31m\\n\\u202e": x')
    assert shown.isprintable()
    assert "\\x1b[31m\\n\\u202e" in shown
    assert len(told(f'"{"k" * 900}": x')) < 1500


def test_of_many_problems_the_first_are_told_and_all_are_kept() -> None:
    with pytest.raises(BuildFileError) as raised:
        parse("\n".join(f"nope{number}: x" for number in range(150)))
    assert len(raised.value.problems) == 100
    assert str(raised.value).count("no such field") == 20
    assert "and 80 more problems" in str(raised.value)


def nest(opening: str, closing: str) -> str:
    half = buildfile.SIZE_LIMIT // 2 - 10
    return f"labels: {opening * half}{closing * half}"


@pytest.mark.parametrize(
    "text",
    [
        nest("[", "]"),
        nest("[", ""),
        "labels: " + "{a: " * 15_000,
        "- " * 30_000,
        "? " * 30_000,
        "labels:\n" + "".join(f"{' ' * depth}a:\n" for depth in range(340)),
        "labels: {" + ",".join(f"a{number}" for number in range(9000)) + "}",
        "labels:\n" + "".join(f"  a{number}: x\n" for number in range(6000)),
        "x: y\n" * 13_000,
        "nope: [" + "[]," * 20_000 + "]",
        "target: '" + "''" * 30_000 + "'",
        'target: "' + "\\u0041" * 10_000 + '"',
        "target: |\n" + "  x\n" * 16_000,
        "target: " + "1" * 60_000,
        "target: 1." + "1" * 60_000 + "e",
        "#" * 65_000,
        "a" * 65_000,
        "*" * 65_000,
        "!" * 65_000,
        "%" * 65_000,
        "\n" * 65_000,
        "nope" * 16_000 + ": x",
        "".join(f"imageTag{number}: x\n" for number in range(3500)),
        "services:\n" + "".join(f"  - {{nam{number}: x}}\n" for number in range(3000)),
    ],
    ids=lambda text: text[:12].strip() or "blank",
)
def test_no_file_takes_long_whatever_is_in_it(text: str) -> None:
    began = time.process_time()
    with pytest.raises(BuildFileError):
        parse(text)
    assert time.process_time() - began < 8


TEXTS = strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(strategies.dictionaries(strategies.from_regex(r"[a-z]{1,8}", fullmatch=True), TEXTS))
def test_any_text_arrives_unchanged(environment: dict[str, str]) -> None:
    assert parse(json.dumps({"testEnv": environment})) == {"test_env": environment}


def mutate(text: str, luck: random.Random) -> bytes:
    """A file as a slip of the hand, or malice, may leave it."""
    signs = "[]{}:,-?&*!|>'\"%@`#\n\t \x00\x85\u2028~<=0x.1e\\\ud7ff"
    for _ in range(luck.randint(1, 8)):
        at = luck.randrange(len(text) + 1)
        text = text[:at] + luck.choice(signs) + text[at + luck.randrange(4) :]
    content = bytearray(text.encode())
    if luck.random() < 0.1:
        content[luck.randrange(len(content))] = luck.randrange(256)
    return bytes(content)


def test_no_mutation_of_a_file_is_more_than_refused() -> None:
    luck = random.Random(8)
    text = """\
registryURL: registry.example.com:5000/team
imageTags: ["{git_sha}", '1.10', latest]
buildSecrets: {npm: "vault:secret/data/npm#token"}
testCommands:
  - [a, "b c"]
  - |
    two
    lines
services: [{name: db, image: postgres, env: {A: b}}]
proxy: {http: "http://p:1"}
"""
    read = 0
    for _ in range(1500):
        content = mutate(text, luck)
        try:
            parse(content)
        except BuildFileError as error:
            assert error.problems
            lines = content.decode("utf-8", "replace").count("\n") + 2
            for problem in error.problems:
                assert 1 <= problem.line <= lines
                assert problem.column >= 1
                assert str(problem).isprintable()
            continue
        read += 1
    assert 0 < read < 1500
