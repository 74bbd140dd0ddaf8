"""From a repository's build file to what a build really is: the file is read into the request, once and for all."""

from __future__ import annotations

from server import buildfile, diagnosis, store
from server.buildfile import BuildFileError
from server.cluster import Allocation
from server.errors import InvalidRequest, NotPossible
from server.policy import Policy
from server.record import Failure, Record
from server.request import BuildRequest
from server.results import Results


class Planner:
    """Makes a build's request whole, once the plan phase has found its build file."""

    def __init__(self, results: Results, policy: Policy) -> None:
        self._results = results
        self._policy = policy

    def plan(self, build: Record, allocation: Allocation) -> Record | Failure:
        """Return the record with the request that counts from here on, or why there is none."""
        commit = self._results.read_commit(allocation)
        content = self._results.read_build_file(allocation)
        if not commit or content is None:
            message = "the plan phase ended well but left no build file"
            return diagnosis.explain("plan", "internal", message)
        asked = build.request
        try:
            request = _merge(asked, content, commit)
            planned = build.model_copy(
                update={"request": request, "asked": asked, "commit": commit}
            )
            store.require_keepable(planned)
            self._policy.check(request)
            choice = self._policy.choose_variant(request)
        except (BuildFileError, InvalidRequest, NotPossible) as error:
            message = f"{asked.file_path}: {error}"
            return diagnosis.explain("plan", "build_file_invalid", message, task="source")
        changes = {"variant": choice.variant, "variant_reason": choice.why}
        return planned.model_copy(update=changes)


def _merge(asked: BuildRequest, content: bytes, commit: str) -> BuildRequest:
    """Put request and file together; what is built is the commit that the file was read from."""
    file = buildfile.parse(content)
    merged = buildfile.merge(asked, file, trusted=asked.trust_build_file)
    return merged.model_copy(update={"git_ref": commit})
