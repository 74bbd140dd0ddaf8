"""What a task prints passes through a filter that knows its secrets: none gets out, and nothing else is lost."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import generator

TASK = "work"
LAST = f"nomad-build: {TASK} ended with exit code"
BUSYBOX = shutil.which("busybox")

# Shell, and whose programs are on PATH: GNU's sed streams, busybox's does not, and its awk takes over.
KINDS = [(shell, "gnu") for shell in ("dash", "bash") if shutil.which(shell)]
if BUSYBOX:
    KINDS += [("sh", "busybox")]

# A line each, with what the shell, sed, awk, regular expressions, JSON and URLs take for theirs.
VALUES = {
    "plain": "correct-horse-battery",
    "signs": r"""p@ss/w0rd+[x]*.^$\d{2}(a|b)&"'`!#%~<=>?,:;-_ y""",
    "first": "[]^-leading",
    "slash": "//////",
    "backslash": "\\\\n\\1&\\",
    "unicode": "pässwörd-☃",
    "spaces": "  has blanks around it  ",
    "token": base64.urlsafe_b64encode(bytes(range(256)) * 2).decode(),
    "bytes": "\x01\x02control\x7f",
}
KEY = "\n".join(
    ["-----BEGIN KEY-----", *(f"{7**number:060d}" for number in range(60)), "-----END KEY-----"]
)


def scripts() -> dict[str, str]:
    """What all scripts take in, by name."""
    values = {"build_id": "x", "staging_image": "registry/x:x"}
    job: dict[str, Any] = generator.render_job(generator.find_pack("cleanup"), values=values)
    (task,) = job["TaskGroups"][0]["Tasks"]
    texts = {each["DestPath"]: each["EmbeddedTmpl"] for each in task["Templates"]}
    return {name: texts[f"local/{name}"] for name in ("functions.sh", "mask.sh")}


