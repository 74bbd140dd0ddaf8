from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import get_args

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_text

from server import errors, record
from server.metrics import Metrics

# What the labels may be; a name that is not here could grow without bound.
LABELS: dict[str, set[str] | None] = {
    "status": {"SUCCEEDED", "FAILED"},
    "reason": {"", *get_args(record.Reason)},
    "phase": set(record.ALL_PHASES),
    "state": {"queued", "running"},
    "topic": {"Job", "Allocation", "Evaluation", "other"},
    "kind": {"job", "record", "staging_repository", "working_container"},
    "call": {"read_job"},
    "result": {
        *("succeeded", "failed"),
        *("ok", "conflict", "not_found", "unreachable", "refused"),
        *("delivered", "retried", "given_up"),
        *("accepted", "repeated", "invalid", "limit"),
    },
}


def families(metrics: Metrics) -> dict[str, Metric]:
    body, _ = metrics.render()
    return {family.name: family for family in read_text(body.decode())}


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    for family in families(metrics).values():
        for sample in family.samples:
            if sample.name == f"nomad_build_{name}" and sample.labels == labels:
                return sample.value
    return None


def use_all(metrics: Metrics) -> None:
    metrics.build_ended("SUCCEEDED")
    metrics.build_ended("FAILED", "timeout")
    metrics.observe_phase("build", "succeeded", 12.0)
    metrics.observe_queue_wait(1.5)
    metrics.show_builds(queued=2, running=3, oldest_queued_seconds=7.0)
    metrics.observe_handover(0.02)
    with metrics.nomad_call("read_job"):
        pass
    metrics.event_arrived("Job", 0.004)
    metrics.event_stream_reconnected()
    with metrics.reconciling():
        pass
    with metrics.resyncing():
        pass
    metrics.step_conflicted()
    metrics.webhook_attempted("retried")
    metrics.removed("job", 3)
    metrics.submitted("limit")
    metrics.show_replicas(2)


def test_all_that_happens_is_counted() -> None:
    metrics = Metrics()

    use_all(metrics)

    assert value(metrics, "builds_total", status="SUCCEEDED", reason="") == 1
    assert value(metrics, "builds_total", status="FAILED", reason="timeout") == 1
    assert value(metrics, "phase_seconds_sum", phase="build", result="succeeded") == 12.0
    assert value(metrics, "queue_wait_seconds_sum") == 1.5
    assert value(metrics, "unfinished_builds", state="queued") == 2
    assert value(metrics, "unfinished_builds", state="running") == 3
    assert value(metrics, "queue_oldest_seconds") == 7.0
    assert value(metrics, "handover_seconds_bucket", le="0.02") == 1
    assert value(metrics, "handover_seconds_bucket", le="0.01") == 0
    assert value(metrics, "nomad_calls_total", call="read_job", result="ok") == 1
    assert value(metrics, "nomad_call_seconds_count", call="read_job") == 1
    assert value(metrics, "events_total", topic="Job") == 1
    assert value(metrics, "event_lag_seconds_bucket", le="0.005") == 1
    assert value(metrics, "event_stream_reconnects_total") == 1
    assert value(metrics, "reconcile_seconds_count") == 1
    assert value(metrics, "resync_seconds_count") == 1
    assert value(metrics, "step_conflicts_total") == 1
    assert value(metrics, "webhook_attempts_total", result="retried") == 1
    assert value(metrics, "cleanup_removed_total", kind="job") == 3
    assert value(metrics, "submissions_total", result="limit") == 1
    assert value(metrics, "replicas") == 2


def test_two_services_in_one_process_count_apart() -> None:
    one, other = Metrics(), Metrics()

    one.submitted("accepted")

    assert value(one, "submissions_total", result="accepted") == 1
    assert value(other, "submissions_total", result="accepted") == 0


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (errors.NomadConflict("x"), "conflict"),
        (errors.NomadNotFound("x"), "not_found"),
        (errors.NomadUnreachable("x"), "unreachable"),
        (errors.NomadError("x"), "refused"),
        (KeyError("x"), "unreachable"),
    ],
)
def test_a_call_that_fails_is_counted_by_what_nomad_said_and_fails_on(
    error: Exception, result: str
) -> None:
    metrics = Metrics()

    with pytest.raises(type(error)), metrics.nomad_call("read_job"):
        raise error

    assert value(metrics, "nomad_calls_total", call="read_job", result=result) == 1
    assert value(metrics, "nomad_call_seconds_count", call="read_job") == 1


def test_a_turn_that_fails_is_timed_too() -> None:
    metrics = Metrics()

    with pytest.raises(KeyError), metrics.reconciling():
        raise KeyError

    assert value(metrics, "reconcile_seconds_count") == 1


