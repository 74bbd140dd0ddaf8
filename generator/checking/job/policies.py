"""How a group is restarted, rescheduled, updated, migrated and scaled: settings that contradict.

Mirrors the ``Validate`` methods of Nomad's structs.go and group.go.
"""

from __future__ import annotations

from generator.checking.job import models, rules
from generator.checking.job.problems import Path, Problems, one_of, problem
from generator.golang import durations

_MIN_RESTART_INTERVAL = 5 * models.SECOND
_MIN_RESCHEDULE_INTERVAL = 15 * models.SECOND
_MIN_RESCHEDULE_DELAY = 5 * models.SECOND
_DELAY_FUNCTIONS = ("constant", "exponential", "fibonacci")
_RECONCILE = ("", "best_score", "longest_running", "keep_original", "keep_replacement")
_HEALTH_CHECKS = ("checks", "task_states")
_UPDATE_HEALTH_CHECKS = (*_HEALTH_CHECKS, "manual")

_written = durations.write


def check_restart(policy: models.Restart, path: Path) -> Problems:
    """The attempts have to fit in the interval."""
    rule = rules.RESTART
    if policy.mode not in ("delay", "fail"):
        yield problem(rule, (*path, "Mode"), f'there is no restart mode "{policy.mode}"')
    if policy.attempts == 0 and policy.mode != "fail":
        msg = f'no restart is allowed, but mode "{policy.mode}" would go on after an interval'
        yield problem(rule, path, msg, 'set mode = "fail", or attempts')
    if policy.interval < _MIN_RESTART_INTERVAL:
        msg = f"the restart interval {_written(policy.interval)} is shorter than 5s"
        yield problem(rule, (*path, "Interval"), msg)
    if as_int64(policy.attempts * policy.delay) > policy.interval:
        msg = (
            f"{policy.attempts} restarts with a delay of {_written(policy.delay)} do not fit "
            f"in an interval of {_written(policy.interval)}"
        )
        yield problem(rule, path, msg)


def check_reschedule(policy: models.Reschedule, path: Path) -> Problems:
    """Either so many attempts in an interval, or any number with delays between them."""
    if policy.attempts <= 0 and not policy.unlimited:
        return
    rule = rules.RESCHEDULE
    if policy.attempts > 0 and policy.interval <= 0:
        yield problem(rule, path, "a number of attempts needs an interval")
    if policy.attempts > 0 and policy.unlimited:
        msg = f"unlimited = true contradicts attempts = {policy.attempts}"
        yield problem(rule, path, msg, "set attempts = 0, or unlimited = false")
    delays = list(_check_delays(policy, path))
    yield from delays
    if policy.unlimited:
        return
    if policy.interval < _MIN_RESCHEDULE_INTERVAL:
        msg = f"the reschedule interval {_written(policy.interval)} is shorter than 15s"
        yield problem(rule, (*path, "Interval"), msg)
    if not delays and (needed := _needed_interval(policy)):
        msg = (
            f"{policy.attempts} attempts with the delays asked for do not fit in an interval "
            f"of {_written(policy.interval)}"
        )
        yield problem(rule, path, msg, f"set an interval of {_written(needed)} or more")


def _check_delays(policy: models.Reschedule, path: Path) -> Problems:
    rule = rules.RESCHEDULE
    if policy.delay < _MIN_RESCHEDULE_DELAY:
        msg = f"the reschedule delay {_written(policy.delay)} is shorter than 5s"
        yield problem(rule, (*path, "Delay"), msg)
    if policy.delay_function not in _DELAY_FUNCTIONS:
        msg = f'there is no delay function "{policy.delay_function}"'
        hint = one_of(policy.delay_function, _DELAY_FUNCTIONS)
        yield problem(rule, (*path, "DelayFunction"), msg, hint)
    if policy.delay_function != "constant":
        if policy.max_delay < _MIN_RESCHEDULE_DELAY:
            msg = f"max_delay {_written(policy.max_delay)} is shorter than 5s"
            yield problem(rule, (*path, "MaxDelay"), msg)
        if policy.max_delay < policy.delay:
            msg = (
                f"max_delay {_written(policy.max_delay)} is shorter than the delay "
                f"{_written(policy.delay)}"
            )
            yield problem(rule, (*path, "MaxDelay"), msg)


def _needed_interval(policy: models.Reschedule) -> int:
    """How long the interval would have to be; zero if it is long enough (viableAttempts)."""
    match policy.delay_function:
        case "constant":
            needed = as_int64(policy.attempts * policy.delay)
            return needed if policy.interval < needed else 0
        case "exponential":
            return _exponential_interval(policy)
        case _:
            needed = _fibonacci_interval(policy)
            return needed if policy.interval < needed else 0


def as_int64(number: int) -> int:
    """What is left of a number in Go, whose integers overflow without a word."""
    return (number + (1 << 63)) % (1 << 64) - (1 << 63)


def _exponential_interval(policy: models.Reschedule) -> int:
    needed = 0
    fits = True
    delay = policy.delay
    for attempt in range(policy.attempts):
        if delay > policy.max_delay:
            # From here on each delay is the same.
            needed += policy.max_delay * (policy.attempts - attempt)
            return 0 if fits and needed < policy.interval else needed
        needed = delay
        fits = fits and needed < policy.interval
        delay *= 2
    return 0 if fits else needed


