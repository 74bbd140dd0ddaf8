"""The rules that a job is checked by: what Nomad refuses, what weakens isolation, what is doubtful.

Those in REFUSALS mean that a server of Nomad 1.10.5 refuses the job, no more and no less.
"""

from __future__ import annotations

from generator.checking.findings import Rule, Severity


def _refused(name: str, summary: str, help_: str) -> Rule:
    return Rule(name=name, severity=Severity.ERROR, summary=summary, help=help_)


def _doubtful(name: str, summary: str, help_: str) -> Rule:
    return Rule(name=name, severity=Severity.WARNING, summary=summary, help=help_)


SYNTAX = _refused(
    "job-syntax",
    "A job file cannot be read: it is not HCL, or holds what no job has.",
    "Nomad's parser stops at the same place. An argument or block that a job does not know is named "
    "with what was probably meant.",
)
JOB = _refused(
    "job-settings",
    "The job's own settings are wrong: its name, type, priority or data centers.",
    "A job has a name without spaces, one of the types service, batch, system and sysbatch, and a "
    "priority from 1 to 100. System jobs have no affinities, spreads and more than one allocation.",
)
EMPTY = _refused(
    "empty-job",
    "A job has no group, or a group no task.",
    "There is nothing to run. In a pack this mostly comes from a range over an empty list.",
)
DUPLICATE = _refused(
    "duplicate-name",
    "Two parts of a job have one name, where it has to tell them apart.",
    "Groups of a job, tasks of a group, ports of a group, services of a task, checks of a service, "
    "actions and destinations of templates of a task have to differ.",
)
PERIODIC = _refused(
    "job-schedule",
    "A periodic or parameterized job that cannot be scheduled.",
    "Only batch and sysbatch jobs can be periodic or parameterized; a periodic job needs cron "
    "expressions that can be read and a time zone that exists.",
)
PLACEMENT = _refused(
    "placement",
    "A constraint, affinity or spread that cannot be evaluated.",
    "Each operator asks for an attribute and mostly for a value: a pattern that compiles, a version "
    "constraint that can be read. Weights and percentages have their ranges.",
)
RESTART = _refused(
    "restart-policy",
    "The restart settings contradict one another.",
    "All attempts with their delays have to fit in the interval, which is at least five seconds; "
    'without any attempt the mode has to be "fail".',
)
RESCHEDULE = _refused(
    "reschedule-policy",
    "The reschedule settings contradict one another.",
    "Either a number of attempts in an interval that they fit in, or unlimited = true with "
    "attempts = 0; the delay is at least five seconds and at most max_delay.",
)
UPDATE = _refused(
    "update-policy",
    "The update settings contradict one another, or the job's type has none.",
    "min_healthy_time < healthy_deadline < progress_deadline; auto_promote needs canaries. Only "
    "service and system jobs are updated this way.",
)
MIGRATE = _refused(
    "migrate-policy",
    "The migrate settings contradict one another, or the job's type has none.",
    "Only service jobs are migrated; min_healthy_time is at most healthy_deadline.",
)
DISCONNECT = _refused(
    "disconnect-policy",
    "The disconnect settings contradict one another.",
    "lost_after and stop_on_client_after exclude each other; the latter is for service and batch jobs.",
)
SCALING = _refused(
    "scaling-policy",
    "The group's count does not fit in its scaling limits.",
    "0 <= min <= count <= max.",
)
NETWORK = _refused(
    "network-ports",
    "A network's ports collide or are out of range.",
    "A static port stands once in a group for each host network, and is at most 65535.",
)
UNDEFINED_PORT = _refused(
    "undefined-port",
    "A service or a check refers to a port that no network of the group has.",
    'The port is the label of a port block in the group\'s network, as in port = "http".',
)
SERVICE = _refused(
    "service-settings",
    "A service's settings are wrong or do not fit its provider.",
    "Service names are DNS labels; all services of a group have the same provider.",
)
CHECK = _refused(
    "health-check",
    "A health check's settings are wrong or do not fit its service's provider.",
    "A check has a type, an interval and a timeout of at least a second each, and by its type a path "
    "or a command; Nomad's own services take only tcp and http checks.",
)
MESH = _refused(
    "service-mesh",
    "A connect block cannot work as it is.",
    "A sidecar needs exactly one network in bridge mode; a connect block is native, has a sidecar or "
    "is a gateway.",
)
TASK = _refused(
    "task-settings",
    "A task's own settings are wrong: its name, driver, timeouts or kind.",
    "A task has a name without slashes and a driver.",
)
RESOURCES = _refused(
    "task-resources",
    "What a task asks for is too little, too much or contradictory.",
    "Either cpu (at least 1) or cores; memory of at least 10; memory_max not below memory. Disk is "
    "asked for by the group's ephemeral_disk, which has to hold the task's logs.",
)
LIFECYCLE = _refused(
    "lifecycle-hook",
    "A task's lifecycle hook does not exist.",
    "The hooks are prestart, poststart and poststop.",
)
VOLUME = _refused(
    "volume-settings",
    "A group's volume is asked for in a way that cannot be.",
    "A volume has a source; a csi volume has an access and an attachment mode as well.",
)
UNDEFINED_VOLUME = _refused(
    "undefined-volume",
    "A task mounts a volume that its group does not have.",
    "The volume is the label of a volume block of the group. One of a type other than host and csi "
    "does not count.",
)
TEMPLATE = _refused(
    "template-settings",
    "A task's template, artifact or payload has no source, no destination or one outside of the task.",
    "Destinations are relative to the task's folder and stay in the allocation's.",
)
IDENTITY = _refused(
    "identity-settings",
    "A workload identity, or what is done when a secret changes, is wrong.",
    "change_mode is noop, restart or signal, the last with a change_signal.",
)
CSI_PLUGIN = _refused(
    "csi-plugin",
    "A task that is a CSI plugin does not say which.",
    "It has an id and the type node, controller or monolith.",
)
SECRET = _refused(
    "secret-settings",
    "A secret block does not say where its secret is.",
    "A secret has a name of letters, digits and underscores, a provider and a path. Secrets in job files "
    "are new in Nomad 1.11.",
)
NEWER = Rule(
    name="newer-nomad",
    severity=Severity.NOTE,
    summary="The job asks for what Nomad 1.10 does not have.",
    help="Nomad 1.10 refuses such a job; newer versions take it.",
)
ENTERPRISE = _doubtful(
    "enterprise-only",
    "The job asks for what only Nomad Enterprise has.",
    "Multi-region jobs, NUMA affinity, task schedules, and clusters of Consul or Vault other than the "
    "default one: any other server refuses such a job.",
)

