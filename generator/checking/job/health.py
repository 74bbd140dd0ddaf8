"""Health checks by themselves, as their service's provider wants them.

Mirrors ServiceCheck.validateCommon, validateNomad and validateConsul in Nomad's services.go.
"""

from __future__ import annotations

from generator.checking.job import models, rules, service_models
from generator.checking.job.problems import Path, Problems, one_of, problem
from generator.golang import durations
from generator.template import signatures
from generator.template.sprig import paths

_TYPES = {"consul": ("grpc", "tcp", "http", "script"), "nomad": ("tcp", "http")}
_STATES = ("", "passing", "warning", "critical")
_ADDRESS_MODES = ("", "host", "driver", "alloc", "alloc_ipv6")
_ON_UPDATE = ("", "require_healthy", "ignore_warnings", "ignore")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE")
_MAX_NOTES = 255


def check_checks(service: service_models.Service, path: Path) -> Problems:
    """The checks of a service of Consul's or Nomad's."""
    for index, check in enumerate(service.checks):
        at = (*path, "Checks", index)
        if check.needs_port and not service.port_label and not check.port_label:
            msg = "the check needs a port, but neither it nor its service has one"
            yield problem(rules.UNDEFINED_PORT, at, msg)
        elif service.provider == "consul" and check.type == "tcp" and service.sidecar is not None:
            msg = "a service with a sidecar cannot be checked by tcp: it listens on loopback only"
            yield problem(rules.CHECK, (*at, "Type"), msg, "use an http or grpc check with expose")
        else:
            yield from _check_check(check, service.provider, at)


def _check_check(check: service_models.Check, provider: str, path: Path) -> Problems:
    yield from _check_type(check, provider, path)
    yield from _check_times(check, path)
    yield from _check_choices(check, path)
    if provider == "nomad":
        yield from _check_nomad(check, path)
    else:
        yield from _check_consul(check, path)


def _check_type(check: service_models.Check, provider: str, path: Path) -> Problems:
    rule = rules.CHECK
    kind = check.type.lower()
    if kind not in _TYPES[provider]:
        msg = f'a check of a service of {provider.capitalize()} cannot be of type "{check.type}"'
        at = (*path, "Type") if check.type else path
        yield problem(rule, at, msg, one_of(check.type, _TYPES[provider]))
    if kind == "http":
        if not check.path:
            yield problem(rule, path, "an http check needs a path")
        elif wrong := _wrong_path(check.path):
            yield problem(rule, (*path, "Path"), f'the path "{check.path}" {wrong}')
    if kind == "script" and provider == "consul" and not check.command:
        yield problem(rule, path, "a script check needs a command")


def _wrong_path(text: str) -> str:
    """What Go's url.Parse minds about a path, or that it is more than one."""
    try:
        parsed = paths.url_parse(text)
    except signatures.CallError:
        return "is no valid one"
    whole = isinstance(parsed, dict) and parsed["scheme"]
    return "has to be a path alone" if whole else ""


def _check_times(check: service_models.Check, path: Path) -> Problems:
    for field, name, value in (
        ("Interval", "interval", check.interval),
        ("Timeout", "timeout", check.timeout),
    ):
        if value == 0:
            msg = f"the check needs {'an' if name[0] == 'i' else 'a'} {name} of at least 1s"
            yield problem(rules.CHECK, path, msg)
        elif value < models.SECOND:
            msg = f"the {name} {durations.write(value)} is shorter than 1s"
            yield problem(rules.CHECK, (*path, field), msg)


def _check_choices(check: service_models.Check, path: Path) -> Problems:
    rule = rules.CHECK
    for field, name, value, allowed in (
        ("InitialStatus", "initial_status", check.initial_status, _STATES),
        ("AddressMode", "address_mode", check.address_mode, _ADDRESS_MODES),
        ("OnUpdate", "on_update", check.on_update, _ON_UPDATE),
    ):
        if value not in allowed:
            msg = f'a check has no {name} "{value}"'
            yield problem(rule, (*path, field), msg, one_of(value, allowed))
    restart = check.check_restart
    if restart is None:
        return
    at = (*path, "CheckRestart")
    if check.on_update == "ignore":
        yield problem(rule, at, 'check_restart contradicts on_update = "ignore"')
    if check.on_update == "ignore_warnings" and not restart.ignore_warnings:
        msg = 'on_update = "ignore_warnings" needs ignore_warnings = true in check_restart'
        yield problem(rule, at, msg)
    if restart.limit < 0:
        yield problem(rule, (*at, "Limit"), "limit is less than zero")
    if restart.grace < 0:
        yield problem(rule, (*at, "Grace"), "grace is less than zero")


def _check_nomad(check: service_models.Check, path: Path) -> Problems:
    rule = rules.CHECK
    restart = check.check_restart
    for field, only_consul in (
        ("Expose", check.expose),
        ("OnUpdate", check.on_update == "ignore_warnings"),
        ("CheckRestart", restart is not None and restart.ignore_warnings),
        ("AddressMode", check.address_mode == "driver"),
        ("SuccessBeforePassing", check.success_before_passing > 0),
        ("FailuresBeforeCritical", check.failures_before_critical > 0),
        ("FailuresBeforeWarning", check.failures_before_warning > 0),
        ("TLSServerName", bool(check.tls_server_name)),
    ):
        if only_consul:
            msg = "only checks of Consul's services can have this, not those of Nomad's own"
            yield problem(rule, (*path, field), msg)
    if check.type == "http" and check.method and check.method.upper() not in _METHODS:
        yield problem(rule, (*path, "Method"), f'there is no method "{check.method}"')


def _check_consul(check: service_models.Check, path: Path) -> Problems:
    rule = rules.CHECK
    kind = check.type.lower()
    if check.expose and kind not in ("grpc", "http"):
        yield problem(rule, (*path, "Expose"), "only http and grpc checks can be exposed")
    if check.type not in ("tcp", "http", "grpc"):
        for field, value in (
            ("SuccessBeforePassing", check.success_before_passing),
            ("FailuresBeforeCritical", check.failures_before_critical),
            ("FailuresBeforeWarning", check.failures_before_warning),
        ):
            if value > 0:
                msg = f'a check of type "{check.type}" does not count successes or failures'
                yield problem(rule, (*path, field), msg)
    if len(check.notes.encode()) > _MAX_NOTES:
        yield problem(rule, (*path, "Notes"), f"the notes are longer than {_MAX_NOTES} bytes")