def _fibonacci_interval(policy: models.Reschedule) -> int:
    before, last = policy.delay, policy.delay
    for attempt in range(2, policy.attempts):
        following = before + last
        if following > policy.max_delay:
            return policy.max_delay * (policy.attempts - attempt)
        before, last = last, following
    return last


def check_update(update: models.Update, path: Path) -> Problems:
    """Healthy for a time, within a deadline, within the deployment's deadline."""
    rule = rules.UPDATE
    if update.health_check not in _UPDATE_HEALTH_CHECKS:
        msg = f'there is no health_check "{update.health_check}"'
        hint = one_of(update.health_check, _UPDATE_HEALTH_CHECKS)
        yield problem(rule, (*path, "HealthCheck"), msg, hint)
    for field, name, value in (
        ("MaxParallel", "max_parallel", update.max_parallel),
        ("Canary", "canary", update.canary),
        ("MinHealthyTime", "min_healthy_time", update.min_healthy_time),
        ("ProgressDeadline", "progress_deadline", update.progress_deadline),
    ):
        if value < 0:
            yield problem(rule, (*path, field), f"{name} is less than zero")
    if update.canary == 0 and update.auto_promote:
        msg = "auto_promote = true without canaries has nothing to promote"
        yield problem(rule, (*path, "AutoPromote"), msg, "set canary to the number wanted")
    if update.healthy_deadline <= 0:
        yield problem(rule, (*path, "HealthyDeadline"), "healthy_deadline is not above zero")
    if update.min_healthy_time >= update.healthy_deadline:
        msg = (
            f"min_healthy_time {_written(update.min_healthy_time)} is not shorter than "
            f"healthy_deadline {_written(update.healthy_deadline)}"
        )
        yield problem(rule, (*path, "MinHealthyTime"), msg)
    if update.progress_deadline and update.healthy_deadline >= update.progress_deadline:
        msg = (
            f"healthy_deadline {_written(update.healthy_deadline)} is not shorter than "
            f"progress_deadline {_written(update.progress_deadline)}"
        )
        yield problem(rule, (*path, "ProgressDeadline"), msg, "0 means no deadline at all")
    if update.stagger <= 0:
        yield problem(rule, (*path, "Stagger"), "stagger is not above zero")


def check_migrate(migrate: models.Migrate, path: Path) -> Problems:
    """Healthy for a time, within a deadline."""
    rule = rules.MIGRATE
    if migrate.max_parallel < 0:
        yield problem(rule, (*path, "MaxParallel"), "max_parallel is less than zero")
    known = migrate.health_check in _HEALTH_CHECKS
    if not known and (migrate.health_check or migrate.max_parallel > 0):
        msg = f'there is no health_check "{migrate.health_check}"'
        hint = one_of(migrate.health_check, _HEALTH_CHECKS)
        yield problem(rule, (*path, "HealthCheck"), msg, hint)
    if migrate.min_healthy_time < 0:
        yield problem(rule, (*path, "MinHealthyTime"), "min_healthy_time is less than zero")
    if migrate.healthy_deadline < 0:
        yield problem(rule, (*path, "HealthyDeadline"), "healthy_deadline is less than zero")
    if migrate.min_healthy_time > migrate.healthy_deadline:
        msg = (
            f"min_healthy_time {_written(migrate.min_healthy_time)} is longer than "
            f"healthy_deadline {_written(migrate.healthy_deadline)}"
        )
        yield problem(rule, (*path, "MinHealthyTime"), msg)


def check_disconnect(disconnect: models.Disconnect, job_type: str, path: Path) -> Problems:
    """Stop on the client, or wait for it: not both."""
    rule = rules.DISCONNECT
    stop = disconnect.stop_on_client_after
    if stop is not None and stop < 0:
        yield problem(rule, (*path, "StopOnClientAfter"), "stop_on_client_after is less than zero")
    if stop is not None and job_type not in ("service", "batch"):
        msg = f"a {job_type} job cannot have stop_on_client_after"
        yield problem(rule, (*path, "StopOnClientAfter"), msg)
    if disconnect.lost_after < 0:
        yield problem(rule, (*path, "LostAfter"), "lost_after is less than zero")
    if stop is not None and disconnect.lost_after:
        msg = "lost_after and stop_on_client_after exclude each other"
        yield problem(rule, (*path, "StopOnClientAfter"), msg)
    if disconnect.reconcile not in _RECONCILE:
        msg = f'there is no way "{disconnect.reconcile}" to reconcile'
        hint = one_of(disconnect.reconcile, _RECONCILE)
        yield problem(rule, (*path, "Reconcile"), msg, hint)


def check_scaling(scaling: models.Scaling, count: int, path: Path) -> Problems:
    """The count lies between the limits."""
    rule = rules.SCALING
    if scaling.type not in ("", "horizontal"):
        msg = f'a group cannot be scaled by a policy of type "{scaling.type}"'
        yield problem(rule, (*path, "Type"), msg)
    least = count if scaling.min is None else scaling.min
    most = -1 if scaling.max is None else scaling.max
    if most < 0:
        msg = "a scaling block needs a max that is not less than zero"
        yield problem(rule, (*path, "Max"), msg)
    elif most < least:
        yield problem(rule, (*path, "Max"), f"max {most} is less than min {least}")
    if least < 0:
        yield problem(rule, (*path, "Min"), "min is less than zero")
    if most < count:
        yield problem(rule, path, f"the group's count {count} is more than max {most}")
    if count < least:
        yield problem(rule, path, f"the group's count {count} is less than min {least}")
