"""Runs inputs through a target and holds it to its word: our errors only, a second, 200 MB.

``python -m tests.fuzz.measure [--seconds N] TARGET FILE…`` prints a line for each input that breaks it, and the
peak of memory. It is a process of its own, as a peak is never forgotten.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
import traceback
from pathlib import Path

from generator import errors
from tests.fuzz import targets

SECONDS = 1.0
MEGABYTES = 200
# What the machine that the limits were set on takes for the reference piece of work, alone. Where it takes longer,
# because the machine is slower or others use its caches, too, an input may take as much longer.
_REFERENCE_SECONDS = 0.07
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
    if taken > seconds * (slowness := max(1.0, measure_slowness() if taken > seconds else 1.0)):
        return f"{taken:.2f} s of CPU, on a machine {slowness:.1f} times as slow as the reference"
    if (peak := peak_memory()) > MEGABYTES:
        return f"{peak} MB of memory"
    return None


def measure_slowness() -> float:
    """How many times as long as the reference machine this one takes now for a fixed piece of work."""
    start = time.process_time()
    numbers = [str(number) for number in range(150_000)]
    sum(len(number) for number in {number: number for number in numbers}.values())
    sorted(numbers)
    return (time.process_time() - start) / _REFERENCE_SECONDS


def peak_memory() -> int:
    """The most memory that this program has had, in megabytes.

    What getrusage says counts the process that started this one, too: it is kept when another program is executed.
    """
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


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
