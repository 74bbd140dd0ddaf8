"""A build that reads its build file gets a new place in the queue: at whichever call a replica dies over that."""

from __future__ import annotations

import contextlib

import pytest

from server import config, metrics, record, steps, store, submission
from server.record import Record
from server.request import BuildRequest, parse_request
from tests import samples
from tests.simulation import Died, Moment, SimulatedNomad, World

SETTINGS = config.read_config({"NOMAD_BUILD_CACHE_VOLUME": "none"} | samples.HOSTS)
_FILE = f"registryURL: {samples.FIELDS['registryURL']}\nimageTags: [test]\n"
# So many calls a replica makes at most between the end of the plan phase and the start of the build.
_CALLS = 24


def make_request(**changes: str) -> BuildRequest:
    """Return a request that leaves to the build file where its image goes."""
    left = ("registryURL", "imageTags", "testCommands")
    asked = {name: value for name, value in samples.FIELDS.items() if name not in left}
    return parse_request(asked | {"cache": "off"} | changes)


class Cluster:
    """A world in which builds are driven by replicas that live for one call of ``drive``."""

    def __init__(self) -> None:
        self.world = World()
        self.store = store.Store(SimulatedNomad(self.world))
        self.published: list[str] = []

    def accept(self, request: BuildRequest, nomad: SimulatedNomad | None = None) -> Record:
        nomad = nomad or SimulatedNomad(self.world)
        return submission.Desk(nomad, store.Store(nomad), SETTINGS, metrics.Metrics()).accept(
            request
        )

    def drive(self, build_id: str, nomad: SimulatedNomad | None = None) -> None:
        nomad = nomad or SimulatedNomad(self.world)
        steps.Driver(nomad, store.Store(nomad), SETTINGS, metrics.Metrics()).drive(build_id)

    def end_task(self, phase: record.Phase, build_id: str) -> None:
        job = self.world.jobs[f"{phase}-{build_id}"]
        self.world.place(job)
        self.world.end(job, build_file=_FILE if phase == "plan" else None)
        if phase == "publish":
            self.published.append(build_id)

    def plan(self) -> str:
        """Submit a build and let its plan phase end, which nobody has seen yet."""
        build = self.accept(make_request())
        self.drive(build.id)
        self.end_task("plan", build.id)
        return build.id

    def finish(self) -> None:
        """Drive all live builds, the newest first, until none is left."""
        for _ in range(12):
            for entry in reversed(self.store.list_live()):
                self.drive(entry.build_id)
                build = self.store.read(entry.build_id).record
                job = self.world.jobs.get(build.job_of(build.phase))
                if not build.ended and job is not None and not job.allocations:
                    self.end_task(build.phase, build.id)
        assert self.store.list_live() == ()

    def jobs_of(self, build_id: str) -> list[str]:
        return [each for each in self.world.registrations if build_id in each]


def die_at(world: World, number: int, when: Moment) -> SimulatedNomad:
    """Return a replica that dies at one of its calls."""
    nomad = SimulatedNomad(world)

    def at_call(call: int, moment: Moment) -> None:
        if (call, moment) == (number, when):
            raise Died

    nomad.begin(at_call)
    return nomad


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(_CALLS))
def test_whoever_dies_after_a_plan_leaves_a_build_that_ends_once_and_in_its_turn(
    number: int, when: Moment
) -> None:
    cluster = Cluster()
    before = cluster.accept(samples.make_request(cache="off"))
    planned = cluster.plan()
    with contextlib.suppress(Died):
        cluster.drive(planned, die_at(cluster.world, number, when))
    after = cluster.accept(samples.make_request(cache="off"))
    # What everybody sees by now is the order: one that is moved later stands behind.
    moved = any(each.repositories for each in cluster.store.list_live() if each.build_id == planned)
    cluster.finish()
    newer = [planned, after.id] if moved else [after.id, planned]
    assert cluster.published == [before.id, *newer]
    assert cluster.store.read(planned).record.status == "SUCCEEDED"
    assert len(cluster.jobs_of(planned)) == len(set(cluster.jobs_of(planned))) == 3


def test_the_deaths_above_cover_all_calls() -> None:
    cluster = Cluster()
    cluster.accept(samples.make_request(cache="off"))
    nomad = SimulatedNomad(cluster.world)
    planned = cluster.plan()
    calls: list[int] = []
    nomad.begin(lambda call, moment: calls.append(call))
    cluster.drive(planned, nomad)
    assert 0 < max(calls) < _CALLS


def test_a_request_that_is_repeated_late_does_not_hide_what_its_build_publishes() -> None:
    cluster = Cluster()
    request = make_request(requestID="mine")
    nomad = SimulatedNomad(cluster.world)

    def meanwhile(call: int, moment: Moment) -> None:
        # The repetition has just found no such build when the first answer's replica wakes up and goes on.
        if (call, moment) == (0, "after"):
            build_id = cluster.accept(request).id
            cluster.drive(build_id)
            cluster.end_task("plan", build_id)
            cluster.drive(build_id)

    nomad.begin(meanwhile)
    build = cluster.accept(request, nomad)
    assert cluster.store.read(build.id).record.status == "BUILDING"
    newer = cluster.accept(samples.make_request(cache="off"))
    cluster.drive(newer.id)
    assert cluster.store.read(newer.id).record.status == "PENDING"
    cluster.finish()
    assert cluster.published == [build.id, newer.id]
