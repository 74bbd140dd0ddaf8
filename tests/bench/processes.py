"""Whole processes, measured in turns so that all see the same machine."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TURNS = str(Path(__file__).with_name("turns.py"))


@dataclass(frozen=True, slots=True)
class Figures:
    """What several runs of one command took: seconds by the clock, and megabytes at their peak."""

    seconds: float
    megabytes: float


def run_in_turns(
    commands: Sequence[Sequence[str]], rounds: int, environment: Mapping[str, str]
) -> list[Figures]:
    """Run all commands once to warm up, then in turns: the medians of each."""
    asked = json.dumps({"commands": commands, "rounds": rounds})
    ended = subprocess.run(
        [sys.executable, "-S", _TURNS],
        input=asked,
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found = json.loads(ended.stdout)
    return [
        Figures(statistics.median(seconds), peak)
        for seconds, peak in zip(found["seconds"], found["peaks"], strict=True)
    ]
