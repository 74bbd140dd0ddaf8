"""The service's errors: what went wrong, and what the caller can do next.

ServiceError
 ├─ ConfigError         the service's own environment is wrong
 ├─ InvalidRequest      the caller's request is wrong
 ├─ Unauthenticated     who calls has not said who they are, or not truly
 ├─ IssuerSilent        who has given the token does not answer
 ├─ PermissionDenied    who calls may not do this
 ├─ UnknownTool         no tool has this name
 ├─ BuildNotFound       no build has this id
 ├─ NotPossible         the build is in a state that does not allow it
 ├─ LimitReached        the service takes no more for now
 ├─ InternalError       a fault of the service itself; its log has the cause
 └─ NomadError          Nomad did not do what it was asked
     ├─ NomadUnreachable    no answer, or none that Nomad would give
     ├─ NomadNotFound       the thing asked for is not there
     └─ NomadConflict       somebody else changed it first (check-and-set)
"""

from __future__ import annotations


class ServiceError(Exception):
    """The base of all errors that a caller may see; ``next_step`` is a sentence for them."""

    next_step = ""

    def __init__(self, message: str, *, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if next_step is not None:
            self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message}. {self.next_step}" if self.next_step else self.message


class ConfigError(ServiceError):
    """An environment variable of the service is unknown or has a wrong value."""


class InvalidRequest(ServiceError):
    """The request lacks something, has something unknown, or a value that cannot be used.

    ``problems`` has one sentence for each field, so that all can be mended at once.
    """

    next_step = "Mend what is named and call again"

    def __init__(self, problems: tuple[str, ...], *, next_step: str | None = None) -> None:
        super().__init__("; ".join(problems), next_step=next_step)
        self.problems = problems


class Unauthenticated(ServiceError):
    """The call has no token, or one that is not (or no longer) good."""

    next_step = (
        "Send the header Authorization: Bearer TOKEN; an operator of the service gives tokens"
    )


class IssuerSilent(ServiceError):
    """The issuer's keys cannot be had: whether a token is good is not known."""

    next_step = "Try again in a few seconds; an operator finds the cause in the service's log"

    def __init__(self) -> None:
        super().__init__("the issuer of tokens does not answer")


class PermissionDenied(ServiceError):
    """The caller is known, and may not do this."""

    next_step = "An operator of the service decides what a token may do"


class UnknownTool(ServiceError):
    """No tool has the given name."""


class BuildNotFound(ServiceError):
    """No build is known by the given id."""

    next_step = "Check the jobID that submitJob answered; records of old builds are removed"

    def __init__(self, build_id: str) -> None:
        super().__init__(f"no build has the id {build_id}")


class RecordUnreadable(ServiceError):
    """A build's record is there, but not for this version: a newer one has written it, or it is damaged."""


class NotPossible(ServiceError):
    """What was asked does not fit the state that the build is in."""


class LimitReached(ServiceError):
    """As many builds wait as may wait; ``retry_after`` is in seconds."""

    def __init__(self, message: str, *, next_step: str, retry_after: int) -> None:
        super().__init__(message, next_step=next_step)
        self.retry_after = retry_after


class InternalError(ServiceError):
    """Something that nobody thought of; nothing of the inside is told to the caller."""

    next_step = "Try again; an operator finds the cause in its log"

    def __init__(self) -> None:
        super().__init__("internal error of the service")


class NomadError(ServiceError):
    """Nomad refused a call; the message is Nomad's own."""

    next_step = "An operator has to look at Nomad, and at what the service's token may do there"


class NomadUnreachable(NomadError):
    """Nomad gave no answer, or an answer that only a broken or overloaded Nomad gives."""

    next_step = (
        "Nothing was lost: try again in a few seconds; running builds go on when Nomad is back"
    )


class NomadNotFound(NomadError):
    """The job, allocation, file or variable is not there."""


class NomadConflict(NomadError):
    """A check-and-set found something else than was expected: another writer was first."""
