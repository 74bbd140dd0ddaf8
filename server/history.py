"""The history of builds: their records, looked through from the newest to the oldest.

A record that has not changed since it was last looked at is not read again: Nomad's list says so. What is kept of
it for that is small, and only what lists show.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from server.errors import BuildNotFound, RecordUnreadable
from server.nomad import VariableStub
from server.record import Reason, Record, Status
from server.store import Store, build_of

# As many records are kept by default.
_KEPT = 1000
# Records that are read anew for one page, each by a call of Nomad's: whoever looks for something rare asks again.
_READ = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a list shows of a build."""

    id: str
    status: Status
    owner: str
    repo_url: str
    git_ref: str
    commit: str
    images: tuple[str, ...]
    created_at: datetime
    ended_at: datetime | None
    reason: Reason | None

    @property
    def ended(self) -> bool:
        """Whether the build has its final status."""
        return self.ended_at is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which builds are looked for; what is None or empty leaves nothing out."""

    owner: str | None = None
    status: Status | None = None
    ended: bool | None = None
    name: str = ""

    def fits(self, build: Summary) -> bool:
        """Tell whether a build is wanted; ``name`` is a part of its repository's or an image's, in any case."""
        name = self.name.casefold()
        return (
            self.owner in (None, build.owner)
            and self.status in (None, build.status)
            and self.ended in (None, build.ended)
            and any(name in each.casefold() for each in (build.repo_url, *build.images))
        )


@dataclass(frozen=True, slots=True)
class Page:
    """Builds, the newest first; ``cursor`` is where the next page begins, empty if nothing is left to look at."""

    builds: tuple[Summary, ...]
    cursor: str = ""


class History:
    """Looks through all records. Safe for use by several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[int, Summary | None]] = OrderedDict()

    def page(self, wanted: Wanted, limit: int, cursor: str = "") -> Page:
        """Return up to so many builds that were taken in before the cursor's; fewer do not mean that no more follow."""
        before = int(cursor) if cursor else None
        found: list[Summary] = []
        reads = 0
        for stub in reversed(self._store.list_records()):
            if before is not None and stub.create_index >= before:
                continue
            if len(found) == limit or reads == _READ:
                return Page(tuple(found), str(stub.create_index + 1))
            build, was_read = self._look(stub)
            reads += was_read
            if build is not None and wanted.fits(build):
                found.append(build)
        return Page(tuple(found))

    def _look(self, stub: VariableStub) -> tuple[Summary | None, bool]:
        """Return what is known of a build, and whether it had to be read."""
        build_id = build_of(stub)
        with self._lock:
            index, known = self._known.get(build_id, (0, None))
        if index == stub.modify_index:
            return known, False
        try:
            stored = self._store.read(build_id)
        except (BuildNotFound, RecordUnreadable):
            # What a newer version has written its replicas show.
            return None, True
        summary = summarize(stored.record)
        with self._lock:
            self._known[build_id] = (stored.index, summary)
            self._known.move_to_end(build_id)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return summary, True


def summarize(build: Record) -> Summary:
    """Return what a list shows of a build; images are named once they are there."""
    return Summary(
        id=build.id,
        status=build.status,
        owner=build.request.owner,
        repo_url=build.request.repo_url,
        git_ref=build.request.git_ref,
        commit=build.commit,
        images=build.images,
        created_at=build.created_at,
        ended_at=build.ended_at,
        reason=build.failure.reason if build.failure else None,
    )
