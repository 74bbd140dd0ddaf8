"""The output of one allocation's tasks, line by line from a cursor on."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator

from server import task_names
from server.logs import cursor as cursors
from server.logs import events
from server.logs.cursor import Cursor
from server.logs.files import KINDS, START, Stream, Streams
from server.logs.lines import Line, LineReader, is_last_word
from server.logs.placements import Placement
from server.nomad import Nomad
from server.record import Phase

# Streams that services may have begun: they run as long as the tests, which must not wait for them.
_SERVICES_LIMIT = cursors.OPEN_LIMIT // 2


class Output:
    """Reads on where ``cursor`` stands, and moves it; what is unfinished of a line stays here until it is whole."""

    def __init__(self, nomad: Nomad, phase: Phase, cursor: Cursor, *, task: str) -> None:
        self.cursor = cursor
        self.making_room = False  # whether one stream was left out for another that has ended since
        self._nomad = nomad
        self._phase = phase
        self._names: tuple[str, ...] = ()
        self._task = task
        self._readers: dict[int, LineReader] = {}
        self._closed: set[str] = set()  # tasks whose script has said its last word

    def read(
        self, placement: Placement, names: tuple[str, ...], streams: Streams
    ) -> Generator[events.Event, None, bool]:
        """Tell what is new of the tasks of these names, in their order; return whether all was read to its end."""
        self._names = names
        complete = True
        crowded = False
        done = self.cursor.done
        for number, (task, kind) in enumerate(itertools.product(self._names, KINDS)):
            if number in self.cursor.done or self._task not in ("", task):
                continue
            stream = streams.get((task, kind), Stream(task, kind))
            if stream.size and not self._may_begin(number):
                complete = False
                crowded = True
                continue
            yield from self._read_stream(placement, number, stream)
            if self._has_settled(placement, task):
                yield from self._finish(number, task)
            complete &= number in self.cursor.done
        self.making_room = crowded and self.cursor.done != done
        return complete

    def _may_begin(self, number: int) -> bool:
        """Whether a cursor has room for one more stream; else that one's turn comes when another has ended."""
        begun = self.cursor.begun
        if number in begun:
            return True
        served = sum(self._serves(each) for each in begun)
        if self._serves(number) and served >= _SERVICES_LIMIT:
            return False
        return len(begun) < cursors.OPEN_LIMIT

    def _serves(self, number: int) -> bool:
        return task_names.serves(self._names[number // len(KINDS)])

    def _read_stream(
        self, placement: Placement, number: int, stream: Stream
    ) -> Iterator[events.Event]:
        """Tell the lines that a stream has by now."""
        reader = self._readers.get(number)
        if reader is None:
            reader = LineReader(self.cursor.begun.get(number, START))
            self._readers[number] = reader
        if reader.next < stream.beginning:
            missing = stream.estimate_removed(reader.next)
            reader = self._readers[number] = LineReader(stream.beginning)
            self.cursor = self.cursor.move(number, stream.beginning)
            yield events.Gap(
                cursor=self.cursor,
                phase=self._phase,
                task=stream.task,
                missing=missing,
                text=f"the task wrote so much that Nomad has removed about {missing} bytes",
            )
        for at, size in stream.parts(reader.next):
            data = stream.read(self._nomad, placement.id, at, size)
            for line in reader.feed(at, data):
                self.cursor = self.cursor.move(number, line.end)
                yield self._tell(stream.task, line)

    def _tell(self, task: str, line: Line) -> events.Event:
        text = line.text
        if is_last_word(text, task):
            self._closed.add(task)
        else:
            self._closed.discard(task)
        return events.Line(cursor=self.cursor, phase=self._phase, task=task, text=text)

    def _has_settled(self, placement: Placement, task: str) -> bool:
        now = self._nomad.clock.now()
        return placement.has_settled(task, now, closed=task in self._closed)

    def _finish(self, number: int, task: str) -> Iterator[events.Event]:
        """Leave a stream, with the line that nothing has ended."""
        rest = self._readers.pop(number).take_rest()
        self.cursor = self.cursor.finish(number)
        if rest is not None:
            yield self._tell(task, rest)
