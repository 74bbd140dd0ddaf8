"""The cases in their order, and how they are run: a few at once, each on its own repository."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from tests.corpus.site import Site
from tests.corpus.trial import Trial

# Builds that may be under way at once.
WORKERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case: its name, what it shows in a sentence, and what makes and checks it."""

    name: str
    about: str
    play: Callable[[Trial], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of a case; a problem is what was not as it had to be."""

    case: Case
    expected: str
    seen: str
    seconds: float
    problem: BaseException | None


_CASES: dict[str, list[Case]] = {}


def case(play: Callable[[Trial], None]) -> Callable[[Trial], None]:
    """Add a case to those of its module, named as its function and described by its docstring."""
    about = " ".join((play.__doc__ or "").split())
    added = Case(name=play.__name__.replace("_", "-"), about=about, play=play)
    _CASES.setdefault(play.__module__, []).append(added)
    return play


def cases_of(module: str) -> list[Case]:
    """Return the cases of a module in their order."""
    return _CASES[module]


def start(site: Site, cases: Iterable[Case], pool: ThreadPoolExecutor) -> dict[str, Future[Row]]:
    """Have the pool run cases, and return what will come of each."""
    return {each.name: pool.submit(_run, site, each) for each in cases}


def _run(site: Site, chosen: Case) -> Row:
    trial = Trial(chosen.name, site)
    problem: BaseException | None = None
    began = time.monotonic()
    try:
        chosen.play(trial)
    except (
        BaseException
    ) as error:  # A thread's border, where pytest's own failures are caught, too.
        problem = error
    return Row(
        case=chosen,
        expected=str(trial.expected),
        seen=trial.seen,
        seconds=time.monotonic() - began,
        problem=problem,
    )
