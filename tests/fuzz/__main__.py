"""``python -m tests.fuzz [TARGET…] --seconds N``: look for inputs that the generator cannot take.

The time is shared by the targets. Findings are printed and kept in tests/fuzz/cases/TARGET/, where
test_cases.py tries them for ever after. It needs atheris (pip install atheris), which guides the
search by the lines of code that an input reaches.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz import seeds, targets

_ROOT = Path(__file__).parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(targets.TARGETS))
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--seed", type=int, default=1, help="of the random choices")
    given = parser.parse_args()
    chosen = given.targets or list(targets.TARGETS)
    if unknown := set(chosen) - set(targets.TARGETS):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if importlib.util.find_spec("atheris") is None:
        parser.error("the engine is missing: pip install atheris")
    seconds = max(1, given.seconds // len(chosen))
    return max(_fuzz(target, seconds, given.seed) for target in chosen)


def _fuzz(target: str, seconds: int, seed: int) -> int:
    """One target: the engine, then a look at what it kept; 1 if there is a finding."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, findings = Path(folder, "corpus"), Path(folder, "findings")
        corpus.mkdir()
        findings.mkdir()
        for number, data in enumerate(seeds.read(target)):
            (corpus / f"seed{number}").write_bytes(data)
        words = Path(folder, "words")
        words.write_text("\n".join(map(_quoted, seeds.words())))
        options = [
            f"-max_total_time={seconds}", f"-seed={seed}", f"-dict={words}", "-max_len=4096",
            "-rss_limit_mb=1500", "-timeout=60", "-print_final_stats=1", "-verbosity=1", str(corpus),
        ]  # fmt: skip
        engine = [sys.executable, "-m", "tests.fuzz.engine", target, str(findings), *options]
        done = subprocess.run(engine, cwd=_ROOT, capture_output=True, check=False)
        said = done.stderr.decode(errors="replace")
        runs = re.search(r"number_of_executed_units: *(\d+)", said)
        peak = re.search(r"peak_rss_mb: *(\d+)", said)
        print(
            f"{target}: {runs[1] if runs else '?'} executions in {seconds} s,"
            f" {len(list(corpus.iterdir()))} inputs in the corpus,"
            f" engine's peak {peak[1] if peak else '?'} MB"
        )
        if not runs:
            print(said[-3000:])
            return 1
        return max(_report(target, sorted(findings.iterdir())), _measure(target, corpus))


def _report(target: str, files: list[Path]) -> int:
    """Keep and print the findings that are ones without the engine, too."""
    found = 0
    for file in files:
        problem = _judge(target, [file])
        if problem:
            found = 1
            kept = seeds.CASES / target / file.name
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, kept)
            print(f"{kept.relative_to(_ROOT)}: {problem}")
    return found


def _measure(target: str, corpus: Path) -> int:
    """All that the engine took for interesting, in a process without it."""
    problem = _judge(target, sorted(corpus.iterdir()))
    print(f"{target}: {problem or 'nothing found in the corpus'}")
    return bool(problem)


def _judge(target: str, files: list[Path]) -> str:
    measured = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.measure", target, *map(str, files)],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return (measured.stdout + measured.stderr[-2000:]) if measured.returncode else ""


def _quoted(word: str) -> str:
    """A word as libFuzzer's dictionaries have it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"'


if __name__ == "__main__":
    sys.exit(main())
