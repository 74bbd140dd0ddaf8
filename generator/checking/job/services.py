"""Services of a group and of its tasks, and their checks.

Mirrors validateServices and Service.Validate in Nomad's structs.go and services.go.
"""

from __future__ import annotations

import re

from generator import errors
from generator.checking import findings
from generator.checking.job import health, job_models, networks, rules, service_models, task_models
from generator.checking.job.problems import Path, Problem, Problems, one_of, problem

_VARIABLE = re.compile(r"\$\{[a-zA-Z0-9_\-.]+\}")
_NAME = re.compile(r"(?i:[a-z0-9]|[a-z0-9][a-z0-9\-]{0,61}[a-z0-9])", re.ASCII)
_ADDRESS_MODES = ("", "auto", "host", "driver", "alloc", "alloc_ipv6")
_GROUP_MODES = ("alloc", "alloc_ipv6")
ON_UPDATE = ("", "require_healthy", "ignore_warnings", "ignore")
_KINDS = ("", "api-gateway", "ingress-gateway", "mesh-gateway", "terminating-gateway")
_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


def check_services(group: job_models.Group, path: Path) -> Problems:
    """The services of a group, and what has to hold between them and those of its tasks."""
    tasks = {task.name for task in group.tasks}
    for index, service in enumerate(group.services):
        at = (*path, "Services", index)
        yield from check_service(service, at)
        if service.address_mode == "driver":
            msg = 'address_mode = "driver" is for services of tasks'
            yield problem(rules.SERVICE, (*at, "AddressMode"), msg)
        yield from _check_group_checks(service, tasks, at)
    yield from _check_tasks_own(group, path)
    yield from _check_unique(group, path)
    yield from _check_providers(group, path)


def check_service(service: service_models.Service, path: Path) -> Problems:
    """A service by itself."""
    rule = rules.SERVICE
    if not _NAME.fullmatch(_VARIABLE.sub("ENV-VAR", service.name)):
        msg = f'the service\'s name "{service.name}" is no DNS label of at most 63 characters'
        yield problem(rule, (*path, "Name"), msg)
    if service.address_mode not in _ADDRESS_MODES:
        msg = f'there is no address_mode "{service.address_mode}"'
        hint = one_of(service.address_mode, _ADDRESS_MODES)
        yield problem(rule, (*path, "AddressMode"), msg, hint)
    elif service.address and service.address_mode not in ("", "auto"):
        msg = f'an address of its own excludes address_mode = "{service.address_mode}"'
        yield problem(rule, (*path, "Address"), msg)
    if service.on_update not in ON_UPDATE:
        msg = f'on_update is not "{service.on_update}"'
        yield problem(rule, (*path, "OnUpdate"), msg, one_of(service.on_update, ON_UPDATE))
    if service.provider not in ("consul", "nomad"):
        msg = f'there is no service provider "{service.provider}"'
        yield problem(rule, (*path, "Provider"), msg, "consul or nomad")
    else:
        yield from health.check_checks(service, path)
    yield from _check_provider(service, path)
    if service.identity is not None:
        if not service.identity.audience:
            yield problem(rule, (*path, "Identity"), "a service's identity needs an aud")
        if not service.identity.name and service.provider == "nomad":
            yield problem(rule, (*path, "Identity"), "a service's identity needs a name")


def _check_provider(service: service_models.Service, path: Path) -> Problems:
    rule = rules.SERVICE
    if service.provider == "nomad" and service.connect is not None:
        msg = "a service of Nomad's own cannot have a connect block: the mesh is Consul's"
        yield problem(rules.MESH, (*path, "Connect"), msg)
    if service.provider == "consul":
        if service.kind not in _KINDS:
            msg = f'there is no kind "{service.kind}" of services'
            yield problem(rule, (*path, "Kind"), msg, one_of(service.kind, _KINDS))
        if service.cluster not in ("", "default"):
            msg = f'the Consul cluster "{service.cluster}" needs Nomad Enterprise'
            yield problem(rules.ENTERPRISE, (*path, "Cluster"), msg)


def _check_group_checks(service: service_models.Service, tasks: set[str], path: Path) -> Problems:
    for index, check in enumerate(service.checks):
        at = (*path, "Checks", index)
        task = check.task_name or service.task_name
        if task and check.address_mode == "driver":
            msg = 'address_mode = "driver" is for checks of tasks\' services'
            yield problem(rules.CHECK, (*at, "AddressMode"), msg)
        if task and task not in tasks:
            where = (*at, "TaskName") if check.task_name else (*path, "TaskName")
            yield problem(rules.CHECK, where, f'the group has no task "{task}"')
        if check.type == "script" and not task:
            msg = "a script check of a group's service needs a task to run it in"
            yield problem(rules.CHECK, at, msg, 'add task = "…" to the check')


