"""Builds in Nomad Variables: created before any job, changed only by check-and-set.

``nomad-build/builds/<id>``                           the record of a build
``nomad-build/unfinished/<id>/<owner>/<repository>…`` its marker, while the build is not put away
``nomad-build/deliveries/<id>``                       there while its webhook is to be called

The marker comes before the record, and finding the live builds costs the same however many have ended. The index
at which Nomad has taken a marker in is the build's place in the queue. Owner and repository stand there as keys,
so that one list is enough to know whose turn it is.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass

import pydantic

from server import fitting
from server.admission import Entry
from server.errors import BuildNotFound, InvalidRequest, NomadConflict, RecordUnreadable
from server.nomad import Nomad, VariableStub
from server.record import SCHEMA_VERSION, Kill, Record

BUILDS = "nomad-build/builds/"
_UNFINISHED = "nomad-build/unfinished/"
_DELIVERIES = "nomad-build/deliveries/"
# Bytes of a record that may be what was asked for; the rest is for what becomes of it.
REQUEST_LIMIT = 40 * 1024
# What a build wants to publish never changes: so many builds' names are remembered.
_CLAIMS_KEPT = 10_000
# Stands in place of the record of a build that was announced and never submitted.
_ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Stored:
    """A record and the index at which it was read: the next write has to name it."""

    record: Record
    index: int


class Store:
    """The records of all builds."""

    def __init__(self, nomad: Nomad) -> None:
        self._nomad = nomad
        self._claims: OrderedDict[str, frozenset[str]] = OrderedDict()

    # A build comes into being

    def announce(self, record: Record) -> int | None:
        """Write the marker of a build that is about to be stored; return its index if it was not there.

        An announcement that is repeated moves the marker to a new index, so that nobody who has seen the old
        one may remove it; the place in the queue stays.

        Raises:
            InvalidRequest: the request is too large to be kept.
        """
        require_keepable(record)
        path = _marker_path(record)
        items = {"id": record.id}
        while True:
            try:
                return self._nomad.write_variable(path, items, 0)
            except NomadConflict:
                if self._touch(path):
                    return None

    def withdraw(self, record: Record, index: int) -> None:
        """Take back an announcement, if nobody has repeated it meanwhile."""
        try:
            self._nomad.delete_variable(_marker_path(record), index)
        except NomadConflict:
            return

    def create(self, record: Record) -> Stored:
        """Store the record of an announced build; return the one that is there if another was first.

        Where the announcement was given up already, it is repeated: whoever gave it up then finds the marker at
        another index, and leaves it.
        """
        while True:
            try:
                return self._write(record, 0)
            except NomadConflict:
                variable = self._nomad.read_variable(BUILDS + record.id)
            if variable is not None and _ABANDONED not in variable.items:
                return self.read(record.id)
            if variable is not None:
                self.announce(record)
                try:
                    return self._write(record, variable.modify_index)
                except NomadConflict:
                    continue

    def abandon(self, entry: Entry) -> None:
        """Give up the announcement of a build that has no record: from now on it needs a new one."""
        try:
            self._nomad.write_variable(BUILDS + entry.build_id, {_ABANDONED: "yes"}, 0)
        except NomadConflict:
            variable = self._nomad.read_variable(BUILDS + entry.build_id)
            if variable is None or _ABANDONED not in variable.items:
                return
        for stub in self._markers(entry.build_id):
            if stub.modify_index == entry.modify_index:
                try:
                    self._nomad.delete_variable(stub.path, stub.modify_index)
                except NomadConflict:
                    continue

    # It lives

    def read(self, build_id: str) -> Stored:
        """Read a build's record.

        Raises:
            BuildNotFound: there is no such build.
            RecordUnreadable: there is, but this version cannot read it.
        """
        variable = self._nomad.read_variable(BUILDS + build_id)
        if variable is None or _ABANDONED in variable.items:
            raise BuildNotFound(build_id)
        try:
            record = Record.model_validate_json(variable.items["record"])
        except (KeyError, pydantic.ValidationError) as error:
            msg = f"the record of build {build_id} cannot be read by this version: {error}"
            raise RecordUnreadable(msg) from error
        if record.schema_version > SCHEMA_VERSION:
            msg = f"the record of build {build_id} was written by a newer version of the service"
            raise RecordUnreadable(msg, next_step="Update this replica")
        self._remember(record)
        return Stored(record, variable.modify_index)

    def update(self, stored: Stored, record: Record) -> Stored | None:
        """Write a changed record; None if another writer was first, who is then to be read again."""
        try:
            return self._write(record, stored.index)
        except NomadConflict:
            return None

    def mark_killed(self, build_id: str, kill: Kill) -> Record:
        """Ask in a build's record for its end, so that every replica knows of it; an ended one stays as it is."""
        while True:
            stored = self.read(build_id)
            build = stored.record
            if build.ended or build.kill is not None:
                return build
            updated = self.update(stored, build.model_copy(update={"kill": kill}))
            if updated is not None:
                self.touch(updated.record)
                return updated.record

    def move(self, record: Record) -> None:
        """Give a build whose images are known by now the marker that says so, and with it a new place: the last.

        Its old marker said nothing of them, so that builds which came later may have begun to publish the same.
        """
        self.announce(record)
        path = _marker_path(record)
        for stub in self._markers(record.id):
            if stub.path != path:
                self._nomad.delete_variable(stub.path)

    def touch(self, record: Record) -> None:
        """Move a live build's marker to a new index, by which other replicas see that its record has changed."""
        self._touch(_marker_path(record))

    def claims(self, build_id: str) -> frozenset[str] | None:
        """Return the names of the images that a build wants to publish; None while no record of it can be read."""
        if build_id not in self._claims:
            try:
                self.read(build_id)
            except (BuildNotFound, RecordUnreadable):
                return None
        return self._claims.get(build_id)

    def list_live(self) -> tuple[Entry, ...]:
        """List the builds that are not put away, in the order in which Nomad has taken them in."""
        markers = map(_read_marker, self._nomad.list_variables(_UNFINISHED))
        # During a move, or if the request was repeated then, there are two: what says what is published counts.
        in_order = sorted(markers, key=lambda each: (bool(each.repositories), each.create_index))
        entries = {entry.build_id: entry for entry in in_order}
        return tuple(sorted(entries.values(), key=lambda each: each.create_index))

    def is_live(self, build_id: str) -> bool:
        """Tell whether a build is not put away."""
        return bool(self._markers(build_id))

    def list_records(self) -> tuple[VariableStub, ...]:
        """List the records of all builds, the oldest first."""
        stubs = self._nomad.list_variables(BUILDS)
        return tuple(sorted(stubs, key=lambda each: each.create_index))

    # It ends

    def put_away(self, build_id: str) -> None:
        """Take a build off the list of those that need attention."""
        for stub in self._markers(build_id):
            self._nomad.delete_variable(stub.path)

    def delete(self, build_id: str, index: int) -> None:
        """Remove a record, if it is still at an index."""
        try:
            self._nomad.delete_variable(BUILDS + build_id, index)
        except NomadConflict:
            return

    def open_delivery(self, build_id: str) -> None:
        """Note that a build's webhook is to be called."""
        try:
            self._nomad.write_variable(_DELIVERIES + build_id, {"id": build_id}, 0)
        except NomadConflict:
            return

    def close_delivery(self, build_id: str) -> None:
        """Note that a build's webhook is done with."""
        self._nomad.delete_variable(_DELIVERIES + build_id)

    def list_deliveries(self) -> tuple[str, ...]:
        """List the builds whose webhooks are to be called."""
        return tuple(
            stub.path.removeprefix(_DELIVERIES) for stub in self._nomad.list_variables(_DELIVERIES)
        )

    def _markers(self, build_id: str) -> tuple[VariableStub, ...]:
        return self._nomad.list_variables(_UNFINISHED + build_id)

    def _touch(self, path: str) -> bool:
        """Write a marker that is there once more; tell whether it was."""
        variable = self._nomad.read_variable(path)
        if variable is None:
            return False
        try:
            self._nomad.write_variable(path, variable.items, variable.modify_index)
        except NomadConflict:
            return False
        return True

    def _write(self, record: Record, expected_index: int) -> Stored:
        fitted = fitting.fit(record)
        items = {"record": fitting.encode(fitted)}
        index = self._nomad.write_variable(BUILDS + record.id, items, expected_index)
        self._remember(fitted)
        return Stored(fitted, index)

    def _remember(self, record: Record) -> None:
        if record.awaits_plan:
            return
        self._claims[record.id] = record.claims
        if len(self._claims) > _CLAIMS_KEPT:
            self._claims.popitem(last=False)


