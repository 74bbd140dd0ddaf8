"""What the engine does not support is refused by name, never ignored."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.api import Json, Nomad, job, task

IMAGE = {"image": "any/image:1"}


def a_task(**fields: Json) -> Json:
    return task("t", IMAGE, driver="docker") | fields


TEMPLATE = {"EmbeddedTmpl": "x", "DestPath": "local/x"}
GROUPS: dict[str, tuple[Any, str]] = {
    "count": ({"Count": 2}, "Job.TaskGroups[0].Count"),
    "reschedule": (
        {"ReschedulePolicy": {"Attempts": 1}},
        "Job.TaskGroups[0].ReschedulePolicy",
    ),
    "unlimited": (
        {"ReschedulePolicy": {"Attempts": 0, "Unlimited": True}},
        "Job.TaskGroups[0].ReschedulePolicy",
    ),
    "no reschedule block at all": (
        {"ReschedulePolicy": None},
        "Job.TaskGroups[0].ReschedulePolicy",
    ),
    "restart": (
        {"RestartPolicy": {"Attempts": 1, "Mode": "fail"}},
        "Job.TaskGroups[0].Tasks[0].RestartPolicy",
    ),
    "restart of a task": (
        {"Tasks": [a_task(RestartPolicy={"Attempts": 2})]},
        "Job.TaskGroups[0].Tasks[0].RestartPolicy",
    ),
    "sticky disk": ({"EphemeralDisk": {"Sticky": True}}, "Job.TaskGroups[0].EphemeralDisk"),
    "csi volume": (
        {"Volumes": {"v": {"Type": "csi", "Source": "x"}}},
        "Job.TaskGroups[0].Volumes[v].Type",
    ),
    "network of the host": (
        {"Networks": [{"Mode": "host"}]},
        "Job.TaskGroups[0].Networks[0].Mode",
    ),
    "second network": (
        {"Networks": [{"Mode": "bridge"}, {"Mode": "bridge"}]},
        "Job.TaskGroups[0].Networks[1].Mode",
    ),
    "port": (
        {"Networks": [{"Mode": "bridge", "DynamicPorts": [{"Label": "http"}]}]},
        "Job.TaskGroups[0].Networks[0].DynamicPorts",
    ),
    "service": ({"Services": [{"Name": "x"}]}, "Job.TaskGroups[0].Services"),
    "artifact": (
        {"Tasks": [a_task(Artifacts=[{"GetterSource": "x"}])]},
        "Job.TaskGroups[0].Tasks[0].Artifacts",
    ),
    "identity": (
        {"Tasks": [a_task(Identities=[{"Name": "x"}])]},
        "Job.TaskGroups[0].Tasks[0].Identities",
    ),
    "actions": (
        {"Tasks": [a_task(Actions=[{"Name": "x"}])]},
        "Job.TaskGroups[0].Tasks[0].Actions",
    ),
    "template that restarts": (
        {"Tasks": [a_task(Templates=[TEMPLATE])]},
        "Job.TaskGroups[0].Tasks[0].Templates[0].ChangeMode",
    ),
    "template from a file": (
        {"Tasks": [a_task(Templates=[TEMPLATE | {"SourcePath": "/x", "ChangeMode": "noop"}])]},
        "Job.TaskGroups[0].Tasks[0].Templates[0].SourcePath",
    ),
    "driver option": (
        {"Tasks": [a_task(Config=IMAGE | {"tty": True})]},
        "Job.TaskGroups[0].Tasks[0].Config.tty",
    ),
    "cores": (
        {"Tasks": [a_task(Resources={"Cores": 2})]},
        "Job.TaskGroups[0].Tasks[0].Resources.Cores",
    ),
    "a field of a later Nomad": (
        {"MaxRunDuration": 1},
        "Job.TaskGroups[0].MaxRunDuration",
    ),
    "a misspelt field": (
        {"Tasks": [a_task(Enviroment={})]},
        "Job.TaskGroups[0].Tasks[0].Enviroment",
    ),
}
JOBS: dict[str, tuple[Any, str]] = {
    "service": ({"Type": "service"}, "Job.Type"),
    "periodic": ({"Periodic": {"Enabled": True}}, "Job.Periodic"),
    "parameterized": ({"ParameterizedJob": {"Payload": "required"}}, "Job.ParameterizedJob"),
    "multiregion": ({"Multiregion": {"Regions": []}}, "Job.Multiregion"),
    "spread": ({"Spreads": [{"Attribute": "x"}]}, "Job.Spreads"),
}


@pytest.mark.parametrize("part", GROUPS)
def test_an_unsupported_part_of_a_group_is_named(nomad: Nomad, part: str) -> None:
    change, path = GROUPS[part]
    definition = job("refused", a_task(), group=change)
    answer = nomad.put("/v1/jobs", {"Job": definition})
    assert answer.status == 400
    assert answer.text.startswith(f"{path}: ")
    assert nomad.get("/v1/jobs").json == []


@pytest.mark.parametrize("part", JOBS)
def test_an_unsupported_part_of_a_job_is_named(nomad: Nomad, part: str) -> None:
    change, path = JOBS[part]
    answer = nomad.put("/v1/jobs", {"Job": job("refused", a_task()) | change})
    assert answer.status == 400
    assert answer.text.startswith(f"{path}: ")


def test_unsupported_parts_that_say_nothing_are_accepted(nomad: Nomad) -> None:
    # A client written in Go sends every field, most of them null.
    quiet: Json = {"Networks": None, "Services": [], "Scaling": None, "MaxClientDisconnect": None}
    silent = a_task(Artifacts=None, Vault=None, Identities=None, Kind="", ShutdownDelay=0)
    nomad.register(job("quiet", silent, group=quiet))
    assert nomad.ended("quiet")["ClientStatus"] == "complete"


def test_a_job_as_it_was_answered_can_be_registered_again(nomad: Nomad) -> None:
    nomad.register(job("again", a_task()))
    nomad.ended("again")
    found = nomad.get("/v1/job/again").json
    registered = nomad.register(found)
    assert registered["JobModifyIndex"] == found["JobModifyIndex"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/jobs/parse"),
        ("PUT", "/v1/job/x/plan"),
        ("PUT", "/v1/job/x/dispatch"),
        ("GET", "/v1/client/stats"),
        ("GET", "/v1/operator/scheduler/configuration"),
        ("GET", "/v1/acl/tokens"),
    ],
)
def test_what_only_nomad_serves_is_refused_by_name(nomad: Nomad, method: str, path: str) -> None:
    answer = nomad.call(method, path)
    assert answer.status == 501
    assert answer.text.startswith("the embedded engine does not ")


def test_there_is_one_namespace(nomad: Nomad) -> None:
    nomad.register(job("here", a_task()))
    assert nomad.get("/v1/jobs?namespace=other").json == []
    assert nomad.get("/v1/job/here?namespace=other").status == 404
    assert len(nomad.get("/v1/jobs?namespace=*").json) == 1
    write = nomad.put("/v1/var/a?namespace=other", {"Items": {"a": "b"}})
    assert (write.status, "namespace" in write.text) == (400, True)
    job_elsewhere = nomad.put("/v1/jobs", {"Job": job("x", a_task(), Namespace="other")})
    assert (job_elsewhere.status, "namespace" in job_elsewhere.text) == (500, True)


@pytest.mark.parametrize("expression", ['Status == "dead"', 'Status != "dead" and Stop', "Status"])
def test_a_filter_of_jobs_is_refused_with_the_one_there_is(nomad: Nomad, expression: str) -> None:
    answer = nomad.get(f"/v1/jobs?filter={quote(expression)}")
    assert answer.status == 501
    assert "supports 'Status != \"dead\"' only" in answer.text
    assert expression in answer.text


def test_a_drain_that_waits_is_refused(nomad: Nomad) -> None:
    (node,) = nomad.get("/v1/nodes").json
    answer = nomad.put(f"/v1/node/{node['ID']}/drain", {"DrainSpec": {"Deadline": 60_000_000_000}})
    assert (answer.status, answer.text.split(":")[0]) == (400, "DrainSpec.Deadline")


def test_vault_in_a_template_fails_the_task_by_name(nomad: Nomad) -> None:
    template = TEMPLATE | {
        "EmbeddedTmpl": '{{ with secret "kv/x" }}{{ .Data }}{{ end }}',
        "ChangeMode": "noop",
    }
    nomad.register(job("vault", a_task(Templates=[template])))
    events = nomad.ended("vault")["TaskStates"]["t"]["Events"]
    assert (
        "the embedded engine has no Vault: secret is not supported" in events[-1]["DisplayMessage"]
    )


def test_secrets_are_not_shown(nomad: Nomad) -> None:
    template = TEMPLATE | {"DestPath": "secrets/x", "ChangeMode": "noop"}
    holder = task("holder", {"run_for": "1h"}) | {"Templates": [template]}
    nomad.register(job("secret", holder))
    running = nomad.allocation("secret", lambda each: each["ClientStatus"] == "running")
    fs = f"/v1/client/fs/{{}}/{running['ID']}?path=holder/secrets/x"
    for verb in ("cat", "stat", "readat"):
        text = nomad.get(fs.format(verb) + "&offset=0&limit=1").text
        assert text == "Reading secret file prohibited: holder/secrets/x"
