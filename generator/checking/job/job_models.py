"""The job and its groups."""

from __future__ import annotations

import pydantic

from generator.checking.job import models, service_models, task_models
from generator.checking.job.models import Config, Duration, Model


class Volume(Model):
    name: str = ""
    type: str = ""
    source: str = ""
    read_only: bool = False
    sticky: bool = False
    access_mode: str = ""
    attachment_mode: str = ""
    per_alloc: bool = False
    mount_options: Config | None = None


class MeshProxy(Model):
    """The task that a service adds to its group, where the job describes it."""

    service: int
    task: task_models.Task


class EphemeralDisk(Model):
    size: int = pydantic.Field(300, alias="SizeMB")


class Group(Model):
    name: str = ""
    count: int
    constraints: tuple[models.Constraint, ...] = ()
    affinities: tuple[models.Affinity, ...] = ()
    spreads: tuple[models.Spread, ...] = ()
    tasks: tuple[task_models.Task, ...] = ()
    mesh_proxies: tuple[MeshProxy, ...] = ()
    volumes: dict[str, Volume] = pydantic.Field(default_factory=dict)
    networks: tuple[models.Network, ...] = ()
    services: tuple[service_models.Service, ...] = ()
    restart_policy: models.Restart
    reschedule_policy: models.Reschedule | None = None
    update: models.Update | None = None
    migrate: models.Migrate | None = None
    disconnect: models.Disconnect | None = None
    ephemeral_disk: EphemeralDisk
    scaling: models.Scaling | None = None
    consul: models.Consul | None = None
    shutdown_delay: Duration | None = None
    max_run_duration: Duration | None = None
    max_client_disconnect: Duration | None = None
    stop_after_client_disconnect: Duration | None = None
    prevent_reschedule_on_lost: bool = False


class Periodic(Model):
    enabled: bool = True
    spec: str = ""
    specs: tuple[str, ...] = ()
    time_zone: str = "UTC"


class Parameterized(Model):
    payload: str = ""
    meta_required: tuple[str, ...] = ()
    meta_optional: tuple[str, ...] = ()


class Ui(Model):
    description: str = ""


class Job(Model):
    id: str = pydantic.Field(alias="ID")
    name: str
    region: str = "global"
    type: str = "service"
    priority: int = 50
    datacenters: tuple[str, ...] = ()
    constraints: tuple[models.Constraint, ...] = ()
    affinities: tuple[models.Affinity, ...] = ()
    spreads: tuple[models.Spread, ...] = ()
    task_groups: tuple[Group, ...] = ()
    periodic: Periodic | None = None
    parameterized_job: Parameterized | None = None
    multiregion: Config | None = None
    ui: Ui | None = pydantic.Field(None, alias="UI")
