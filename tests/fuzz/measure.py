"""Runs inputs through a target and holds it to its word: our errors only, a second, 200 MB.

``python -m tests.fuzz.measure [--seconds N] TARGET FILE…`` prints a line for each input that breaks it, and the
peak of memory. It is a process of its own, as a peak is never forgotten.
"""

from __future__ import annotations

import argparse
import gc
import resource
import sys
import time
import traceback
from pathlib import Path

from generator import errors
from tests.fuzz import targets

SECONDS = 1.0
MEGABYTES = 200
_TOLD = 8  # lines of a traceback


def judge(target: str, data: bytes, seconds: float = SECONDS) -> str | None:
    """What is wrong with how a target takes an input, None if it is all right."""
    start = time.process_time()
    try:
        targets.TARGETS[target](data)
    except errors.GeneratorError as error:
        str(error)
    except Exception:  # whatever it is, it should not be
        return "".join(traceback.format_exc().splitlines(keepends=True)[-_TOLD:])
    taken = time.process_time() - start
    if taken > seconds:
        return f"{taken:.2f} s of CPU"
    if (peak := peak_memory()) > MEGABYTES:
        return f"{peak} MB of memory"
    return None


def peak_memory() -> int:
    """The most memory that this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    gc.set_threshold(100_000)  # as the command line does
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.measure")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of CPU, for each input")
    parser.add_argument("target", choices=targets.TARGETS)
    parser.add_argument("files", nargs="*", type=Path)
    given = parser.parse_args()
    wrong = False
    for file in given.files:
        problem = judge(given.target, file.read_bytes(), given.seconds)
        if problem:
            wrong = True
            print(f"{file}: {problem}")
    print(f"peak memory {peak_memory()} MB")
    sys.exit(wrong)


if __name__ == "__main__":
    main()
