"""A case under way: it makes its repository, has it built, and is held to what has to come of that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from server.lab import Credentials, Repository, docker
from server.lab.gitserver import Entry
from tests.corpus import outcome
from tests.corpus.images import Image
from tests.corpus.outcome import SUCCESS, Outcome
from tests.corpus.site import Site

# Seconds for one build, beside others on a machine that may be busy.
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A build that has ended: what getStatus and getLogs answer, and its image if it was published."""

    answer: Mapping[str, Any]
    logs: Mapping[str, Any]
    image: Image | None

    @property
    def published(self) -> Image:
        """The image, by its first name."""
        assert self.image is not None
        return self.image

    @property
    def lines(self) -> list[str]:
        """All lines of all logs."""
        return list(_texts(self.logs))

    @property
    def log(self) -> str:
        """All logs as one text."""
        return "\n".join(self.lines)


class Trial:
    """One case under way. ``expected`` and ``seen`` are what its last build was to come to, and came to."""

    def __init__(self, name: str, site: Site) -> None:
        self.name = name.replace("_", "-")
        self.site = site
        self.expected: Outcome = SUCCESS
        self.seen = ""

    def repository(
        self,
        files: Mapping[str, Entry],
        *,
        name: str = "",
        credentials: Credentials | None = None,
    ) -> Repository:
        """Make the case's repository; a case with several gives each a name."""
        full = f"{self.name}-{name}" if name else self.name
        return self.site.ground.lab.git.create(full, files, credentials=credentials)

    def build(
        self, repository: Repository | str, expect: Outcome = SUCCESS, **request: Any
    ) -> Build:
        """Have a repository built, and hold the end to what is expected; fields are those of a request."""
        ground = self.site.ground
        asked = {
            "owner": "corpus",
            "repo_url": repository if isinstance(repository, str) else repository.url,
            "git_ref": "main",
            "registry_url": f"{ground.lab.registry.address}/corpus",
            "image_name": self.name,
            "image_tags": ["latest"],
        } | request
        return self.submit(asked, expect)

    def submit(self, request: Mapping[str, Any], expect: Outcome = SUCCESS) -> Build:
        """Submit a request as it stands, and hold the end to what is expected."""
        ground = self.site.ground
        self.expected, self.seen = expect, "refused"
        job_id = ground.call("submitJob", {"jobConfig": dict(request)})["jobID"]
        answer = ground.wait(job_id, _PATIENCE)
        self.seen = outcome.describe(answer)
        logs = ground.call("getLogs", {"jobID": job_id, "lines": 2000})["logs"]
        differences = expect.differences(answer)
        assert not differences, "; ".join(differences) + "\n" + _explain(answer, logs)
        image = self._check_names(answer) if expect is SUCCESS else None
        return Build(answer=answer, logs=logs, image=image)

    def run(self, build: Build, *command: str) -> str:
        """Run a published image as anybody would, and return what it says."""
        image = build.answer["images"][0]
        docker.pull(image)
        try:
            return docker.run(image, *command)
        finally:
            docker.remove(image)

    def _check_names(self, answer: Mapping[str, Any]) -> Image:
        """Check that every name stands for the one digest, and that nothing is left in staging."""
        images = []
        for name in answer["images"]:
            registry, repository, tag = self.site.registry_of(name)
            assert registry.digest(repository, tag) == answer["digest"], name
            assert registry.tags(f"{repository}-staging-{answer['jobID']}") == []
            images.append(Image(registry, repository, answer["digest"]))
        return images[0]


def _explain(answer: Mapping[str, Any], logs: Mapping[str, Any]) -> str:
    failure = dict(answer.get("failure") or {})
    failure.pop("logTail", None)
    return json.dumps(failure, ensure_ascii=False) + "\n" + "\n".join([*_texts(logs)][-40:])


def _texts(logs: Any) -> Iterator[str]:
    """Return the lines of a log, or of the logs below it."""
    if isinstance(logs, str):
        yield logs
    else:
        for each in logs.values() if isinstance(logs, Mapping) else logs:
            yield from _texts(each)
