"""Following the logs of a build from a cursor on: line by line, phase by phase, to its end.

All that is known of a reader is in its cursor, so that any replica goes on where another has ended. Lines of one
stream come in their order; those of tasks that run side by side as they are found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from datetime import timedelta

from server.errors import NomadUnreachable
from server.logs import attempts, events, kept, remains
from server.logs import cursor as cursors
from server.logs.cursor import Cursor
from server.logs.files import KINDS, Streams, list_streams
from server.logs.output import Output
from server.logs.placements import Placement, list_placements, read_placement
from server.nomad import Nomad
from server.record import ALL_PHASES, Phase, Record, job_id

# How long a node that is not heard of, or tasks that do not end, are waited for once the build has left them behind.
_PATIENCE = timedelta(minutes=1)
# Seconds for which what Nomad said of a job that is at work is good.
_FRESH = 4.0


class Follower:
    """Reads a build's logs on from a cursor; of one phase or one task only if these are given.

    ``read`` returns the build's record, ``build`` is what it has returned just now. Not for several threads at once.
    """

    def __init__(
        self,
        nomad: Nomad,
        read: Callable[[], Record],
        cursor: Cursor,
        *,
        build: Record | None = None,
        phase: Phase | None = None,
        task: str = "",
    ) -> None:
        self._cursor = cursor
        self.build = build or read()
        self.trouble = ""  # why nothing more was read in the last look, if that is known
        self.sizes: dict[tuple[Phase, str], int] = {}  # bytes that are known of tasks' logs
        self._nomad = nomad
        self._read = read
        self._phase = phase
        self._task = task
        self._output: Output | None = None
        self._placements: tuple[Placement, ...] = ()
        self._placed_at = -_FRESH
        self._looked = False
        self._read_at = time.monotonic()

    @property
    def cursor(self) -> Cursor:
        """Behind what was told last."""
        return self._cursor if self._output is None else self._output.cursor

    @cursor.setter
    def cursor(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._output = None

    def look(self) -> Iterator[events.Event]:
        """Yield what is there by now and was not told before.

        Raises:
            BuildNotFound: its record is gone.
            NomadUnreachable: Nomad or the node does not answer; looking again later goes on.
        """
        # Of a job that Nomad calls running for ever the build may end all the same.
        if self._looked and (not self._at_work or time.monotonic() - self._read_at >= _FRESH):
            self._refresh()
        self._looked = True
        while not self.cursor.ended:
            if self.cursor.phase is not None:
                over = yield from self._read_stage()
                if not over:
                    return
            following = attempts.find_next(self.build, self.cursor)
            if self._is_end(following):
                self.cursor = self.cursor.end()
                yield events.Ended(cursor=self.cursor, status=self.build.status)
                return
            if following is None:
                return
            self._enter(following)
            if self._wants(following[0]):
                yield events.PhaseBegun(
                    cursor=self.cursor, phase=following[0], attempt=following[1]
                )

    @property
    def making_room(self) -> bool:
        """Whether another look tells more at once: a stream that had no place in the cursor can have one now."""
        return self._output is not None and self._output.making_room

    @property
    def settling(self) -> bool:
        """Whether more will come in a moment: what tasks that have ended said last is not certain to be there yet."""
        ended = bool(self._placements) and all(each.ended for each in self._placements)
        return ended and self._passed and not self.trouble and not self.cursor.ended

    def _refresh(self) -> None:
        self.build = self._read()
        self._read_at = time.monotonic()

    # Phases and their attempts

    @property
    def _at_work(self) -> bool:
        """Whether it is known of the job being read that it will go on for a while."""
        return any(each.running for each in self._placements)

    @property
    def _passed(self) -> bool:
        """Whether the build has left the attempt behind that is being read."""
        return self.build.ended or attempts.find_next(self.build, self.cursor) is not None

    def _is_end(self, following: tuple[Phase, int] | None) -> bool:
        """Whether nothing that is wanted follows any more: the build has ended, or the one phase is over."""
        if following is None:
            return self.build.ended
        return (
            self._phase is not None
            and self._phase != following[0]
            and ALL_PHASES.index(self._phase) < ALL_PHASES.index(following[0])
        )

    def _wants(self, phase: Phase) -> bool:
        return self._phase is None or self._phase == phase

    def _enter(self, stage: tuple[Phase, int]) -> None:
        self.cursor = Cursor(phase=stage[0], attempt=stage[1])
        self._placements = ()
        self._placed_at = -_FRESH

    def _read_stage(self) -> Generator[events.Event, None, bool]:
        """Read an attempt's logs on; return whether nothing more of it will come."""
        phase = self.cursor.phase
        assert phase is not None
        if not self._wants(phase):
            return self._passed
        if self.cursor.left is None:
            over = yield from self._read_placements(phase)
            if not over:
                return False
        if self.cursor.left is not None:
            yield from self._read_kept(phase)
        if not self._passed:
            self._refresh()
        return self._passed

    # Allocations

    def _read_placements(self, phase: Phase) -> Generator[events.Event, None, bool]:
        """Read the allocations of an attempt's job, one after the other; return whether all are read to their end."""
        placements = self._list(phase)
        if not placements:
            if self._passed and attempts.find_known(self.build, self.cursor) is None:
                # The record knows only of the last attempt, and Nomad only of jobs that were not removed.
                self.cursor = self.cursor.keep(0)
                text = f"Nomad has removed the job of attempt {self.cursor.attempt}"
                yield events.Gap(cursor=self.cursor, phase=phase, task=self._task, text=text)
            return self._passed
        if not self.cursor.placement:
            self.cursor = self.cursor.place(placements[0].id)
        tags = [cursors.tag(each.id) for each in placements]
        if self.cursor.placement not in tags:
            yield self._go_over(
                phase, placements[0], "Nomad has forgotten where the job ran before"
            )
        for placement in placements[tags.index(self.cursor.placement) :]:
            if cursors.tag(placement.id) != self.cursor.placement:
                yield self._go_over(phase, placement)
            left_behind = placement is not placements[-1] or self._passed
            late = left_behind and self._is_late(phase, placement)
            lost = yield from self._read_placement(phase, placement, late)
            if lost is None:
                return False
            if lost and placement is placements[-1]:
                return (yield from self._take_kept(phase, placement, lost))
            if lost:
                following = placements[placements.index(placement) + 1]
                yield self._go_over(phase, following, lost)
        return True

    def _list(self, phase: Phase) -> tuple[Placement, ...]:
        """Return the allocations of the attempt's job, asked for anew unless it was at work a moment ago."""
        if self._at_work and time.monotonic() - self._placed_at < _FRESH:
            return self._placements
        job = job_id(phase, self.build.id, self.cursor.attempt)
        self._placements = list_placements(
            self._nomad, job, attempts.find_known(self.build, self.cursor)
        )
        self._placed_at = time.monotonic()
        return self._placements

    def _go_over(self, phase: Phase, placement: Placement, lost: str = "") -> events.Event:
        """Go over to another allocation, perhaps with a word of what was lost before it."""
        self.cursor = self.cursor.place(placement.id)
        if lost:
            return events.Gap(cursor=self.cursor, phase=phase, task=self._task, text=lost)
        return events.PhaseBegun(
            cursor=self.cursor, phase=phase, attempt=self.cursor.attempt, node=placement.node
        )

    def _is_late(self, phase: Phase, placement: Placement) -> bool:
        """Whether what has not come by now of an allocation that the build has left behind will not come."""
        now = self._nomad.clock.now()
        times = (self.build.ended_at, self.build.of(phase).ended_at, placement.modified_at)
        return all(each is None or now - each > _PATIENCE for each in times)

    def _read_placement(
        self, phase: Phase, placement: Placement, late: bool
    ) -> Generator[events.Event, None, str | None]:
        """Read an allocation's streams on.

        Return nothing when more may come, an empty text when it is read to its end, and else why it cannot be read.
        """
        self.trouble = ""
        try:
            streams = list_streams(self._nomad, placement.id)
            if streams is None:
                return "Nomad has removed it" if placement.ended or late else None
            self._measure(phase, placement, streams)
            complete = yield from self._read_output(phase, placement, streams)
        except NomadUnreachable as error:
            self.trouble = f"node {placement.node} does not answer: {error.message}"
            return "its node does not answer" if late else None
        return "" if (complete if placement.ended else late) else None

    def _read_output(
        self, phase: Phase, placement: Placement, streams: Streams
    ) -> Generator[events.Event, None, bool]:
        """Tell what the tasks have said since; return whether they will say no more."""
        if self._output is None:
            self._output = Output(self._nomad, phase, self.cursor, task=self._task)
        begun = self.cursor.begun
        names = placement.names(phase, self.build.request)
        complete = yield from self._output.read(placement, names, streams)
        if self.cursor.begun == begun:
            self._placed_at = -_FRESH  # nothing was said: it may have ended
        return complete

    def _measure(self, phase: Phase, placement: Placement, streams: Streams) -> None:
        """Note how much there is of each task's log."""
        for task in placement.names(phase, self.build.request):
            sizes = [streams[task, kind].size for kind in KINDS if (task, kind) in streams]
            if sizes and self._task in ("", task):
                self.sizes[phase, task] = sum(sizes)

    def _take_kept(
        self, phase: Phase, placement: Placement, lost: str
    ) -> Generator[events.Event, None, bool]:
        """Go over to what the record has of a log that cannot be read any more; return whether it is there by now."""
        if not self._passed:
            # The record has a log's end only after its phase.
            self._refresh()
            if not self._passed:
                return False
        rest = self._find_rest(phase, placement)
        self.cursor = self.cursor.keep(len(rest.lines))
        if rest.missing != 0 or rest.repeats:
            left = "only its end" if rest.lines else "nothing of it"
            text = f"the log is not there any more ({lost}), and the record has {left}"
            text += ", of which some was told before" if rest.repeats else ""
            yield events.Gap(
                cursor=self.cursor, phase=phase, task=self._task, missing=rest.missing, text=text
            )
        return True

    def _read_kept(self, phase: Phase) -> Iterator[events.Event]:
        """Tell what is left of what the record has."""
        left = self.cursor.left or 0
        known = attempts.find_known(self.build, self.cursor)
        lines = self._find_rest(phase, read_placement(known)).lines if known is not None else ()
        for task, line in lines[len(lines) - min(left, len(lines)) :]:
            left -= 1
            self.cursor = self.cursor.keep(left)
            yield events.Line(cursor=self.cursor, phase=phase, task=task, text=line)

    def _find_rest(self, phase: Phase, placement: Placement) -> kept.Rest:
        """Find what the record has of an allocation's logs and was not told."""
        names = placement.names(phase, self.build.request)
        return remains.find_rest(
            attempts.find_known(self.build, self.cursor), placement, names, self.cursor, self._task
        )