def _check_tasks_own(group: job_models.Group, path: Path) -> Problems:
    for number, task in enumerate(group.tasks):
        for index, service in enumerate(task.services):
            if service.task_name not in ("", task.name):
                at = (*path, "Tasks", number, "Services", index, "TaskName")
                msg = f'a service of the task "{task.name}" cannot be that of another'
                yield problem(rules.SERVICE, at, msg)


def _check_unique(group: job_models.Group, path: Path) -> Problems:
    """A service is known by its task, its name and its port."""
    seen = set()
    for index, service in enumerate(group.services):
        key = (service.name, service.port_label)
        if key in seen:
            msg = f'the service "{service.name}" stands here twice with the same port'
            yield problem(rules.DUPLICATE, (*path, "Services", index, "Name"), msg)
        seen.add(key)


def _check_providers(group: job_models.Group, path: Path) -> Problems:
    found = [(service.provider, (*path, "Services", i)) for i, service in enumerate(group.services)]
    for number, task in enumerate(group.tasks):
        at = (*path, "Tasks", number, "Services")
        found += [(service.provider, (*at, i)) for i, service in enumerate(task.services)]
    for provider, where in found[1:]:
        if provider != found[0][0]:
            msg = f'the providers "{found[0][0]}" and "{provider}" exclude each other in a group'
            yield problem(rules.SERVICE, (*where, "Provider"), msg)
            return


def check_task_services(task: task_models.Task, group: job_models.Group, path: Path) -> Problems:
    """The services of a task: each refers to ports that there are."""
    known = networks.port_labels(group) | {
        port.label for network in task.resources.networks for port in network.ports
    }
    seen = set()
    for index, service in enumerate(task.services):
        at = (*path, "Services", index)
        yield from check_service(service, at)
        if service.address_mode in _GROUP_MODES:
            msg = f'address_mode = "{service.address_mode}" is for services of groups'
            yield problem(rules.SERVICE, (*at, "AddressMode"), msg)
        key = service.name + service.port_label
        if key in seen:
            msg = f'the service "{service.name}" stands here twice with the same port'
            yield problem(rules.DUPLICATE, (*at, "Name"), msg)
        seen.add(key)
        if service.connect is not None:
            msg = "a connect block belongs in a service of a group, not of a task"
            yield problem(rules.MESH, (*at, "Connect"), msg)
        numeric = service.address_mode == "driver" and is_integer(service.port_label)
        if service.port_label and not numeric:
            yield from _check_port(service.port_label, known, (*at, "PortLabel"))
        yield from _check_task_checks(service, known, at)


def _check_task_checks(service: service_models.Service, known: set[str], path: Path) -> Problems:
    seen = set()
    for index, check in enumerate(service.checks):
        at = (*path, "Checks", index)
        name = check.name or f'service: "{service.name}" check'
        if name in seen:
            yield problem(rules.DUPLICATE, (*at, "Name"), f'the check "{name}" stands here twice')
        seen.add(name)
        if check.address_mode in _GROUP_MODES:
            msg = f'address_mode = "{check.address_mode}" is for checks of groups\' services'
            yield problem(rules.CHECK, (*at, "AddressMode"), msg)
        port = check.port_label or service.port_label
        if not check.needs_port or not port:
            continue
        if not is_integer(port):
            if check.port_label:
                yield from _check_port(port, known, (*at, "PortLabel"))
        elif check.address_mode != "driver":
            msg = f'the port number {port} of a check needs address_mode = "driver"'
            yield problem(rules.CHECK, (*at, "PortLabel"), msg)
        elif int(port) <= 0:
            yield problem(rules.CHECK, (*at, "PortLabel"), f"there is no port {port}")


def _check_port(label: str, known: set[str], path: Path) -> Problems:
    if label not in known:
        yield no_port(rules.UNDEFINED_PORT, label, known, path)


def no_port(rule: findings.Rule, label: str, known: set[str], path: Path) -> Problem:
    """The problem that a group has no port of a label."""
    has = f"it has {', '.join(sorted(known))}" if known else "add a port to its network block"
    hint = errors.suggest(label, sorted(known), has)
    return problem(rule, path, f'the group has no port "{label}"', hint)


def is_integer(text: str) -> bool:
    """Whether Go's strconv.Atoi reads a number."""
    if not _INTEGER.fullmatch(text):
        return False
    digits = text.lstrip("+-").lstrip("0")
    return len(digits) <= 19 and -(1 << 63) <= int(text) < 1 << 63
