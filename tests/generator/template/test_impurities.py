"""What a template may ask of the world outside: nothing, or what the caller hands over."""

from __future__ import annotations

import datetime
import random
import re
from pathlib import Path

import pytest

from generator import template

MOMENT = datetime.datetime(2026, 5, 4, 3, 2, 1, 987654, tzinfo=datetime.UTC)


def world(seed: int = 1) -> template.Impurities:
    """A world that is the same each time."""
    return template.Impurities(
        now=lambda: MOMENT,
        random=random.Random(seed),
        environment={"A": "1", "B": "2"},
        addresses=lambda name: ["192.0.2.1"] if name == "one.example" else [],
    )


def expand(text: str, outside: template.Impurities | None, folder: Path = Path("/nowhere")) -> str:
    metadata = {"pack": {"name": "p", "path": str(folder)}}
    root = template.PackContext("p", folder, {}, metadata, {})
    templates = template.TemplateSet(template.pack_functions(root, outside))
    templates.add("t", text)
    return templates.execute("t", root)


def refusal(
    text: str, outside: template.Impurities | None = None, **more: Path
) -> template.Mistake:
    with pytest.raises(template.Mistake) as caught:
        expand(text, outside, **more)
    return caught.value


IMPURE = {
    "now": "clock",
    'date "2006" "no date"': "clock",
    "htmlDate nil": "clock",
    "ago (toDate `2006` `2020`)": "clock",
    "durationRound (toDate `2006` `2020`)": "clock",
    'env "A"': "environment",
    'expandenv "$A"': "environment",
    "uuidv4": "random",
    "randAlpha 5": "random",
    "randInt 1 5": "random",
    "randBytes 5": "random",
    'shuffle "abc"': "random",
    'encryptAES "key" "text"': "random",
    'getHostByName "one.example"': "addresses",
}
NOT_OFFERED = ('bcrypt "x"', 'htpasswd "a" "b"', 'genPrivateKey "rsa"', 'genCA "a" 1')


@pytest.mark.parametrize("call", IMPURE)
def test_a_pure_render_refuses_to_ask_and_names_the_flag_that_lets_it(call: str) -> None:
    found = refusal(f"a\n  [[ {call} ]]")

    assert IMPURE[call] in found.message
    assert "--allow-impure" in str(found)
    assert str(found).startswith("t:2:6: ")


@pytest.mark.parametrize("call", [*IMPURE, *NOT_OFFERED])
def test_what_is_refused_may_stand_where_it_is_not_reached(call: str) -> None:
    assert expand(f"[[ if false ]][[ {call} ]][[ end ]]ok", None) == "ok"


@pytest.mark.parametrize("call", NOT_OFFERED)
def test_keys_and_hashes_are_never_made(call: str) -> None:
    for outside in (None, world()):
        found = refusal(f"[[ {call} ]]", outside)
        assert "not made here" in found.message
        assert "--allow-impure" not in str(found)


def test_a_refusal_inside_of_tpl_names_the_flag_too() -> None:
    assert "--allow-impure" in str(refusal("[[ tpl `[[ now ]]` . ]]"))


def test_the_clock_is_the_one_that_was_handed_over() -> None:
    text = (
        "[[ now ]]|[[ now.Year ]]|[[ date `15:04:05.000` nil ]]|[[ now | unixEpoch ]]"
        "|[[ ago (toDate `2006-01-02` `2026-05-03`) ]]|[[ toDate `2006` `2016` | durationRound ]]"
    )
    assert expand(text, world()) == (
        "2026-05-04 03:02:01.987654 +0000 UTC|2026|03:02:01.987|1777863721|27h2m2s|10y"
    )


def test_the_environment_is_the_one_that_was_handed_over() -> None:
    assert expand('[[ env "A" ]] <[[ env "PATH" ]]> [[ expandenv "$A-${B}" ]]', world()) == (
        "1 <> 1-2"
    )


@pytest.mark.parametrize(
    ("call", "pattern"),
    [
        ("uuidv4", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("randAlpha 12", r"[A-Za-z]{12}"),
        ("randAlphaNum 12", r"[A-Za-z0-9]{12}"),
        ("randAscii 12", r"[ -~]{12}"),
        ("randNumeric 12", r"[0-9]{12}"),
        ("randAlpha -1", r""),
        ("randInt 3 5", r"[34]"),
        ("randBytes 5 | b64dec | len", r"5"),
        ('shuffle "abc"', r"(?=.*a)(?=.*b)(?=.*c).{3}"),
        ('encryptAES "key" "text" | decryptAES "key"', r"text"),
        ('getHostByName "one.example"', r"192\.0\.2\.1"),
    ],
)
def test_random_values_are_of_the_kind_that_is_asked_for(call: str, pattern: str) -> None:
    made = {expand(f"[[ {call} ]]", world(seed)) for seed in range(3)}
    assert all(re.fullmatch(pattern, each) for each in made)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("randInt 5 5", "invalid argument to Intn"),
        ("randBytes -1", "makeslice: len out of range"),
        ('getHostByName "two.example"', "invalid argument to Intn"),
    ],
)
def test_what_go_panics_of_is_an_error(call: str, message: str) -> None:
    assert message in refusal(f"[[ {call} ]]", world()).message


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """A pack's folder with a file, beside a file that is not the pack's and links to it."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "own.txt").write_text("own")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "inside.txt").symlink_to(folder / "own.txt")
    return folder


@pytest.mark.parametrize(
    "call",
    [
        'fileRelative "../secret.txt" .',
        'fileRelative "own.txt/../../secret.txt" .',
        'fileRelative "link.txt" .',
        'fileRelative "up/secret.txt" .',
        'fileContents (print packPath "/../secret.txt")',
        'fileContents (print packPath "/link.txt")',
    ],
)
def test_files_outside_of_the_pack_are_not_read_unless_allowed(folders: Path, call: str) -> None:
    found = refusal(f"[[ {call} ]]", folder=folders)

    assert f"it is not below the pack's folder {folders}" in found.message
    assert "--allow-impure" in str(found)
    assert expand(f"[[ {call} ]]", world(), folders) == "secret"


def test_files_of_the_pack_are_read(folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folders)
    for call in (
        'fileRelative "own.txt" .',
        'fileContents "own.txt"',
        'fileRelative "inside.txt" .',
    ):
        assert expand(f"[[ {call} ]]", None, folders) == "own"


def test_a_file_that_cannot_be_read_is_an_error_with_the_reason(folders: Path) -> None:
    os_error = "open {0}: no such file or directory"
    missing = f"{folders}/missing"
    assert refusal('[[ fileRelative "missing" . ]]', folder=folders).message.endswith(
        f"fileRelative: failed to read {missing}: {os_error.format(missing)}"
    )
    assert "is a directory" in refusal('[[ fileRelative "." . ]]', folder=folders).message
    assert "no regular file" in refusal('[[ fileContents "/dev/null" ]]', world()).message
    assert "invalid argument" in refusal('[[ fileContents "a\\x00b" ]]').message
