"""What somebody gives reaches its task byte for byte, as base64 in a template, and is nowhere else in the job."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, settings, strategies
from hypothesis import given as given_any

import generator
from generator import registry, varfile

Job = dict[str, Any]
Jobs = dict[str, Job]

# Where each value arrives: variable -> task and file below local/input.
INPUTS = {
    "build": {
        "repo_url": ("source", "repo_url"),
        "git_ref": ("source", "git_ref"),
        "dockerfile_path": ("build", "dockerfile_path"),
        "staging_image": ("build", "staging_image"),
    },
    "test": {"commands": ("test", "command_")},
    "publish": {
        "staging_image": ("publish", "staging_image"),
        "digest": ("publish", "digest"),
        "image": ("publish", "image"),
        "tags": ("publish", "tags"),
    },
    "cleanup": {"staging_image": ("cleanup", "staging_image")},
    "prune": {},  # nobody outside gives it anything
}
TAKING_VALUES = [pack for pack, inputs in INPUTS.items() if inputs]

# References to secrets: variable -> task whose files read it.
REFERENCES = {
    "build": {"git_credentials": "source", "registry_credentials": "build"},
    "test": {},
    "publish": {"registry_credentials": "publish"},
    "cleanup": {"registry_credentials": "cleanup"},
    "prune": {},
}

INPUT = re.compile(r'\{\{ base64Decode "([A-Za-z0-9+/=]*)" \}\}')
PAYLOAD = re.compile(r'(?<=base64Decode ")[A-Za-z0-9+/=]*(?=")')

# One sign of every language that a hostile value speaks, and what all of them say.
SIGNS = (
    *("hostile", "second line", "☃", "$(id)", "`id`", "${HOME}", "%{if"),
    *('{{ env "HOME" }}', 'secret "x"', "[[ var"),
)


def strings_of(value: object) -> Iterator[str]:
    """Every string of a job, keys included."""
    match value:
        case dict():
            for key, member in value.items():
                yield key
                yield from strings_of(member)
        case list():
            for member in value:
                yield from strings_of(member)
        case str():
            yield value
        case _:
            pass


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def decode(template: Job) -> str:
    """The value in a template that holds nothing else."""
    found = INPUT.fullmatch(template["EmbeddedTmpl"])
    assert found, template["EmbeddedTmpl"]
    return base64.b64decode(found[1]).decode()


def inputs_of(templates: dict[str, Jobs]) -> dict[tuple[str, str], str]:
    """Every value below local/input, by task and file."""
    folder = "local/input/"
    return {
        (task, path.removeprefix(folder)): decode(template)
        for task, of_task in templates.items()
        for path, template in of_task.items()
        if path.startswith(folder)
    }


def arriving(pack: str, values: dict[str, Any]) -> dict[tuple[str, str], str]:
    """What has to be below local/input for some of the values, by task and file."""
    expected = {}
    for variable in values.keys() & INPUTS[pack].keys():
        (task, file), value = INPUTS[pack][variable], values[variable]
        match variable:
            case "commands":
                for number, command in enumerate(value, start=1):
                    expected[task, f"{file}{number:03d}"] = command
            case "tags":
                expected[task, file] = "\n".join(value)
            case _:
                expected[task, file] = value
    return expected


def test_nothing_is_left_for_nomad_to_evaluate(job: Job) -> None:
    # The client evaluates these once more, with the node's attributes and the task's secrets in scope.
    placed = [each["LTarget"] for each in job.get("Constraints", [])]
    assert placed in ([], ["${node.unique.id}"])  # which the servers look at, to find the node
    rest = {key: value for key, value in job.items() if key != "Constraints"}
    for text in strings_of([rest, [each["RTarget"] for each in job.get("Constraints", [])]]):
        assert "${" not in text
        assert "%{" not in text


def test_given_values_arrive_unchanged(
    pack: str, given: dict[str, Any], templates: dict[str, Jobs]
) -> None:
    found = inputs_of(templates)
    expected = arriving(pack, given)

    assert {key: found[key] for key in expected} == expected
    assert set(found) - set(expected) <= {("source", "git_ref"), ("build", "dockerfile_path")}


def test_paths_of_secrets_arrive_unchanged(
    pack: str, given: dict[str, Any], templates: dict[str, Jobs]
) -> None:
    for variable in given.keys() & REFERENCES[pack].keys():
        store, _, path = given[variable].partition(":")
        function = {"vault": "secret", "nomad": "nomadVar"}[store]
        opening = f'{{{{ with {function} (base64Decode "{encode(path)}") }}}}'
        secrets = [
            template["EmbeddedTmpl"]
            for file, template in templates[REFERENCES[pack][variable]].items()
            if file.startswith("secrets/")
        ]
        assert secrets
        assert all(data.startswith(opening) for data in secrets), opening


def test_no_given_text_is_anywhere_but_in_base64(job: Job) -> None:
    for text in strings_of(job):
        assert not [sign for sign in SIGNS if sign in PAYLOAD.sub("", text)]


@pytest.mark.parametrize("pack", TAKING_VALUES)
def test_the_hostile_case_gives_every_value_that_somebody_may_give(pack: str) -> None:
    file = registry.PACKS / pack / "cases" / "hostile-values.hcl"
    values = {override.name: override.value for override in varfile.read(str(file))}

    for variable in [*INPUTS[pack], *REFERENCES[pack]]:
        said = "".join(strings_of(values[variable]))
        assert not [sign for sign in SIGNS if sign not in said], variable


# Any text that UTF-8 can carry. HCL's strings are in normalization form C, in nomad-pack too.
texts = strategies.text(strategies.characters(exclude_categories=["Cs"]), max_size=80).map(
    lambda text: unicodedata.normalize("NFC", text)
)
stores = strategies.sampled_from(["nomad:", "vault:"])


def render(pack: str, values: dict[str, Any]) -> Job:
    fixed = {"build_id": "01k5demo"} | ({"image": "registry/image"} if pack == "test" else {})
    return generator.render_job(generator.find_pack(pack), values=values | fixed)


def templates_in(job: Job) -> dict[str, Jobs]:
    return {
        task["Name"]: {template["DestPath"]: template for template in task["Templates"]}
        for task in job["TaskGroups"][0]["Tasks"]
    }


def without_payloads(value: Any) -> Any:
    """The same with every base64 text in it blanked."""
    match value:
        case dict():
            return {key: without_payloads(member) for key, member in value.items()}
        case list():
            return [without_payloads(member) for member in value]
        case str():
            return PAYLOAD.sub("", value)
        case _:
            return value


@pytest.mark.parametrize("pack", TAKING_VALUES)
@given_any(data=strategies.data())
@settings(
    phases=set(Phase) - {Phase.explain},  # which can take minutes here, and tells nothing more
    deadline=None,  # the first render reads and compiles the templates
)
def test_any_text_changes_nothing_of_a_job_but_the_base64_and_arrives(
    pack: str, data: strategies.DataObject
) -> None:
    plain: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for variable in INPUTS[pack]:
        if variable in ("commands", "tags"):
            values[variable] = data.draw(strategies.lists(texts, min_size=1, max_size=3), variable)
            plain[variable] = ["plain"] * len(values[variable])
        else:
            values[variable] = data.draw(texts, variable)
            plain[variable] = "plain"
    for variable in REFERENCES[pack]:
        store = data.draw(stores, f"{variable}'s store")
        values[variable] = store + data.draw(texts, variable)
        plain[variable] = f"{store}plain"

    job = render(pack, values)

    assert without_payloads(job) == without_payloads(render(pack, plain))
    assert inputs_of(templates_in(job)) == arriving(pack, values)
