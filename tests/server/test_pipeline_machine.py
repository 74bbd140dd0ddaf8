"""Any order of what can happen to builds, on any number of replicas that die or are overtaken at any call."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from server import config, housekeeping, metrics, record, steps, store, submission
from server.errors import BuildNotFound, NomadUnreachable, NotPossible, ServiceError
from server.record import Record
from server.request import parse_request
from tests import samples
from tests.simulation import Died, Job, Moment, SimulatedNomad, World

REPLICAS = 3
SETTINGS = config.read_config(
    {
        "NOMAD_BUILD_MAX_BUILDS": "3",
        "NOMAD_BUILD_MAX_BUILDS_PER_OWNER": "2",
        "NOMAD_BUILD_PUBLISH_ATTEMPTS": "2",
        "NOMAD_BUILD_CACHE_VOLUME": "none",
        **samples.HOSTS,
    }
)
_REGISTRY = samples.FIELDS["registryURL"]
# What stands in a build file, by the gitRef that has it.
FILES = {
    "file/a": f"registryURL: {_REGISTRY}\nimageTags: [a]\ntestCommands: ['true']\n",
    "file/both": f"registryURL: {_REGISTRY}\nimageTags: [a, b]\n",
    "file/other": f"registryURL: {_REGISTRY}\nimageName: other\nimageTags: [a]\n",
    "file/invalid": f"registryURL: {_REGISTRY}\nimageTag: [a]\n",
}
# What a request leaves to the build file.
_IN_FILES = ("registryURL", "imageTags", "testCommands")
moments: st.SearchStrategy[Moment] = st.sampled_from(("before", "after"))
replicas = st.integers(0, REPLICAS - 1)
# What happens at which of a replica's calls: a turn has seldom more than a dozen.
Plot = list[tuple[int, Moment, str]]
plots: st.SearchStrategy[Plot] = st.lists(
    st.tuples(
        st.integers(0, 12),
        moments,
        st.sampled_from(
            ("dies", "is overtaken", "others move", "is killed", "tasks end", "time passes")
        ),
    ),
    max_size=4,
)


class Replica:
    """The parts of a service that act on one call at a time."""

    def __init__(self, world: World) -> None:
        self.subject = ""
        self.nomad = SimulatedNomad(world)
        self.store = store.Store(self.nomad)
        measures = metrics.Metrics()
        self.driver = steps.Driver(self.nomad, self.store, SETTINGS, measures)
        self.desk = submission.Desk(self.nomad, self.store, SETTINGS, measures)
        self.housekeeper = housekeeping.Housekeeper(self.nomad, self.store, SETTINGS, measures)

    def drive(self, build_id: str) -> None:
        self.subject = build_id
        try:
            self.driver.drive(build_id)
        except NomadUnreachable:
            return  # It is tried again.
        except BuildNotFound:
            for entry in self.store.list_live():
                age = (self.nomad.clock.now() - entry.created_at).total_seconds()
                if entry.build_id == build_id and age > steps.ANNOUNCEMENT_SECONDS:
                    self.store.abandon(entry)


class Builds(RuleBasedStateMachine):
    """Builds on three replicas."""

    requests: ClassVar = st.fixed_dictionaries(
        {
            "owner": st.sampled_from(("ann", "ann", "bob")),
            "imageTags": st.sampled_from((["a"], ["b"], ["a", "b"], [])),
            "testCommands": st.sampled_from((["true"], [])),
            "onConflict": st.sampled_from(("queue", "supersede", "reject")),
            "gitRef": st.sampled_from(("main", "main", "main", *FILES)),
            "requestID": st.sampled_from("abcdefgh"),  # none: an id by chance could not be replayed
        }
    )

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.observer = Replica(self.world)
        self.replicas = [Replica(self.world) for _ in range(REPLICAS)]
        self.ends: dict[str, tuple[str, str]] = {}
        self.accepted: set[str] = set()
        self.forgotten: set[str] = set()
        self.unheard: set[str] = set()
        self.tags: dict[str, int] = {}
        self.passed: set[str] = set()

    # What replicas do

    def act(self, number: int, work: Any, plot: Plot) -> None:
        """Let a replica act; at some of its calls, counted from here on, something happens to it."""
        replica = self.replicas[number]
        pending = {(call, moment): what for call, moment, what in plot}

        def at_call(call: int, moment: Moment) -> None:
            match pending.pop((call, moment), None):
                case "dies":
                    raise Died
                case None:
                    return
                case what:
                    self.happen(what, replica.subject, (number + 1) % REPLICAS)

        replica.nomad.begin(at_call)
        try:
            work(replica)
        except Died:
            self.replicas[number] = Replica(self.world)
        finally:
            replica.nomad.begin(lambda call, moment: None)

    def happen(self, what: str, build_id: str, other: int) -> None:
        """Something happens in the middle of a replica's turn at a build."""
        match what:
            case "is overtaken":
                self.replicas[other].drive(build_id)
            case "others move":
                for each in self.unfinished():
                    self.replicas[other].drive(each)
            case "is killed":
                self.kill_by(other, build_id)
                self.replicas[other].drive(build_id)
            case "tasks end":
                self.let_all_tasks_end()
            case "time passes":
                self.world.time += timedelta(seconds=200)
            case _:
                raise AssertionError(what)

    @rule(number=replicas, fields=requests, plot=plots)
    def submit(self, number: int, fields: dict[str, Any], plot: Plot) -> None:
        asked = samples.FIELDS | {"cache": "off"} | fields
        if fields["gitRef"] in FILES:
            asked = {name: value for name, value in asked.items() if name not in _IN_FILES}
        request = parse_request(asked)

        def work(replica: Replica) -> None:
            try:
                self.accepted.add(replica.desk.accept(request).id)
            except ServiceError:
                return

        self.act(number, work, plot)

    def unfinished(self) -> list[str]:
        return [each.build_id for each in self.observer.store.list_live()]

    @precondition(lambda self: self.unfinished())
    @rule(data=st.data(), number=replicas, plot=plots)
    def drive_again(self, data: Any, number: int, plot: Plot) -> None:
        self.drive(data, number, plot)

    @precondition(lambda self: self.unfinished())
    @rule(data=st.data(), number=replicas, plot=plots)
    def drive(self, data: Any, number: int, plot: Plot) -> None:
        build_id = data.draw(st.sampled_from(self.unfinished()))
        self.act(number, lambda replica: replica.drive(build_id), plot)

    def kill_by(self, number: int, build_id: str) -> None:
        kill = record.Kill(at=self.world.now())
        try:
            self.replicas[number].store.mark_killed(build_id, kill)
        except BuildNotFound:
            return

    @precondition(lambda self: self.unfinished())
    @rule(data=st.data(), number=replicas)
    def kill(self, data: Any, number: int) -> None:
        self.kill_by(number, data.draw(st.sampled_from(self.unfinished())))

    @rule(number=replicas, plot=plots)
    def clean_up(self, number: int, plot: Plot) -> None:
        def work(replica: Replica) -> None:
            try:
                replica.housekeeper.clean_up_all(dry_run=False, automatic=True)
            except NotPossible:
                return

        self.act(number, work, plot)
        self.world.locks.clear()  # A dead holder's time passes.

    # What happens in Nomad

    def jobs(self, *statuses: str) -> list[Job]:
        found = []
        for job in self.world.jobs.values():
            status = job.allocations[-1].client_status if job.allocations else "none"
            if status in statuses and not (status == "none" and job.stopped):
                found.append(job)
        return found

    @precondition(lambda self: self.jobs("none"))
    @rule(data=st.data())
    def place(self, data: Any) -> None:
        self.world.place(data.draw(st.sampled_from(self.jobs("none"))))

    @precondition(lambda self: self.jobs("running"))
    @rule(data=st.data(), exit_code=st.sampled_from((0, 0, 0, 1)))
    def end_task(self, data: Any, exit_code: int) -> None:
        self.end(data.draw(st.sampled_from(self.jobs("running"))), exit_code)

    def dying(self) -> list[Job]:
        return [job for job in self.jobs("running") if job.allocations[-1].desired_status == "stop"]

    @precondition(lambda self: self.dying())
    @rule(data=st.data())
    def end_killing(self, data: Any) -> None:
        self.world.kill_task(data.draw(st.sampled_from(self.dying())))

    @precondition(lambda self: self.jobs("running", "unknown"))
    @rule(data=st.data(), what=st.sampled_from(("lost", "unknown", "running", "drained")))
    def trouble(self, data: Any, what: str) -> None:
        job = data.draw(st.sampled_from(self.jobs("running", "unknown")))
        if what == "drained":
            self.world.kill_task(job)
            self.world.place(job)
        else:
            self.unheard.add(job.id)
            self.world.change(job, client_status=what)

    @precondition(lambda self: self.world.jobs)
    @rule(data=st.data(), how=st.sampled_from(("stopped", "purged", "forgotten")))
    def operate(self, data: Any, how: str) -> None:
        job = data.draw(st.sampled_from(list(self.world.jobs.values())))
        if how == "forgotten":
            self.forgotten.add(job.id)
            del self.world.jobs[job.id]
        else:
            if how == "purged":
                self.forgotten.add(job.id)
            self.observer.nomad.stop_job(job.id, purge=how == "purged")

    @rule(seconds=st.sampled_from((1, 10, 40, 130, 700, 4000)))
    def pass_time(self, seconds: int) -> None:
        self.world.time += timedelta(seconds=seconds)

    def end(self, job: Job, exit_code: int = 0) -> None:
        limit = timedelta(seconds=SETTINGS.publish_timeout)
        if job.id.startswith("publish-") and self.world.time - job.placed_at > limit:
            # The script's own timeout has stopped it long ago, whoever hears of its node.
            exit_code = 124
        reason = "registry_unreachable" if exit_code else ""
        build_id = record.build_of(job.id)
        if build_id is None:
            self.world.end(job, exit_code, reason)
            return
        build = self.read(build_id)
        file = FILES.get((build.asked or build.request).git_ref)
        self.world.end(job, exit_code, reason, file if job.id.startswith("plan-") else None)
        if job.id.startswith("test-") and exit_code == 0:
            self.passed.add(build_id)
        if job.id.startswith("publish-"):
            assert not build.request.test_commands or build_id in self.passed, "published untested"
            if exit_code == 0:
                self.publish(build)

    def publish(self, build: Record) -> None:
        place = self.place_in_queue(build.id)
        for image in build.images:
            assert place >= self.tags.get(image, 0), "an older build overtook a newer one"
            self.tags[image] = place

    def place_in_queue(self, build_id: str) -> int:
        """Return the place that the marker gives which names what the build publishes; there is one."""
        prefix = f"nomad-build/unfinished/{build_id}"
        (place,) = (
            stub.create_index
            for path, (_, stub) in self.world.variables.items()
            if path.startswith(prefix) and path.removeprefix(prefix).count("/") > 1
        )
        return place

    def let_all_tasks_end(self) -> None:
        for job in self.jobs("none"):
            self.world.place(job)
        for job in self.dying():
            self.world.kill_task(job)
        for job in self.jobs("running"):
            self.end(job)

    # What must always be so

    def read(self, build_id: str) -> Record:
        return self.observer.store.read(build_id).record

    @invariant()
    def ends_are_final(self) -> None:
        for build_id in self.accepted:
            build = self.read(build_id)
            if build.ended:
                end = (build.status, build.failure.reason if build.failure else "")
                assert self.ends.setdefault(build_id, end) == end

    @invariant()
    def no_job_is_registered_twice(self) -> None:
        seen = [
            each
            for each in self.world.registrations
            if record.build_of(each) and each not in self.forgotten
        ]
        assert len(seen) == len(set(seen))

    @invariant()
    def no_job_outlives_its_build(self) -> None:
        live = set(self.unfinished())
        for job in self.jobs("none", "running"):
            build_id = record.build_of(job.id)
            # What comes back with its node is stopped by Nomad; only a publish is waited for.
            returned = job.id in self.unheard and job.stopped and not job.id.startswith("publish-")
            assert build_id is None or build_id in live or returned, job.id

    @invariant()
    def no_two_builds_of_an_image_run_together(self) -> None:
        running: dict[str, str] = {}
        for job in self.jobs("none", "running", "unknown"):
            build_id = record.build_of(job.id)
            if build_id is None or (job.id in self.unheard and not job.id.startswith("publish-")):
                continue
            for image in self.read(build_id).images:
                assert running.setdefault(image, build_id) == build_id

    def teardown(self) -> None:
        """Whatever happened, in the end every accepted build has ended and is put away."""
        if not hasattr(self, "world"):
            return
        for _ in range(60):
            for job in self.jobs("unknown", "running"):
                self.world.change(job, client_status="running")
            self.let_all_tasks_end()
            for build_id in self.unfinished():
                self.replicas[0].drive(build_id)
            self.world.time += timedelta(seconds=45)
            if not self.unfinished():
                break
        assert self.unfinished() == []
        for build_id in self.accepted:
            assert self.read(build_id).ended
        self.ends_are_final()
        self.no_job_is_registered_twice()


Builds.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, print_blob=True
)
# It renders some thousand jobs: a minute of a machine that does nothing else.
TestBuilds = pytest.mark.timeout(400)(Builds.TestCase)
