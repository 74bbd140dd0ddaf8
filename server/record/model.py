"""The record of a build: everything that is known of it, and how it changes. Pure data, stored by ``store``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple

import pydantic

from server.record.names import PHASES, RUNNING, Phase, Status, job_id
from server.record.parts import Data, Delivery, Failure, Kill, PhaseRecord, TestReport
from server.request import BuildRequest

# Each version is driven to its end by newer ones only: an older one would leave out what it does not know, as tests.
SCHEMA_VERSION = 3

# As Git shortens commits in large repositories.
_SHORT_COMMIT = 12


def _leave_out_unknown(request: Any) -> Any:
    """Drop what a newer writer knows; only in a caller's request an unknown field is a mistake."""
    if not isinstance(request, dict):
        return request
    return {name: value for name, value in request.items() if name in BuildRequest.model_fields}


class Target(NamedTuple):
    """A repository to publish to, the tags there, and the reference to its credentials."""

    repository: str
    tags: tuple[str, ...]
    credentials: str


class Record(Data):
    """A build, from the request to its end."""

    schema_version: Annotated[int, pydantic.Field(ge=1)] = SCHEMA_VERSION
    id: str
    request: Annotated[BuildRequest, pydantic.BeforeValidator(_leave_out_unknown)]
    # What was asked for, once the build file has been read into the request; the same until then.
    asked: Annotated[BuildRequest | None, pydantic.BeforeValidator(_leave_out_unknown)] = None
    variant: str
    variant_reason: str = ""
    created_at: datetime
    ended_at: datetime | None = None
    status: Status = "PENDING"
    plan: PhaseRecord = PhaseRecord()
    build: PhaseRecord = PhaseRecord()
    test: PhaseRecord = PhaseRecord()
    publish: PhaseRecord = PhaseRecord()
    commit: str = ""
    digest: str = ""
    size: int | None = None
    report: TestReport | None = None
    failure: Failure | None = None
    kill: Kill | None = None
    cleanup_attempts: int = 0
    delivery: Delivery | None = None

    @pydantic.field_serializer("request", "asked")
    def _leave_out_unset(self, request: BuildRequest | None) -> dict[str, Any] | None:
        """Keep only what the caller gave: of the rest the build file may have a word, and records stay small."""
        return None if request is None else request.model_dump(mode="json", exclude_unset=True)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _upgrade(cls, data: Any) -> Any:
        """Read what an older version has written; see ``tests/server/records`` for one of each."""
        if not isinstance(data, dict) or data.get("schema_version") not in (1, 2):
            return data
        data = data | {"schema_version": SCHEMA_VERSION}
        if (asked_at := data.pop("kill_requested_at", None)) is not None:
            data["kill"] = {"at": asked_at}
        request = data.get("request")
        if isinstance(request, dict) and request.get("gpu") == "off":
            # That was what is "auto" today: the same request has to be known when it is repeated.
            data["request"] = {name: value for name, value in request.items() if name != "gpu"}
        return data

    @property
    def request_size(self) -> int:
        """How many bytes of the record are what was asked for."""
        asked = [self.request] if self.asked is None else [self.request, self.asked]
        return sum(len(each.model_dump_json(exclude_unset=True).encode()) for each in asked)

    @property
    def ended(self) -> bool:
        """Whether the build has its final status."""
        return self.status in ("SUCCEEDED", "FAILED")

    @property
    def started_at(self) -> datetime | None:
        """When its first job was registered."""
        return self.build.registered_at

    @property
    def awaits_plan(self) -> bool:
        """Whether the build file has still to be read: what is built and where it goes is not known before."""
        return bool(self.request.file_path) and self.asked is None

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that this build goes through; without tests there is nothing to test."""
        first: tuple[Phase, ...] = ("plan",) if self.awaits_plan or self.asked is not None else ()
        return (*first, *(each for each in PHASES if each != "test" or self.request.tested))

    @property
    def phase(self) -> Phase:
        """The phase that the build is in, or was in when it ended."""
        for phase, status in RUNNING.items():
            if status == self.status:
                return phase
        if self.failure is not None:
            return self.failure.phase
        if self.status == "SUCCEEDED":
            return "publish"
        return "plan" if self.awaits_plan else "build"

    @property
    def staging_repository(self) -> str:
        """Where the image waits for its tests: a repository of its own, removed without touching another."""
        return f"{self.request.repository}-staging-{self.id}"

    @property
    def staging_image(self) -> str:
        """The name that the image has while it waits for its tests."""
        return f"{self.staging_repository}:staged"

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags to publish; what follows from the commit stays a placeholder until that is known."""
        return self.fill(self.request.image_tags)

    def fill(self, tags: tuple[str, ...]) -> tuple[str, ...]:
        """Put in place of the placeholders in tags what they stand for; without tags it is the build's id."""
        known = {"{job_id}": self.id, "{date}": f"{self.created_at:%Y%m%d}"}
        if self.commit:
            known |= {"{git_sha}": self.commit, "{git_short_sha}": self.commit[:_SHORT_COMMIT]}
        filled = []
        for tag in tags or (self.id,):
            for placeholder, value in known.items():
                tag = tag.replace(placeholder, value)
            filled.append(tag)
        return tuple(dict.fromkeys(filled))

    @property
    def targets(self) -> tuple[Target, ...]:
        """Everything that is to be published, the first one in the registry where the image waits for its tests."""
        request = self.request
        if self.awaits_plan:
            return ()
        first = Target(request.repository, self.tags, request.registry_credentials_path)
        return (
            first,
            *(
                Target(
                    request.repository_of(each),
                    self.fill(each.image_tags or request.image_tags),
                    each.credentials_path,
                )
                for each in request.publish_to
            ),
        )

    @property
    def images(self) -> tuple[str, ...]:
        """The names that the image has in its registries once the build has succeeded."""
        return tuple(f"{each.repository}:{tag}" for each in self.targets for tag in each.tags)

    @property
    def claims(self) -> frozenset[str]:
        """The names that no other build may publish to meanwhile; they stay the same, whatever becomes known."""
        return frozenset(self.model_copy(update={"commit": ""}).images)

    def of(self, phase: Phase) -> PhaseRecord:
        """Return what is known of one phase."""
        match phase:
            case "plan":
                return self.plan
            case "build":
                return self.build
            case "test":
                return self.test
            case "publish":
                return self.publish

    def with_phase(self, phase: Phase, **changes: object) -> Record:
        """Return the record with some of one phase's fields changed."""
        return self.model_copy(update={phase: self.of(phase).model_copy(update=changes)})

    def after(self, phase: Phase) -> Phase | None:
        """Return the phase that follows, None after the last."""
        position = self.phases.index(phase)
        return self.phases[position + 1] if position + 1 < len(self.phases) else None

    def before(self, phase: Phase) -> Phase | None:
        """Return the phase that comes before, None for the first."""
        position = self.phases.index(phase)
        return self.phases[position - 1] if position else None

    def job_of(self, phase: Phase) -> str:
        """Return the id of the job of a phase's current attempt."""
        return job_id(phase, self.id, self.of(phase).attempt)
