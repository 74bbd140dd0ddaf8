"""pytest plugin: every case of a pack is a test, which fails when it is not as its snapshot says.

``pytest packs`` collects each pack below ``packs`` that has a folder ``cases`` or ``snapshots``, and
each of its cases, as ``packs/build/metadata.hcl::gpu.minimal``; one more test fails for snapshots
whose case is no more. ``--packgen-update``, and ``--snapshot-update`` where syrupy is installed, write
what is new or changed. Where no pack with cases lies below the paths that pytest is given, this does
nothing, and takes no time: all else is imported when the first such pack is found.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from generator.snapshots import review

_METADATA = "metadata.hcl"
_MARKS = ("cases", "snapshots")
_HINT = "hint: if that is as it should be, run pytest with --packgen-update"
_PASSED_OVER = ("build", "dist")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the update."""
    parser.getgroup("packgen").addoption(
        "--packgen-update",
        action="store_true",
        help="Write the snapshots of packs that are new or changed, remove those without case.",
    )


@pytest.hookimpl(wrapper=True)
def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> Generator[None, bool | None, bool | None]:
    """Look into packs called build or dist, too: left to itself pytest passes over such folders.

    Where a project says that they be ignored, by an option, they are.
    """
    ignored = yield
    if (
        ignored
        and collection_path.name in _PASSED_OVER
        and (collection_path / _METADATA).is_file()
        and not _is_to_be_ignored(collection_path, config)
    ):
        return None
    return ignored


def _is_to_be_ignored(path: Path, config: pytest.Config) -> bool:
    folder = config.invocation_params.dir
    paths = [folder / each for each in config.getoption("ignore") or ()]
    globs = [str(folder / each) for each in config.getoption("ignore_glob") or ()]
    return path in paths or any(fnmatch.fnmatch(str(path), each) for each in globs)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take the metadata of a pack that has cases for the file with their tests."""
    if file_path.name != _METADATA:
        return None
    folder = file_path.parent
    if not any((folder / mark).is_dir() for mark in _MARKS):
        return None
    if any((above / _METADATA).is_file() for above in folder.parents):
        return None  # a dependency, in deps/ of a pack: its cases are its author's
    collector: pytest.Collector = PackFile.from_parent(parent, path=file_path)
    return collector


class SnapshotError(Exception):
    """A case that is not as its snapshot says; the message is all that is shown."""


class PackFile(pytest.File):
    """A pack: a test for each case, and one for what has none."""

    def collect(self) -> Iterator[pytest.Item]:
        from generator.errors import GeneratorError
        from generator.snapshots import review

        try:
            found = review.Review(self.path.parent)
        except GeneratorError as error:
            raise self.CollectError(str(error)) from error
        for name in found.cases:
            yield CaseItem.from_parent(self, name=name, review=found)
        yield OrphansItem.from_parent(self, name="every-snapshot-has-its-case", review=found)


class _Item(pytest.Item):
    """A test of a pack's snapshots."""

    def __init__(self, *, review: review.Review, **others: Any) -> None:
        super().__init__(**others)
        self.review = review

    @property
    def updates(self) -> bool:
        """Whether snapshots are to be written: ours or syrupy's option says so."""
        options = ("packgen_update", "update_snapshots")
        return any(self.config.getoption(option, default=False) for option in options)

    def judge(self, outcomes: list[review.Outcome]) -> None:
        """Update the snapshots, or fail for those that would be changed."""
        from generator.comparison import text
        from generator.errors import GeneratorError
        from generator.snapshots import review

        lines: list[text.Line] = []
        for outcome in outcomes:
            heading = f"{self.path.parent.name}::{outcome.name}: {review.name_state(outcome)}"
            if self.updates and not isinstance(outcome, review.Broken):
                try:
                    self.review.update(outcome)
                except GeneratorError as error:
                    lines += map(text.Line, (heading, str(error)))
            elif shown := list(review.show(outcome)):
                lines += [text.Line(heading), *shown]
                if not isinstance(outcome, review.Broken):
                    lines.append(text.Line(_HINT))
        if lines:
            raise SnapshotError(text.join(lines).rstrip("\n"))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if not isinstance(excinfo.value, SnapshotError):
            return super().repr_failure(excinfo, style)
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.path.parent.name}::{self.name}"


class CaseItem(_Item):
    """A case is what its snapshot says."""

    def runtest(self) -> None:
        self.judge([self.review.outcome(self.name)])


class OrphansItem(_Item):
    """No snapshot is without its case."""

    def runtest(self) -> None:
        from generator.snapshots import review

        self.judge([review.Orphan(name) for name in self.review.orphans])
