"""The names of a build's tasks, in the order in which they run: a phase's job has one group of them. Pure."""

from __future__ import annotations

from collections.abc import Collection

from server.record import Phase
from server.request import BuildRequest

_SERVICE = "service-"
_READY = "ready"


def of_phase(phase: Phase, request: BuildRequest) -> tuple[str, ...]:
    """Return the tasks of a phase's job, as the pack makes them from the request."""
    match phase:
        case "plan":
            return ("source",)
        case "build" if request.build_network == "off":
            return ("source", "base", "build", "stage")
        case "build":
            return ("source", "build")
        case "test":
            return _of_tests(request)
        case "publish" if request.sbom:
            return ("copy", "sbom", "publish")
        case "publish":
            return ("publish",)


def among(found: Collection[str], phase: Phase, request: BuildRequest) -> tuple[str, ...]:
    """Return the tasks that a phase's job was found to have, in their order; those that it should have if none.

    A job that an older version of the service has registered may have others.
    """
    known = of_phase(phase, request)
    if not found:
        return known
    return tuple(each for each in known if each in found) + tuple(
        each for each in found if each not in known
    )


def _of_tests(request: BuildRequest) -> tuple[str, ...]:
    services = tuple(f"{_SERVICE}{each.name}" for each in request.services)
    waiting: tuple[str, ...] = (_READY,) if any(each.port for each in request.services) else ()
    waiting += tuple(f"{_READY}-{each.name}" for each in request.services if each.ready_command)
    commands = tuple(f"test-{number}" for number in range(1, len(request.test_commands) + 1))
    return (*services, *waiting, *commands, *(("entry-point",) if request.test_entry_point else ()))


def serves(task: str) -> bool:
    """Tell a service, and what waits until one is ready, from the tests themselves."""
    return task.startswith(_SERVICE) or task == _READY or task.startswith(f"{_READY}-")
