"""Records by their id that are also found by their job, so that what a job has costs no search."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import TypeVar

Record = TypeVar("Record")


class JobTable(MutableMapping[str, Record]):
    """A table that keeps the order of insertion, in all and within each job."""

    def __init__(self, job_of: Callable[[Record], str]) -> None:
        self._job_of = job_of
        self._records: dict[str, Record] = {}
        self._by_job: dict[str, dict[str, Record]] = {}

    def __getitem__(self, key: str) -> Record:
        return self._records[key]

    def __setitem__(self, key: str, record: Record) -> None:
        self._records[key] = record
        self._by_job.setdefault(self._job_of(record), {})[key] = record

    def __delitem__(self, key: str) -> None:
        job_id = self._job_of(self._records.pop(key))
        of_job = self._by_job[job_id]
        del of_job[key]
        if not of_job:
            del self._by_job[job_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)

    def of(self, job_id: str) -> list[Record]:
        """Return a job's records, the oldest first."""
        return list(self._by_job.get(job_id, {}).values())

    def jobs(self) -> Iterable[str]:
        """Return the ids of the jobs that have records."""
        return self._by_job.keys()
