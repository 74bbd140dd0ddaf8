"""Records of builds in Nomad Variables: created before any job, changed only by check-and-set.

``nomad-build/builds/<id>`` holds a build's record. ``nomad-build/unfinished/<id>`` exists while the build is
not put away, so that finding the live builds costs the same however many have ended.
"""

from __future__ import annotations

from dataclasses import dataclass

import pydantic

from server.errors import BuildNotFound, InvalidRequest, NomadConflict, ServiceError
from server.nomad import Nomad
from server.record import PHASES, SCHEMA_VERSION, Record

_BUILDS = "nomad-build/builds/"
_UNFINISHED = "nomad-build/unfinished/"
# Nomad takes 64 KiB for the names and values of a variable's items together.
_SIZE_LIMIT = 63 * 1024
_REQUEST_LIMIT = 40 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """A record and the index at which it was read: the next write has to name it."""

    record: Record
    index: int


class Store:
    """The records of all builds."""

    def __init__(self, nomad: Nomad) -> None:
        self._nomad = nomad

    def create(self, record: Record) -> Stored:
        """Store a new record.

        Raises:
            InvalidRequest: the request is too large to be kept.
        """
        size = len(record.request.model_dump_json().encode())
        if size > _REQUEST_LIMIT:
            problem = f"the request has {size} bytes, at most {_REQUEST_LIMIT} can be kept"
            raise InvalidRequest(
                (problem,), next_step="Move long test commands into a script of the repository"
            )
        # The marker comes first: a record without one would never be looked at again.
        self._nomad.write_variable(_UNFINISHED + record.id, {"id": record.id}, 0)
        return self._write(record, 0)

    def read(self, build_id: str) -> Stored:
        """Read a build's record.

        Raises:
            BuildNotFound: there is no such build.
        """
        variable = self._nomad.read_variable(_BUILDS + build_id)
        if variable is None:
            msg = f"no build has the id {build_id}"
            raise BuildNotFound(msg)
        try:
            record = Record.model_validate_json(variable.items["record"])
        except (KeyError, pydantic.ValidationError) as error:
            msg = f"the record of build {build_id} cannot be read by this version: {error}"
            raise ServiceError(msg) from error
        if record.schema_version > SCHEMA_VERSION:
            msg = f"the record of build {build_id} was written by a newer version of the service"
            raise ServiceError(msg, next_step="Update this replica")
        return Stored(record, variable.modify_index)

    def update(self, stored: Stored, record: Record) -> Stored | None:
        """Write a changed record; None if another writer was first, who is then to be read again."""
        try:
            return self._write(record, stored.index)
        except NomadConflict:
            return None

    def list_builds(self) -> tuple[str, ...]:
        """List the ids of all builds, the oldest first."""
        return tuple(path.removeprefix(_BUILDS) for path in self._nomad.list_variables(_BUILDS))

    def list_unfinished(self) -> tuple[str, ...]:
        """List the ids of the builds that are not put away."""
        return tuple(
            path.removeprefix(_UNFINISHED) for path in self._nomad.list_variables(_UNFINISHED)
        )

    def is_unfinished(self, build_id: str) -> bool:
        """Tell whether a build is not put away."""
        return self._nomad.read_variable(_UNFINISHED + build_id) is not None

    def put_away(self, build_id: str) -> None:
        """Take a build off the list of those that need attention."""
        self._nomad.delete_variable(_UNFINISHED + build_id)

    def _write(self, record: Record, expected_index: int) -> Stored:
        fitting = _fit(record)
        items = {"record": _encode(fitting)}
        return Stored(
            fitting, self._nomad.write_variable(_BUILDS + record.id, items, expected_index)
        )


def _encode(record: Record) -> str:
    return record.model_dump_json(exclude_none=True)


def _fit(record: Record) -> Record:
    """Shorten log tails until the record fits into a variable; they are the only part that grows."""
    while len(_encode(record).encode()) > _SIZE_LIMIT:
        longest = max(PHASES, key=lambda phase: len(record.of(phase).log_tail or ""))
        tail = record.of(longest).log_tail or ""
        if not tail:
            break
        record = record.with_phase(longest, log_tail=tail[len(tail) // 4 + 1 :])
    return record
