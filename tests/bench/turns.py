"""Run commands in turns; a program of its own, as a process starts with the memory of its parent.

JSON on standard input: commands, and how often each is run after once for warming up. JSON on
standard output: for each command the seconds of its runs, and the megabytes at their peak.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    """Read what is to be run, and print what that took."""
    asked = json.load(sys.stdin)
    commands: list[list[str]] = asked["commands"]
    seconds: list[list[float]] = [[] for _ in commands]
    peaks = [0.0 for _ in commands]
    for turn in range(asked["rounds"] + 1):
        for index, command in enumerate(commands):
            took, megabytes = _run(command)
            peaks[index] = max(peaks[index], megabytes)
            if turn:
                seconds[index].append(took)
    json.dump({"seconds": seconds, "peaks": peaks}, sys.stdout)


def _run(command: list[str]) -> tuple[float, float]:
    nowhere = (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)
    begin = time.perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ, file_actions=[nowhere])
    _, status, usage = os.wait4(process, 0)
    took = time.perf_counter() - begin
    if status:
        msg = f"{' '.join(command)} failed with status {os.waitstatus_to_exitcode(status)}"
        raise RuntimeError(msg)
    return took, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
