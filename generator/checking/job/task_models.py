"""A task and what it is made of."""

from __future__ import annotations

import pydantic

from generator.checking.job import models, service_models
from generator.checking.job.models import Config, Duration, Model


class Device(Model):
    name: str = ""
    constraints: tuple[models.Constraint, ...] = ()
    affinities: tuple[models.Affinity, ...] = ()


class Numa(Model):
    affinity: str = "none"
    devices: tuple[str, ...] = ()


class Resources(Model):
    cpu: int | None = pydantic.Field(None, alias="CPU")
    cores: int | None = None
    memory: int = pydantic.Field(300, alias="MemoryMB")
    memory_max: int = pydantic.Field(0, alias="MemoryMaxMB")
    disk: int = pydantic.Field(0, alias="DiskMB")
    secrets: int = pydantic.Field(0, alias="SecretsMB")
    iops: int = pydantic.Field(0, alias="IOPS")
    networks: tuple[models.Network, ...] = ()
    devices: tuple[Device, ...] = ()
    numa: Numa | None = pydantic.Field(None, alias="NUMA")

    @property
    def mhz(self) -> int:
        """The processor time that is asked for: by default 100, but none where cores are."""
        if self.cpu is not None:
            return self.cpu
        return 100 if self.cores is None else 0


class Logs(Model):
    max_files: int = 10
    max_file_size: int = pydantic.Field(10, alias="MaxFileSizeMB")


class Artifact(Model):
    source: str = pydantic.Field("", alias="GetterSource")
    mode: str = pydantic.Field("any", alias="GetterMode")
    options: dict[str, str] = pydantic.Field(default_factory=dict, alias="GetterOptions")
    destination: str | None = pydantic.Field(None, alias="RelativeDest")


class ChangeScript(Model):
    command: str = ""


class Wait(Model):
    min: Duration | None = None
    max: Duration | None = None


class Template(Model):
    source: str = pydantic.Field("", alias="SourcePath")
    destination: str = pydantic.Field("", alias="DestPath")
    data: str = pydantic.Field("", alias="EmbeddedTmpl")
    left_delimiter: str = pydantic.Field("", alias="LeftDelim")
    right_delimiter: str = pydantic.Field("", alias="RightDelim")
    change_mode: str = "restart"
    change_signal: str | None = None
    change_script: ChangeScript | None = None
    splay: Duration = 5 * models.SECOND
    perms: str = "0644"
    envvars: bool = False
    vault_grace: Duration = 0
    wait: Wait | None = None


class Vault(Model):
    cluster: str = ""
    policies: tuple[str, ...] = ()
    role: str = ""
    change_mode: str = "restart"
    change_signal: str | None = None


class Lifecycle(Model):
    hook: str = ""
    sidecar: bool = False


class VolumeMount(Model):
    volume: str | None = None
    destination: str = ""
    propagation_mode: str = ""
    selinux_label: str = pydantic.Field("", alias="SELinuxLabel")


class CsiPlugin(Model):
    id: str = pydantic.Field("", alias="ID")
    type: str = ""
    mount_dir: str = ""
    stage_publish_base_dir: str = ""


class DispatchPayload(Model):
    file: str = ""


class Secret(Model):
    name: str = ""
    provider: str = ""
    path: str = ""
    config: Config = pydantic.Field(default_factory=dict)
    env: dict[str, str] = pydantic.Field(default_factory=dict)


class Action(Model):
    name: str = ""
    command: str = ""


class Task(Model):
    name: str = ""
    driver: str = ""
    user: str = ""
    config: Config = pydantic.Field(default_factory=dict)
    kind: str = ""
    leader: bool = False
    kill_timeout: Duration = 5 * models.SECOND
    shutdown_delay: Duration = 0
    constraints: tuple[models.Constraint, ...] = ()
    affinities: tuple[models.Affinity, ...] = ()
    services: tuple[service_models.Service, ...] = ()
    resources: Resources
    restart_policy: models.Restart
    log_config: Logs
    artifacts: tuple[Artifact, ...] = ()
    templates: tuple[Template, ...] = ()
    vault: Vault | None = None
    consul: models.Consul | None = None
    lifecycle: Lifecycle | None = None
    volume_mounts: tuple[VolumeMount, ...] = ()
    csi_plugin: CsiPlugin | None = pydantic.Field(None, alias="CSIPluginConfig")
    dispatch_payload: DispatchPayload | None = None
    identity: models.Identity | None = None
    identities: tuple[models.Identity, ...] = ()
    actions: tuple[Action, ...] = ()
    secrets: tuple[Secret, ...] = ()
    schedule: Config | None = None
