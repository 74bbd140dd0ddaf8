"""The verdict on a run: how builds ended, compared with what was to become of them and with what really happened."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from tests.faults import book, ledger
from tests.faults.book import Build, Outage


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a run went; each of the lists has a sentence for every case.

    Of the builds that ended right some did not end as they would have: ``gave_way`` to another that wanted the same
    name, ``hit`` by what was done to the node or the registry.
    """

    submitted: int
    right: int
    gave_way: int
    hit: int
    wrong: list[str]
    lost: list[str]
    repeated: list[str]
    untested: list[str]
    overtaken: list[str]
    doubled: list[str]

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.faults or self.overtaken or self.doubled)

    @property
    def faults(self) -> list[str]:
        """What may never be."""
        return [*self.wrong, *self.lost, *self.repeated, *self.untested]


def judge(
    builds: Sequence[Build],
    entries: Sequence[ledger.Entry],
    moved: Container[str] = (),
    outages: Sequence[Outage] = (),
) -> Verdict:
    """Compare how builds ended with what was to become of them and with what really happened.

    ``moved`` are jobs that Nomad had to run again for what was done to their node, ``outages`` what was
    taken away from builds: one that ended for that, and says so, ended right.
    """
    without_tests = {build.id for build in builds if not build.plan.tested}
    lost = [f"{build} is lost: {build.seen}" for build in builds if not build.end]
    places = {build.id: _find_place(build, entries) for build in builds if build.id}

    def is_older(one: str, other: str) -> bool:
        return one in places and other in places and places[one][1] < places[other][0]

    gave_way = [build for build in builds if build.end and _may_give_way(build, builds, is_older)]
    hit = [build for build in builds if build.end and _was_hit(build, outages)]
    wrong = []
    for build in builds:
        if build.end:
            excused = build in gave_way or build in hit
            problems = [*([] if excused else _compare(build, entries)), *build.problems]
            wrong += [f"{build}: {each}" for each in problems]
    ended_wrong = {each.split(":")[0] for each in wrong}

    return Verdict(
        submitted=len(builds),
        right=len(builds) - len(lost) - len(ended_wrong),
        gave_way=len(gave_way),
        hit=len(hit),
        wrong=wrong,
        lost=lost,
        repeated=[
            f"{job} ran more than once" for job in ledger.find_repeated(entries) if job not in moved
        ],
        untested=[
            f"{entry.job} published {entry.name} untested"
            for entry in ledger.find_untested(entries, without_tests)
        ],
        overtaken=[
            f"{entry.job} published {entry.name} over a newer build's"
            for entry in ledger.find_overtaken(entries, is_older)
        ],
        doubled=[
            f"build {each} was made by a request that had been accepted already"
            for each in sorted(ledger.find_builds(entries) - set(places))
        ],
    )


def _compare(build: Build, entries: Sequence[ledger.Entry]) -> list[str]:
    """Say what is wrong with a build's end."""
    plan, end = build.plan, build.end
    failure = end.get("failure") or {}
    seen = (end["status"], failure.get("phase", ""), failure.get("reason", ""))
    if seen[0] != plan.status or seen[1] != plan.phase or not _is_expected(seen[2], plan.reasons):
        wanted = f"{plan.status} {plan.phase} {'/'.join(sorted(plan.reasons))}".strip()
        return [f"ended {' '.join(seen).strip()}, not {wanted}; {failure.get('message', '')}"]
    published = {entry.name: entry.digest for entry in entries if _is_of(entry, build)}
    if plan.status == "FAILED":
        return [f"failed but published {name}" for name in published]
    digest = end.get("digest")
    return [
        f"{name} has {published.get(name)}, not {digest}"
        for name in book.names(build)
        if published.get(name) != digest
    ]


def _find_place(build: Build, entries: Sequence[ledger.Entry]) -> tuple[float, float]:
    """Return the earliest and the latest time at which a build can have got its place in the queue.

    One whose build file says where it publishes gets its place when that was read, before it builds.
    """
    if not build.plan.file:
        return build.began, build.accepted
    planned = [each.at for each in entries if each.job == f"plan-{build.id}" and _is_good(each)]
    built = [
        each.at for each in entries if each.job == f"build-{build.id}" and each.kind == "launched"
    ]
    return min(planned, default=build.began), min(built, default=math.inf)


def _is_good(entry: ledger.Entry) -> bool:
    return entry.kind == "ended" and entry.exit_code == 0


def _may_give_way(
    build: Build, builds: Sequence[Build], is_older: Callable[[str, str], bool]
) -> bool:
    """Tell whether a build ended for another that wants the same name, as one of the two had wished."""
    rivals = [
        each
        for each in builds
        if each is not build and each.request["imageName"] == build.request["imageName"]
    ]
    if build.end["status"] == "REFUSED":
        wished = build.request.get("onConflict") == "reject"
        return wished and any(each.began < build.refused for each in rivals)
    if (build.end.get("failure") or {}).get("reason") != "superseded":
        return False
    return any(
        each.request.get("onConflict") == "supersede" and not is_older(each.id, build.id)
        for each in rivals
    )


def _was_hit(build: Build, outages: Sequence[Outage]) -> bool:
    """Tell whether a build ended for what really was taken away while it ran."""
    reason = (build.end.get("failure") or {}).get("reason")
    return any(
        reason in each.reasons and build.began < each.until and each.since < build.ended
        for each in outages
    )


def _is_expected(reason: str, reasons: frozenset[str]) -> bool:
    return reason in reasons if reasons else not reason


def _is_of(entry: ledger.Entry, build: Build) -> bool:
    name = ledger.parse_job(entry.job)
    return entry.kind == "published" and name is not None and name.build == build.id