def require_keepable(record: Record) -> None:
    """Check that a record can be kept, whatever becomes of its build.

    Of a build with a build file it has two requests, the one that was made and the one that counts.

    Raises:
        InvalidRequest: what was asked for is too large.
    """
    size, limit = record.request_size, REQUEST_LIMIT
    if record.awaits_plan:
        limit //= 2
    if size > limit:
        what = "request" if record.asked is None else "request and the build file together"
        raise InvalidRequest(
            (f"the {what} has {size} bytes, at most {limit} can be kept",),
            next_step="Move long test commands into a script of the repository",
        )


def build_of(stub: VariableStub) -> str:
    """Return the id of the build that a listed record belongs to."""
    return stub.path.removeprefix(BUILDS)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _marker_path(record: Record) -> str:
    keys = [record.request.owner, *(target.repository for target in record.targets)]
    return "/".join([_UNFINISHED + record.id, *map(_key, keys)])


def _read_marker(stub: VariableStub) -> Entry:
    """Read a marker's path; version 1 wrote the id alone."""
    build_id, *keys = stub.path.removeprefix(_UNFINISHED).split("/")
    return Entry(
        build_id=build_id,
        owner=keys[0] if keys else "",
        repositories=tuple(keys[1:]),
        create_index=stub.create_index,
        modify_index=stub.modify_index,
        created_at=stub.created_at,
    )
