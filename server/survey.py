"""Which builds are to be looked at, from lists alone: a few calls, however many builds there are.

A build is looked at again when the index of its marker or of its living job has grown since, when another replica
looked after it before, or when it has no living job although it is its turn. So a lost event costs one interval, and
a build at which nothing happens costs nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from server import record
from server.admission import Entry, Verdict
from server.cluster import JobStub

# The index of a build's marker, that of its living job (0 when it has none), and whether the build is one's own:
# whoever takes over a build has to learn of its deadline.
Sight = tuple[int, int, bool]
_UNSEEN: Sight = (0, 0, False)


@dataclass(slots=True)
class Survey:
    """What was seen of each live build the last time."""

    _seen: dict[str, Sight] = field(default_factory=dict)
    _admitted: frozenset[str] = frozenset()

    def take(
        self,
        entries: Iterable[Entry],
        verdicts: Mapping[str, Verdict],
        jobs: Iterable[JobStub],
        owned: Mapping[str, bool],
    ) -> list[str]:
        """Return the builds to look at: one's own that have changed, and others' that seem to be forgotten."""
        living: dict[str, int] = {}
        for job in jobs:
            build_id = record.build_of(job.id)
            if build_id is not None:
                living[build_id] = max(living.get(build_id, 0), job.modify_index)
        seen, self._seen = self._seen, {}
        wanted = []
        for entry in entries:
            build_id = entry.build_id
            sight = (entry.modify_index, living.get(build_id, 0), owned[build_id])
            before = seen.get(build_id)
            self._seen[build_id] = sight
            stuck = sight[1] == 0 and verdicts[build_id].admitted
            # Of another replica's build it shows only with time that nobody looks after it.
            if (owned[build_id] and (sight != before or stuck)) or (stuck and sight == before):
                wanted.append(build_id)
        return wanted

    def promote(
        self, verdicts: Mapping[str, Verdict], begun: Container[str] = frozenset()
    ) -> list[str]:
        """Return the builds whose turn has come since this was asked the last time.

        Not those that have ``begun``, or had a living job the last time: whoever registered it looks after them.
        """
        admitted = frozenset(build_id for build_id, verdict in verdicts.items() if verdict.admitted)
        before, self._admitted = self._admitted, admitted
        return sorted(
            build_id
            for build_id in admitted - before
            if build_id not in begun and self._seen.get(build_id, _UNSEEN)[1] == 0
        )
