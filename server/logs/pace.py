"""How often whoever follows a build looks: about once a second while something is said, and seldom while nothing is."""

from __future__ import annotations

import time
from collections.abc import Generator

from server.errors import NomadUnreachable
from server.logs import events
from server.logs.following import Follower

# Seconds between two looks: while something is written, and when nothing was for a while.
_SHORTEST_PAUSE = 1.5
_LONGEST_PAUSE = 3.0
_LONGER = 1.3
# Seconds for which Nomad may be away.
_OUTAGE = 120.0

# Whoever waits does it between two of these, and holds no thread meanwhile.
Followed = Generator[events.Event | events.Pause, None, None]


def follow(follower: Follower) -> Followed:
    """Yield events until the build's end was told, and pauses in which there are none.

    Raises:
        ServiceError: the build is not there any more, or Nomad was not for minutes.
    """
    pause = _SHORTEST_PAUSE
    heard = time.monotonic()
    while not follower.cursor.ended:
        news = False
        try:
            for event in follower.look():
                news = True
                yield event
            heard = time.monotonic()
        except NomadUnreachable:
            if time.monotonic() - heard > _OUTAGE:
                raise
        if not follower.cursor.ended:
            pause = _SHORTEST_PAUSE if news else min(pause * _LONGER, _LONGEST_PAUSE)
            yield events.Pause(pause)
