"""What a request or a task can do wrong, as the layers of the engine tell each other.

RequestFault        a request is answered with a status and a plain text, as Nomad's CodedError
ConfigFault         a task's driver config is not valid: Nomad's event "Failed Validation"
DriverFault         a task cannot be started: Nomad's event "Driver Failure"
SetupFault          a task's surroundings cannot be made: Nomad's event "Setup Failure"
EnvironmentFault    what a template gives is no environment: Nomad kills the task, "Template failed to read …"
TemplateFault       a template cannot be rendered, ever: Nomad kills the task, "Template failed: …"
"""

from __future__ import annotations

from collections.abc import Sequence


class RequestFault(Exception):
    """A request is refused with this status and this plain text."""

    def __init__(self, status: int, text: str, *, index: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.index = index


class ConfigFault(Exception):
    """A task's driver config has errors, listed as hclspec lists them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(multierror(["failed to parse config: ", *problems]))


class DriverFault(Exception):
    """The driver could not start the task."""


class SetupFault(Exception):
    """What surrounds a task (directories, mounts) could not be made."""


class EnvironmentFault(Exception):
    """A template with ``env = true`` has a line that defines nothing."""


class TemplateFault(Exception):
    """A template is wrong in a way that no later value can mend."""


def multierror(problems: Sequence[str]) -> str:
    """Format several problems as hashicorp/go-multierror does."""
    noun = "error" if len(problems) == 1 else "errors"
    listed = "\n\t".join(f"* {problem}" for problem in problems)
    return f"{len(problems)} {noun} occurred:\n\t{listed}\n\n"
