"""Which call is disturbed and how: rates -> a seeded choice for each call and each line of the event stream."""

from __future__ import annotations

import enum
import random
from collections import Counter
from dataclasses import dataclass, fields, replace


class Fault(enum.Enum):
    """What can happen to a call of Nomad, or to its event stream; the value is its row of the table."""

    REFUSE = "answers 500, nothing done"
    REFUSE_LATE = "answers 500 although the call was done"
    THROTTLE = "answers 429"
    CUT_BEFORE = "connections cut before the call"
    CUT_AFTER = "connections cut after the call, its answer lost"
    DELAY = "answers delayed"
    TRUNCATE = "JSON bodies cut in the middle"
    DROP_EVENT = "events dropped"
    REPEAT_EVENT = "events repeated"
    CUT_STREAM = "event streams cut"


# What Nomad says with status 500 when servers have lost one another (nomad/structs/errors.go, hashicorp/raft, and
# nomad/rpc.go when the agent passes a call on). The second kind may come after the change was made.
REFUSALS = (
    "No cluster leader",
    "rpc error: failed to get conn: dial tcp 127.0.0.1:4647: connect: connection refused",
    "rpc error: failed to get conn: rpc error: lead thread didn't get connection",
    "No path to region",
)
LATE_REFUSALS = (
    "rpc error: EOF",
    "leadership lost while committing log",
    "rpc error: read tcp 127.0.0.1:40404->127.0.0.1:4647: i/o timeout",
)
# command/agent/http.go, connLimiter
THROTTLED = "Your IP is issuing too many concurrent connections, please rate limit your calls\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How likely each fault is: for a call, or for a line of the event stream."""

    refuse: float = 0.01
    refuse_late: float = 0.005
    throttle: float = 0.01
    cut_before: float = 0.01
    cut_after: float = 0.01
    delay: float = 0.03
    truncate: float = 0.01
    drop_event: float = 0.05
    repeat_event: float = 0.05
    cut_stream: float = 0.002
    longest_delay: float = 1.5
    """Seconds."""

    def scaled(self, factor: float) -> Rates:
        """Return all rates multiplied; 0 disturbs nothing."""
        changes = {
            field.name: getattr(self, field.name) * factor
            for field in fields(self)
            if field.name != "longest_delay"
        }
        return replace(self, **changes)


CALM = Rates().scaled(0)
_OF_CALLS = (
    Fault.REFUSE,
    Fault.REFUSE_LATE,
    Fault.THROTTLE,
    Fault.CUT_BEFORE,
    Fault.CUT_AFTER,
    Fault.DELAY,
    Fault.TRUNCATE,
)
_OF_EVENTS = (Fault.DROP_EVENT, Fault.REPEAT_EVENT, Fault.CUT_STREAM)


class Dice:
    """Chooses faults by a seed, and counts those that were really done."""

    def __init__(self, seed: str, rates: Rates) -> None:
        self.rates = rates
        self.random = random.Random(seed)
        self.counts: Counter[Fault] = Counter()

    def for_call(self) -> Fault | None:
        """Choose what happens to the next call."""
        return self._choose(_OF_CALLS)

    def for_event(self) -> Fault | None:
        """Choose what happens to the next line of the event stream."""
        return self._choose(_OF_EVENTS)

    def delay(self) -> float:
        """Choose how long an answer waits."""
        return self.random.uniform(0.05, self.rates.longest_delay)

    def count(self, fault: Fault) -> None:
        """Note that a fault was done."""
        self.counts[fault] += 1

    def _choose(self, faults: tuple[Fault, ...]) -> Fault | None:
        drawn = self.random.random()
        for fault in faults:
            drawn -= getattr(self.rates, fault.name.lower())
            if drawn < 0:
                return fault
        return None
