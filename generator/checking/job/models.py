"""What all models of the job's parts share, and those that stand at several levels of it.

The models hold the job as Nomad's API has it, with the API's defaults (the ``Canonicalize`` methods of
Nomad's package api): what a rule looks at is always there. Durations are nanoseconds. What no rule
looks at is left out, so that a job for a newer Nomad is no mistake here.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import pydantic
from pydantic import alias_generators

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

Duration: TypeAlias = int
Config: TypeAlias = dict[str, Any]


class Model(pydantic.BaseModel):
    """A part of the job; its fields have the API's names without their underscores."""

    model_config = pydantic.ConfigDict(
        frozen=True, extra="ignore", alias_generator=alias_generators.to_pascal
    )


class Constraint(Model):
    l_target: str = pydantic.Field("", alias="LTarget")
    r_target: str = pydantic.Field("", alias="RTarget")
    operand: str = ""


class Affinity(Constraint):
    weight: int | float = 50


class SpreadTarget(Model):
    value: str = ""
    percent: int = 0


class Spread(Model):
    attribute: str = ""
    weight: int = 50
    spread_target: tuple[SpreadTarget, ...] = ()


class Update(Model):
    stagger: Duration = 30 * SECOND
    max_parallel: int = 1
    health_check: str = "checks"
    min_healthy_time: Duration = 10 * SECOND
    healthy_deadline: Duration = 5 * MINUTE
    progress_deadline: Duration = 10 * MINUTE
    auto_promote: bool = False
    canary: int = 0


class Migrate(Model):
    max_parallel: int = 1
    health_check: str = "checks"
    min_healthy_time: Duration = 10 * SECOND
    healthy_deadline: Duration = 5 * MINUTE


class Restart(Model):
    interval: Duration
    attempts: int
    delay: Duration
    mode: str


class Reschedule(Model):
    attempts: int
    interval: Duration
    delay: Duration
    delay_function: str
    max_delay: Duration
    unlimited: bool


class Disconnect(Model):
    lost_after: Duration = 0
    stop_on_client_after: Duration | None = None
    reconcile: str = "best_score"


class Scaling(Model):
    min: int | None = None
    max: int | None = None
    type: str = "horizontal"


class Port(Model):
    label: str = ""
    value: int = 0
    to: int = 0
    host_network: str = ""
    ignore_collision: bool = False


class Dns(Model):
    servers: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Cni(Model):
    args: dict[str, str] = pydantic.Field(default_factory=dict)


class Network(Model):
    mode: str = ""
    hostname: str = ""
    mbits: int = pydantic.Field(0, alias="MBits")
    dns: Dns | None = pydantic.Field(None, alias="DNS")
    cni: Cni | None = pydantic.Field(None, alias="CNI")
    reserved_ports: tuple[Port, ...] = ()
    dynamic_ports: tuple[Port, ...] = ()

    @property
    def ports(self) -> tuple[Port, ...]:
        return (*self.reserved_ports, *self.dynamic_ports)


class Identity(Model):
    name: str = ""
    audience: tuple[str, ...] = ()
    change_mode: str = ""
    change_signal: str = ""
    env: bool = False
    file: bool = False
    filepath: str = ""
    ttl: Duration = pydantic.Field(0, alias="TTL")
    extra_claims: tuple[str, ...] = ()


class Consul(Model):
    cluster: str = ""
    partition: str = ""
