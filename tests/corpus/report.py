"""The table of what is expected of the corpus and what was seen, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.corpus.collection import Row

_HEAD = """\
# The corpus

Small repositories that the tests make, each built for real: fetched, built by rootless Buildah, tested, published to
a registry, and looked at there. Written by `python -m tests.corpus --write docs/corpus.md`; `tests/e2e/test_corpus.py`
holds every run of the tests to the same. Wherever a build succeeds, each of its names is checked to stand for the
digest in the answer, and its staging repository to be empty.
"""


def write(results: Mapping[str, Sequence[Row]], versions: Sequence[str]) -> str:
    """Return the page; ``results`` are the rows by the engine that gave them, all of the same cases."""
    engines = list(results)
    lines = [_HEAD, *(f"- {version}" for version in versions), ""]
    for engine, rows in results.items():
        good = sum(row.problem is None for row in rows)
        lines.append(f"- {engine}: {good} of {len(rows)} as expected")
    head = ["case", "what it shows", "expected", *(f"seen, {engine}" for engine in engines)]
    lines += ["", _row(head), _row(["---"] * len(head))]
    for rows in zip(*results.values(), strict=True):
        first = rows[0]
        seen = [row.seen if row.problem is None else f"{row.seen} **differs**" for row in rows]
        lines.append(_row([first.case.name, first.case.about, first.expected, *seen]))
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