UNRESOLVED_PORT = _refused(
    "unresolved-port",
    "A group's service or a container is given a port that no network of the group has.",
    "Nomad takes such a job, but its tasks or services cannot start. The port is the label of a port "
    "block in the group's network.",
)
DRIVER_CONFIG = _refused(
    "driver-config",
    "A driver is given an option that it does not know, or misses one that it needs.",
    "Nomad takes such a job, but its tasks cannot start: the driver reads its config only then. Known "
    "are the options of docker, exec, raw_exec, java and qemu.",
)
TEMPLATE_DATA = _refused(
    "template-data",
    "The text of a template block is no template: consul-template cannot parse it.",
    "Nomad takes such a job, but its tasks cannot start. In a pack, [[ ]] is done before and {{ }} when "
    "the task starts: a quote or a brace that a value brings along can break the latter.",
)

ADVICE = _doubtful(
    "doubtful-setting",
    "A setting that Nomad takes, and that does not do what it seems to.",
    "Nomad warns of some of these when a job is registered, others just have no effect.",
)
DEPRECATED = _doubtful(
    "deprecated-setting",
    "A setting that newer versions of Nomad ignore or replace.",
    "Nomad warns of these when a job is registered.",
)
PRIVILEGED = _doubtful(
    "privileged-task",
    "A task runs with all rights on its node.",
    "privileged = true turns off all isolation. Add the one capability or device that is needed "
    "instead.",
)
RAW_EXEC = _doubtful(
    "raw-exec",
    "A task runs on its node without any isolation.",
    "The driver raw_exec starts a process as Nomad's own user, mostly root. Use exec, or a container.",
)
CAPABILITY = _doubtful(
    "added-capability",
    "A task gets more capabilities than its driver gives by default.",
    'Some of them, as "sys_admin" and "all", are as good as root on the node.',
)
UNCONFINED = _doubtful(
    "unconfined-task",
    "A task runs without seccomp, AppArmor or SELinux.",
    "Keep the default profile, or name one that allows just what is needed.",
)
HOST_NAMESPACE = _doubtful(
    "host-namespace",
    "A task shares a namespace with its node: network, processes, IPC, users or host name.",
    "It sees and can reach what belongs to the node and its other tasks.",
)
HOST_PATH = _doubtful(
    "host-path",
    "A task mounts a path of its node.",
    "The job works only on nodes that have it, and can read or change what is there; the container "
    "engine's socket is as good as root. Use a host or CSI volume that an operator provides.",
)
HOST_DEVICE = _doubtful(
    "host-device",
    "A task is given a device of its node by path.",
    "Ask for it by a device block in resources, so that Nomad places the task where there is one.",
)
ROOT = _doubtful(
    "root-user",
    "A task asks to run as root.",
    "Set user to one that the image has for this.",
)
FLOATING_TAG = _doubtful(
    "floating-tag",
    "An image has no tag or one that moves: a restart may run something else.",
    'Name a version, or better the digest: "registry/name@sha256:…".',
)

RULES: tuple[Rule, ...] = tuple(
    value for value in list(globals().values()) if isinstance(value, Rule)
)

_AT_START = (UNRESOLVED_PORT, DRIVER_CONFIG, TEMPLATE_DATA)
REFUSALS = frozenset(
    rule.name
    for rule in RULES
    if rule in (ENTERPRISE, NEWER) or (rule.severity is Severity.ERROR and rule not in _AT_START)
)
"""The names of the rules whose findings mean that Nomad refuses the job."""
