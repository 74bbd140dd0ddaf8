"""What it costs to read a job file grows with its length, not with the square of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from generator import jobspec

LONGER = 8
# Eight times the lines in far less than 64 times the time, which is what a square would take.
MOST = 3 * LONGER

TASK = """
  group "g%d" {
    task "t" {
      driver = "exec"
      config {
        args = ["-c", format("%%s", var.text), "${NOMAD_ALLOC_ID}"]
      }
      template {
        data = <<-EOT
          ${attr.kernel.name} {{ env "X" }}
          text
        EOT
      }
    }
  }
"""
TEXT = 'variable "text" {\n  default = "x"\n}\n'


def groups(amount: int) -> str:
    return f'{TEXT}job "x" {{{"".join(TASK % index for index in range(amount))}}}\n'


def local_values(amount: int) -> str:
    lines = [f'  l{index} = "${{local.l{index + 1}}}"\n' for index in range(20 * amount)]
    return f'locals {{\n{"".join(lines)}  l{20 * amount} = "x"\n}}\njob "x" {{}}\n'


def references(amount: int) -> str:
    return f'job "x" {{\n  region = "{"${NOMAD_REGION} " * 20 * amount}"\n}}\n'


def json_groups(amount: int) -> str:
    members = ",".join(
        f'"g{index}": {{"count": 1, "meta": {{"a": "${{x.y}} é"}}}}' for index in range(5 * amount)
    )
    return f'{{"job": {{"x": {{"group": {{\n{members}}}}}}}}}\n'


def seconds(text: str) -> float:
    """The least of a few tries, in time of the processor: others may be at work."""
    tries: list[float] = []
    for _ in range(3):
        begin = time.process_time()
        jobspec.parse(text, "x")
        tries.append(time.process_time() - begin)
    return min(tries)


@pytest.mark.parametrize("make", [groups, local_values, references, json_groups])
def test_cost_of_reading_grows_with_the_length(make: Callable[[int], str]) -> None:
    short, long = make(25), make(25 * LONGER)

    assert seconds(long) < MOST * max(seconds(short), 0.001)
