"""What somebody gives for a test reaches its task byte for byte, by whichever of the ways it takes."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import Phase, given, settings, strategies

import generator
from generator import errors, registry, varfile
from tests.packs.test_given_values import SIGNS, decode, encode, strings_of, without_payloads

Job = dict[str, Any]

VARIABLES = ("commands", "env", "secrets", "working_directory", "reports", "services")
LINE = re.compile(r'([A-Z0-9_]+)=\{\{ base64Decode "([A-Za-z0-9+/=]*)" \| toJSON \}\}')

texts = strategies.text(strategies.characters(exclude_categories=["Cs"]), max_size=80).map(
    lambda text: unicodedata.normalize("NFC", text)
) | strategies.text('${}%"\\\n[]~ab', max_size=20)
filled = texts.filter(bool)
names = strategies.from_regex(r"[A-Z_][A-Z0-9_]{0,9}", fullmatch=True).filter(
    lambda name: not name.startswith("NOMAD_")
)
environments = strategies.dictionaries(names, texts, min_size=1, max_size=3)


def render(values: dict[str, Any]) -> Job:
    fixed = {"build_id": "01k5demo", "image": "registry/image"}
    return generator.render_job(generator.find_pack("test"), values=fixed | values)


def tasks_of(job: Job) -> dict[str, Job]:
    return {task["Name"]: task for task in job["TaskGroups"][0]["Tasks"]}


def file_of(task: Job, path: str) -> Job:
    (found,) = [each for each in task.get("Templates", ()) if each["DestPath"] == path]
    return dict(found)


def evaluated(text: str) -> str:
    """What Nomad's client makes of a text of the driver's config, if it is what the pack writes there."""
    rest = re.sub(r'\$\{"[$%]"\}', "", text)
    assert not set("$%") & set(rest), text
    return re.sub(r'\$\{"([$%])"\}', r"\1", text)


def environment_of(task: Job) -> dict[str, str]:
    template = file_of(task, "local/environment")
    assert template["Envvars"] is True
    found = [LINE.fullmatch(line) for line in template["EmbeddedTmpl"].splitlines()]
    return {line[1]: base64.b64decode(line[2]).decode() for line in found if line is not None}


def check(job: Job, values: dict[str, Any]) -> None:
    """Hold a job against all that was given for it."""
    tasks = tasks_of(job)
    for number, command in enumerate(values["commands"], start=1):
        task = tasks[f"test-{number}"]
        if command.get("shell"):
            assert decode(file_of(task, "local/input/command")) == command["shell"]
            for place, report in enumerate(values.get("reports", ()), start=1):
                assert decode(file_of(task, f"local/input/report_{place:03d}")) == report
        else:
            assert [evaluated(each) for each in task["Config"]["entrypoint"]] == command[
                "arguments"
            ]
        assert environment_of(task) == values["env"]
        assert evaluated(task["Config"]["work_dir"]) == values["working_directory"]
    for service in values.get("services", ()):
        task = tasks[f"service-{service['name']}"]
        assert [evaluated(each) for each in task["Config"]["args"]] == service["command"]
        assert environment_of(task) == service["env"]
        ready = tasks[f"ready-{service['name']}"]
        assert decode(file_of(ready, "local/input/command")) == service["ready_command"]
        assert environment_of(ready) == service["env"]


def hostile() -> dict[str, Any]:
    file = registry.PACKS / "test" / "cases" / "hostile-values.hcl"
    return {override.name: override.value for override in varfile.read(str(file))}


def test_the_hostile_case_arrives() -> None:
    values = hostile()
    check(render(values), values)


@pytest.mark.parametrize("text", ["a\n\u0301", "<\u0301", "\t\u030c", "\u0301", ""])
def test_an_accent_after_what_json_escapes_stays_where_it_is(text: str) -> None:
    job = render({"commands": [{"arguments": ["/check", text]}]})
    entrypoint = tasks_of(job)["test-1"]["Config"]["entrypoint"]
    assert [evaluated(each) for each in entrypoint] == ["/check", text]


@pytest.mark.parametrize("variable", VARIABLES)
def test_the_hostile_case_gives_every_value_that_somebody_may_give(variable: str) -> None:
    said = "".join(strings_of(hostile()[variable]))
    assert not [sign for sign in SIGNS if sign not in said]


def test_secrets_are_read_by_path_and_field_that_travel_as_base64() -> None:
    values = hostile()
    for task in tasks_of(render(values)).values():
        if not task["Name"].startswith(("test-", "entry-point")):
            continue
        text = file_of(task, "secrets/environment")["EmbeddedTmpl"]
        for name, reference in values["secrets"].items():
            store, _, rest = reference.partition(":")
            path, _, field = rest.partition("#")
            function = {"vault": "secret", "nomad": "nomadVar"}[store]
            assert f'{{{{ with {function} (base64Decode "{encode(path)}") }}}}' in text
            assert f"{name}={{{{ " in text
            assert f'(base64Decode "{encode(field)}")' in text


def name_of(service: Any) -> str:
    return str(service["name"])


services: strategies.SearchStrategy[dict[str, Any]] = strategies.fixed_dictionaries(
    {
        "name": strategies.sampled_from(["db", "cache"]),
        "image": strategies.just("postgres:17"),
        "command": strategies.lists(texts, min_size=1, max_size=3),
        "env": environments,
        "ready_command": filled,
    }
)
commands = strategies.fixed_dictionaries({"shell": filled}) | strategies.fixed_dictionaries(
    {"arguments": strategies.lists(texts, min_size=1, max_size=4)}
)


@given(
    values=strategies.fixed_dictionaries(
        {
            "commands": strategies.lists(commands, min_size=1, max_size=3),
            "env": environments,
            "working_directory": filled,
            "reports": strategies.lists(filled, max_size=2),
            "services": strategies.lists(services, max_size=2, unique_by=name_of),
        }
    )
)
@settings(max_examples=40, phases=set(Phase) - {Phase.explain}, deadline=None)
def test_any_text_arrives_and_changes_nothing_else(values: dict[str, Any]) -> None:
    job = render(values)
    check(job, values)

    plain = json.loads(json.dumps(values), object_hook=plain_texts)
    assert blanked(without_payloads(job)) == blanked(without_payloads(render(plain)))


def plain_texts(value: dict[str, Any]) -> dict[str, Any]:
    """The same shape with another text in each place where any text may be."""
    fixed = ("name", "image")
    return {key: member if key in fixed else plain(member) for key, member in value.items()}


def plain(value: Any) -> Any:
    match value:
        case str():
            return "plain"
        case list():
            return [plain(member) for member in value]
        case _:
            return value


def blanked(job: Job) -> Job:
    """The job without the texts that the driver is given as they are."""
    for task in tasks_of(job).values():
        config = task["Config"]
        for key in {"entrypoint", "args"} & config.keys():
            config[key] = len(config[key])
        config.pop("work_dir", None)
    return job


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({}, "nothing to test"),
        ({"commands": [{}]}, "needs one of"),
        ({"commands": [{"shell": "x", "arguments": ["x"]}]}, "needs one of"),
        ({"env": {"A B": "x"}}, "no name for a variable"),
        ({"env": {"A": "x", "A\n": "x"}}, "no name for a variable"),
        ({"env": {"NOMAD_ALLOC_DIR": "x"}}, "no name for a variable"),
        ({"secrets": {"1A": "nomad:x#y"}}, "no name for a variable"),
        ({"services": [{"name": "Db", "image": "x"}]}, "no name for a service"),
        ({"services": [{"name": "d b", "image": "x"}]}, "no name for a service"),
        ({"services": [{"name": "db", "image": "${x}"}]}, "no name of an image"),
        ({"services": [{"name": "db", "image": "x"}], "network": "none"}, "network none"),
        (
            {
                "gpu_count": 1,
                "gpu_constraints": [{"attribute": "node.unique.id", "operator": "=", "value": "x"}],
            },
            "no attribute of a device",
        ),
        (
            {
                "gpu_count": 1,
                "gpu_constraints": [
                    {"attribute": "device.model", "operator": "=", "value": "${x}"}
                ],
            },
            "has a $",
        ),
    ],
)
def test_what_no_job_can_carry_is_refused(values: dict[str, Any], complaint: str) -> None:
    given_too = {} if not values or "commands" in values else {"commands": [{"shell": "x"}]}
    with pytest.raises(errors.TemplateError, match=re.escape(complaint)):
        render(given_too | values)