def test_what_can_be_counted_is_there_as_0_before_the_first_time() -> None:
    metrics = Metrics()

    for reason in get_args(record.Reason):
        assert value(metrics, "builds_total", status="FAILED", reason=reason) == 0
    assert value(metrics, "webhook_attempts_total", result="given_up") == 0
    assert value(metrics, "phase_seconds_count", phase="publish", result="failed") == 0


def test_an_empty_queue_has_no_oldest_build() -> None:
    metrics = Metrics()
    metrics.show_builds(queued=1, running=0, oldest_queued_seconds=9.0)

    metrics.show_builds(queued=0, running=1, oldest_queued_seconds=9.0)

    assert value(metrics, "queue_oldest_seconds") == 0


@pytest.mark.parametrize(
    ("observe", "name"),
    [
        (lambda metrics: metrics.observe_queue_wait(-3.0), "queue_wait_seconds"),
        (lambda metrics: metrics.observe_handover(-3.0), "handover_seconds"),
        (lambda metrics: metrics.event_arrived("Job", -3.0), "event_lag_seconds"),
    ],
)
def test_a_clock_that_is_behind_does_not_make_a_sum_fall(
    observe: Callable[[Metrics], None], name: str
) -> None:
    metrics = Metrics()

    observe(metrics)

    assert value(metrics, f"{name}_sum") == 0
    assert value(metrics, f"{name}_count") == 1


def test_a_topic_that_is_not_known_makes_no_series_of_its_own() -> None:
    metrics = Metrics()

    metrics.event_arrived("Service")

    assert value(metrics, "events_total", topic="other") == 1
    assert value(metrics, "events_total", topic="Service") is None
    assert value(metrics, "event_lag_seconds_count") == 0


def test_names_and_help_follow_the_conventions_of_prometheus() -> None:
    # As promtool check metrics does, and https://prometheus.io/docs/practices/naming/.
    metrics = Metrics()
    use_all(metrics)
    body, _ = metrics.render()

    found = families(metrics)
    assert len(found) == 18
    for family in found.values():
        assert re.fullmatch(r"nomad_build(_[a-z]+)+", family.name)
        assert re.search(r"milli|minutes|hours|_ms|_total|_count|_sum|_bucket", family.name) is None
        assert family.documentation
        assert not family.documentation.endswith(".")
        assert family.type not in family.name
        names = {sample.name for sample in family.samples}
        match family.type:
            case "counter":
                assert names == {f"{family.name}_total"}
            case "histogram":
                assert family.name.endswith("_seconds")
                assert names == {f"{family.name}{end}" for end in ("_bucket", "_count", "_sum")}
            case "gauge":
                assert names == {family.name}
            case other:
                pytest.fail(other)
        if "Time" in family.documentation.split():
            assert family.name.endswith("_seconds")
    assert body.count(b"# HELP ") == body.count(b"# TYPE ") == 18


def test_each_label_has_a_closed_list_of_values() -> None:
    metrics = Metrics()
    use_all(metrics)

    for family in families(metrics).values():
        for sample in family.samples:
            for label, shown in sample.labels.items():
                assert label == "le" or shown in (LABELS[label] or ()), family.name


def test_the_metrics_come_as_text_unless_openmetrics_is_asked_for() -> None:
    metrics = Metrics()
    use_all(metrics)

    body, content_type = metrics.render("text/html, */*;q=0.1")
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert len(list(read_text(body.decode()))) == 18

    prometheus = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
    body, content_type = metrics.render(prometheus)
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert body.endswith(b"# EOF\n")
    assert len(list(read_openmetrics(body.decode()))) == 18  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("accept", ["", "application/openmetrics-text;version=x", ",;,=", "ü" * 99])
def test_whatever_accept_says_the_metrics_are_rendered(accept: str) -> None:
    body, _ = Metrics().render(accept)

    assert b"nomad_build_replicas" in body


def test_the_same_metrics_are_rendered_in_the_same_way() -> None:
    metrics = Metrics()
    use_all(metrics)

    assert metrics.render() == metrics.render()


def test_nothing_is_lost_when_threads_count_while_others_render() -> None:
    metrics = Metrics()
    rounds, workers = 300, 6
    done = threading.Event()
    rendered: list[bytes] = []

    def count() -> None:
        for _ in range(rounds):
            use_all(metrics)

    def render() -> None:
        while not done.is_set():
            rendered.append(metrics.render()[0])

    reader = threading.Thread(target=render)
    reader.start()
    threads = [threading.Thread(target=count) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()

    total = rounds * workers
    assert value(metrics, "builds_total", status="SUCCEEDED", reason="") == total
    assert value(metrics, "nomad_calls_total", call="read_job", result="ok") == total
    assert value(metrics, "handover_seconds_count") == total
    assert rendered