class Task:
    """The folders of a task, and its script, which logs to where Nomad's collector would."""

    def __init__(self, shell: str, programs: str, root: Path) -> None:
        self.root = root
        self.values = root / "secrets" / "values"
        self.log = root / "logs" / f"{TASK}.stdout.0"
        self._path = self._programs(programs)
        self._shell = shutil.which(shell, path=self._path)
        assert self._shell is not None
        for folder in (self.values, root / "local", root / "data", root / "logs"):
            folder.mkdir(parents=True)
        for name, text in scripts().items():
            moved = text.replace("/secrets/", f"{root}/secrets/").replace(
                "/local/", f"{root}/local/"
            )
            (root / "local" / name).write_text(moved)

    def _programs(self, kind: str) -> str:
        if kind == "gnu":
            return os.environ["PATH"]
        assert BUSYBOX is not None
        folder = self.root / "bin"
        folder.mkdir()
        listed = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True)
        for applet in listed.stdout.split():
            (folder / applet).symlink_to(Path(BUSYBOX).resolve())
        return str(folder)

    def take_away(self, program: str) -> None:
        """Have the image lack one of the programs."""
        folder = self.root / "fewer"
        folder.mkdir()
        for place in self._path.split(":"):
            for found in Path(place).iterdir() if Path(place).is_dir() else ():
                if found.name != program and not (folder / found.name).is_symlink():
                    (folder / found.name).symlink_to(found)
        self._path = str(folder)

    @contextlib.contextmanager
    def start(
        self, body: str, *, wrapper: tuple[str, ...] = ()
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run beside the test; what is left at its end is killed, as with a container."""
        (self.root / "script.sh").write_text(f"set -u\n. {self.root}/local/functions.sh\n{body}\n")
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [*wrapper, str(self._shell), str(self.root / "script.sh")],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env={
                    "PATH": self._path,
                    "NOMAD_ALLOC_DIR": str(self.root),
                    "NOMAD_TASK_NAME": TASK,
                    "GIVEN": str(self.root / "given"),
                },
                start_new_session=True,
            )
        with process:
            try:
                yield process
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def run(self, body: str) -> tuple[int, str]:
        """Run to the end; the exit code and the log, which has no other writer by then."""
        with self.start(body) as process:
            code = process.wait(60)
        return code, self.log.read_bytes().decode("utf-8", "replace")

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text.encode() not in self.log.read_bytes():
            assert time.monotonic() < deadline, self.log.read_bytes()
            time.sleep(0.01)


@pytest.fixture(params=KINDS, ids="-".join)
def task(request: pytest.FixtureRequest, tmp_path: Path) -> Task:
    shell, programs = request.param
    return Task(shell, programs, tmp_path)


def forms(value: str) -> Iterator[str]:
    """How a program may print a value."""
    data = value.encode()
    yield value
    yield json.dumps(value, ensure_ascii=False)
    yield json.dumps(value, ensure_ascii=False).replace("&", "\\u0026")
    for quote in (urllib.parse.quote, urllib.parse.quote_plus):
        yield quote(value, safe="")
    yield urllib.parse.quote(value)
    for before in (b"", b"u", b"us", b"user:"):
        for after in (b"", b"x", b"@host"):
            encoded = base64.b64encode(before + data + after).decode()
            yield encoded
            yield encoded.rstrip("=")
            yield encoded.translate(str.maketrans("+/", "-_"))
            yield urllib.parse.quote(encoded, safe="")


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_masked_in_every_form(task: Task, name: str) -> None:
    value = VALUES[name]
    (task.values / name).write_text(value)
    lines = [f"before {form} behind" for form in forms(value)]
    (task.root / "given").write_text("\n".join(lines) + "\n")

    code, log = task.run('cat "$GIVEN"')

    assert code == 0
    shown = log.splitlines()
    assert len(shown) == len(lines) + 1
    for line, form in zip(shown, forms(value), strict=False):
        assert line.startswith("before ")
        assert line.endswith(" behind")
        assert "***" in line, form
        # On either side of a value in base64 there is what belongs to its five bytes of neighbours.
        for side in line.removeprefix("before ").removesuffix(" behind").split("***"):
            assert len(urllib.parse.unquote(side)) <= 9, (form, line)


def test_each_line_of_a_key_is_masked_and_its_base64_however_it_is_broken(task: Task) -> None:
    (task.values / "key").write_text(KEY + "\n")
    encoded = base64.b64encode(KEY.encode()).decode()
    texts = [KEY, encoded, json.dumps({"key": KEY}), base64.b64encode(b"x" + KEY.encode()).decode()]
    for width in (64, 76):
        texts.append("\n".join(encoded[i : i + width] for i in range(0, len(encoded), width)))
    (task.root / "given").write_text("\n".join(texts) + "\n")

    code, log = task.run('cat "$GIVEN"')

    assert code == 0
    for secret in (*KEY.splitlines(), *(encoded[i : i + 40] for i in range(0, len(encoded), 40))):
        assert secret[:12] not in log


def test_values_that_overlap_are_masked_whole(task: Task) -> None:
    (task.values / "a_password").write_text("hunter2-hunter3")
    (task.values / "address").write_text("postgres://app:hunter2-hunter3@db/shop")
    code, log = task.run("echo postgres://app:hunter2-hunter3@db/shop and hunter2-hunter3")
    assert (code, log) == (0, f"*** and ***\n{LAST} 0\n")


def test_what_is_no_secret_and_what_is_short_stays_as_it_is(task: Task) -> None:
    (task.values / "short").write_text("abc\n12345\n")
    (task.values / "long").write_text("long-enough")
    code, log = task.run("echo 'abc 12345 long-enougH longXenough'; printf 'no end'")
    assert (code, log) == (0, f"abc 12345 long-enougH longXenough\nno end{LAST} 0\n")


def test_a_line_is_shown_when_it_is_written(task: Task) -> None:
    (task.values / "one").write_text("long-enough")
    with task.start(
        f'echo "now long-enough"; until [ -f {task.root}/go ]; do sleep 0.05; done'
    ) as process:
        task.wait_for("now ***\n")
        assert process.poll() is None
        (task.root / "go").touch()
        assert process.wait(20) == 0


def test_nothing_of_much_output_is_lost(task: Task) -> None:
    (task.values / "one").write_text("long-enough")
    lines = 60_000
    count = f"seq {lines} | sed 's/$/ long-enough/'"
    code, log = task.run(f"{count}\nexit 5")
    assert code == 5
    assert log == "".join(f"{number} ***\n" for number in range(1, lines + 1)) + f"{LAST} 5\n"


def test_what_a_script_leaves_as_reason_is_masked(task: Task) -> None:
    (task.values / "one").write_text("long-enough")
    code, log = task.run('fail internal 4 "it said long-enough"')
    assert (code, log) == (4, f"nomad-build: error: it said ***\n{LAST} 4\n")
    assert (task.root / "data" / "reason").read_text() == "internal\nit said ***\n"


TALKER = """trap 'echo "goodbye long-enough"; exit 0' TERM
echo begun
while :; do sleep 0.1; done"""


@pytest.mark.parametrize("whole_group", [False, True], ids=["script", "group"])
def test_last_words_are_masked_and_not_cut_when_the_task_is_told_to_stop(
    task: Task, whole_group: bool
) -> None:
    (task.values / "one").write_text("long-enough")
    (task.root / "talker").write_text(TALKER)
    tell: Callable[[int, int], None] = os.killpg if whole_group else os.kill
    with task.start(f"attend sh {task.root}/talker") as process:
        task.wait_for("begun\n")
        began = time.monotonic()
        tell(process.pid, signal.SIGTERM)
        assert process.wait(20) == 143
    assert (
        time.monotonic() - began < 15
    )  # it takes one second; Nomad gives five, on a machine that does nothing else
    log = task.log.read_text()
    assert "goodbye ***\n" in log
    assert log.endswith(f"{LAST} 143\n")
    assert "long-enough" not in log


def test_what_is_left_running_does_not_keep_the_task(task: Task) -> None:
    (task.values / "one").write_text("long-enough")
    began = time.monotonic()
    with task.start("sleep 30 & echo long-enough") as process:
        assert process.wait(20) == 0
        assert time.monotonic() - began < 15
        assert task.log.read_text() == f"***\n{LAST} 0\n"


def test_the_programs_with_the_secrets_are_for_their_user_alone(task: Task) -> None:
    (task.values / "one").write_text("long-enough")
    assert task.run("true")[0] == 0
    folder = task.root / "secrets" / "mask"
    assert folder.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


@pytest.mark.parametrize("program", ["sed", "base64", "mkfifo"])
def test_nothing_runs_where_secrets_cannot_be_kept_out_of_the_log(
    tmp_path: Path, program: str
) -> None:
    task = Task("sh", "gnu", tmp_path)  # busybox's shell has its own of all of them
    (task.values / "one").write_text("long-enough")
    task.take_away(program)
    code, log = task.run("echo long-enough")
    assert code == 127
    assert "long-enough" not in log
    assert log.endswith(f"{LAST} 127\n")
    assert (task.root / "data" / "reason").read_text() == (
        f"internal\nthe image has no {program}, which keeps the secrets of this task out of its log\n"
    )


def test_without_secrets_there_is_no_filter(task: Task) -> None:
    task.values.rmdir()
    code, log = task.run("readlink /proc/$$/fd/1; sh -c 'exit 6' || exit")
    assert (code, log) == (6, f"{task.log}\n{LAST} 6\n")
    assert not (task.root / "secrets" / "mask").exists()
