"""Failures of which nothing is to be claimed: no family rather than a wrong one."""

from __future__ import annotations

from tests.failures.collection import Case


def _case(name: str, about: str, command: str, base: str = "busybox") -> Case:
    return Case(name=name, about=about, dockerfile=f"FROM {base}\nRUN {command}\n", line=2)


CASES = (
    _case("silent", "a step that says nothing", "exit 7"),
    _case("false", "a test of a file", "test -f /etc/nothing"),
    _case(
        "own-words",
        "a step that says something of its own",
        "echo 'the configuration is not complete'; exit 2",
    ),
    _case(
        "quoted-permission",
        "the words of a family in a sentence",
        "echo 'users have to see: Permission denied. Now checked'; exit 3",
    ),
    _case(
        "quoted-space",
        "a description that has the words of a family",
        "echo 'test: No space left on device is handled ... ok'; exit 3",
    ),
    _case(
        "quoted-not-found",
        "documentation that has the words of a family",
        "echo 'If you see \"command not found\", install it'; exit 1",
    ),
    _case(
        "quoted-memory",
        "a hint that has the words of a family",
        "echo 'set NODE_OPTIONS to avoid a heap out of memory error'; exit 1",
    ),
    _case(
        "python-exception",
        "an exception of the program itself",
        "python3 -c \"raise ValueError('no such thing as 429 Too Many Requests')\"",
        base="toolbox",
    ),
    _case(
        "tests-with-words",
        "a program's own test of what it does without a network",
        "echo 'ok 1 - Connection refused is handled'; echo 'ok 2 - timeout'; exit 1",
    ),
)
