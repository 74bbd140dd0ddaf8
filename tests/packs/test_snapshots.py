"""Every job that the packs give, as a file to review: a changed template is a changed snapshot.

A snapshot is byte for byte what ``packgen render --format json`` prints, so that it can be read, and
given to ``nomad job run -json``, as it is. ``make snapshots`` writes them anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension
from syrupy.location import PyTestLocation

SNAPSHOTS = Path(__file__).parent / "__snapshots__" / Path(__file__).stem


class JobExtension(SingleFileSnapshotExtension):
    """Bytes as they are, one file a job."""

    file_extension = "json"

    @classmethod
    def matches_test_location(
        cls, *, test_location: PyTestLocation, snapshot_location: str
    ) -> bool:
        """Say that all files of the folder are the test's, so that an update removes those without a case.

        Left to itself syrupy does so only where pytest is called without a path. When only what
        failed is run again, each case answers for its own file: the others are not unused.
        """
        if test_location.item.config.getoption("lf", default=False):
            return super().matches_test_location(
                test_location=test_location, snapshot_location=snapshot_location
            )
        folder = Path(cls.dirname(test_location=test_location))
        return Path(snapshot_location).parent == folder


def test_job(printed: bytes, snapshot: SnapshotAssertion) -> None:
    assert printed == snapshot.with_defaults(extension_class=JobExtension)


def test_every_snapshot_has_its_case(case_names: list[str], request: pytest.FixtureRequest) -> None:
    # syrupy fails for unused snapshots, too, but not where a path is given and tests are left out.
    if request.config.getoption("update_snapshots"):
        pytest.skip("the update removes what is unused")

    snapshots = {path.name for path in SNAPSHOTS.iterdir()}

    assert snapshots == {f"test_job[{name}].json" for name in case_names}
