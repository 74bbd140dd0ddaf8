"""What somebody gives reaches its task byte for byte, as base64 in a template, and is nowhere else in the job."""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Collection, Iterator
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
    "plan": {
        "repo_url": ("source", "repo_url"),
        "git_ref": ("source", "git_ref"),
        "build_file": ("source", "build_file"),
        "ca_certificates": ("source", "ca_certificates"),
        "http_proxy": ("source", "http_proxy"),
        "https_proxy": ("source", "https_proxy"),
        "no_proxy": ("source", "no_proxy"),
    },
    "build": {
        "repo_url": ("source", "repo_url"),
        "git_ref": ("source", "git_ref"),
        "dockerfile_path": ("build", "dockerfile_path"),
        "staging_image": ("build", "staging_image"),
        "context_path": ("build", "context_path"),
        "build_args": ("build", "build_args"),
        "target": ("build", "target"),
        "labels": ("build", "labels"),
        "annotations": ("build", "annotations"),
        "platform": ("build", "platform"),
        "ca_certificates": ("build", "ca_certificates"),
        "http_proxy": ("build", "http_proxy"),
        "https_proxy": ("build", "https_proxy"),
        "no_proxy": ("build", "no_proxy"),
        "cache_from": ("build", "cache_from"),
        "cache_to": ("build", "cache_to"),
    },
    "test": {},  # these are the matter of test_given_tests.py
    "publish": {
        "staging_image": ("publish", "staging_image"),
        "digest": ("publish", "digest"),
        "image": ("publish", "image_1"),
        "tags": ("publish", "tags_1"),
        "destinations": ("publish", ""),  # image_2 and tags_2 is the first of them
        "provenance": ("publish", "provenance"),
        "ca_certificates": ("publish", "ca_certificates"),
        "http_proxy": ("publish", "http_proxy"),
        "https_proxy": ("publish", "https_proxy"),
        "no_proxy": ("publish", "no_proxy"),
    },
    "cleanup": {
        "staging_image": ("cleanup", "staging_image"),
        "ca_certificates": ("cleanup", "ca_certificates"),
        "http_proxy": ("cleanup", "http_proxy"),
        "https_proxy": ("cleanup", "https_proxy"),
        "no_proxy": ("cleanup", "no_proxy"),
    },
    "prune": {},  # nobody outside gives it anything
}
LISTS = ("commands", "tags", "cache_from")
MAPS = ("build_args", "labels", "annotations")
TAKING_VALUES = [pack for pack, inputs in INPUTS.items() if inputs]

# What several tasks of a build get.
SHARED = {
    "base": ("dockerfile_path", "context_path", "build_args", "platform"),
    "source": ("ca_certificates", "http_proxy", "https_proxy", "no_proxy"),
}
NETWORK = SHARED["source"]

# References to secrets: variable -> task whose files read it.
REFERENCES = {
    "plan": {"git_credentials": "source"},
    "build": {"git_credentials": "source", "registry_credentials": "build", "ssh_key": "build"},
    "test": {},  # as above
    "publish": {"registry_credentials": "publish"},
    "cleanup": {"registry_credentials": "cleanup"},
    "prune": {},
}

# What is either asked for or not.
WISHES = {
    *("submodules", "lfs", "no_cache", "reproducible", "clear_cache"),
    "image_format",  # where it is not the usual one
}

INPUT = re.compile(r'\{\{ base64Decode "([A-Za-z0-9+/=]*)" \}\}')
DEVICE = re.compile(r"\$\{device\.[A-Za-z0-9_.-]+\}")
PAYLOAD = re.compile(r'(?<=base64Decode ")[A-Za-z0-9+/=]*(?=")')

# What the scanner is given instead of an image's name, and the file that says what it stands for, with the proxies.
SUBJECT = "registry:${SUBJECT}"
GIVEN_FILE = "local/given.env"

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


def without_literals(job: Job) -> Job:
    """The job without what the driver is given as it is: arguments and the folder of a test."""
    told = ("entrypoint", "args", "work_dir")
    copied: Job = json.loads(json.dumps(job))
    for task in copied["TaskGroups"][0]["Tasks"]:
        kept = {key: value for key, value in task["Config"].items() if key not in told}
        task["Config"] = kept if job["Meta"]["phase"] == "test" else task["Config"]
    return copied


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
            case "tags" | "cache_from":
                expected[task, file] = "\n".join(value)
            case "destinations":
                for number, place in enumerate(value, start=2):
                    expected[task, f"image_{number}"] = place["image"]
                    expected[task, f"tags_{number}"] = "\n".join(place["tags"])
            case "build_args" | "labels" | "annotations":
                pairs = [f"{encode(name)} {encode(value[name])}" for name in sorted(value)]
                expected[task, file] = "\n".join(pairs)
            case _:
                expected[task, file] = value
    return expected


def by_every_task(
    tasks: Collection[str], expected: dict[tuple[str, str], str]
) -> dict[tuple[str, str], str]:
    """The same with what further tasks of a build or a publish get, and without what only a push needs."""
    found = dict(expected)
    if "copy" in tasks:
        copied = {file: value for (_, file), value in expected.items() if file != "provenance"}
        found |= {("copy", file): value for file, value in copied.items()}
    if "source" in tasks:
        for (_, file), value in expected.items():
            if file in NETWORK:
                found |= {(task, file): value for task in tasks}
            elif file in SHARED["base"] and "base" in tasks:
                found["base", file] = value
            elif file == "staging_image" and "stage" in tasks:
                del found["build", file]
                found["stage", file] = value
    return found


def test_nothing_is_left_for_nomad_to_evaluate(job: Job) -> None:
    # The client evaluates these once more, with the node's attributes and the task's secrets in scope.
    placed = [each["LTarget"] for each in job.get("Constraints", [])]
    assert placed in ([], ["${node.unique.id}"])  # which the servers look at, to find the node
    rest = {key: value for key, value in job.items() if key != "Constraints"}
    for text in strings_of([rest, [each["RTarget"] for each in job.get("Constraints", [])]]):
        if DEVICE.fullmatch(text) or text == SUBJECT:
            # As above, to find a node with such a device; and a value from a template, which is not looked into again.
            continue
        # An expression of a sign in quotes stands for the sign.
        text = text.replace('${"$"}', "").replace('${"%"}', "")
        assert "${" not in text
        assert "%{" not in text


def test_given_values_arrive_unchanged(
    pack: str, given: dict[str, Any], templates: dict[str, Jobs]
) -> None:
    if pack == "test":
        return
    found = inputs_of(templates)
    expected = by_every_task(templates, arriving(pack, given))

    assert {key: found[key] for key in expected} == expected
    assert {file for _, file in set(found) - set(expected)} <= {
        *("git_ref", "dockerfile_path", "build_file"),  # which have a default
        *(variable for variable in WISHES if variable in given),
        *(("build_secrets",) if "build_secrets" in given else ()),
    }
    assert {found[key] for key in found if key[1] in WISHES - {"image_format"}} <= {"true"}


def secrets_of(templates: Jobs) -> list[str]:
    return [
        template["EmbeddedTmpl"]
        for file, template in templates.items()
        if file.startswith("secrets/")
    ]


def opening_of(reference: str) -> str:
    """How a template begins that reads a secret by its reference."""
    store, _, path = reference.partition(":")
    function = {"vault": "secret", "nomad": "nomadVar"}[store]
    return f'{{{{ with {function} (base64Decode "{encode(path)}") }}}}'


def test_paths_of_secrets_arrive_unchanged(
    pack: str, given: dict[str, Any], templates: dict[str, Jobs]
) -> None:
    for variable in given.keys() & REFERENCES[pack].keys():
        task = REFERENCES[pack][variable]
        if variable == "registry_credentials" and "stage" in templates:
            task = "stage"
        opening = opening_of(given[variable])
        assert any(data.startswith(opening) for data in secrets_of(templates[task])), opening


def test_each_place_is_written_with_its_own_credentials(
    given: dict[str, Any], templates: dict[str, Jobs]
) -> None:
    for number, place in enumerate(given.get("destinations", ()), start=2):
        for task in templates.keys() & {"copy", "publish"}:
            wanted = place["credentials"]
            curl = templates[task].get(f"secrets/curl_{number}.conf")
            assert (curl is not None) == bool(wanted)
            if curl is not None:
                whole = templates[task]["secrets/auth.json"]["EmbeddedTmpl"]
                key = f'{{{{ base64Decode "{encode(json.dumps(place["image"]))}" }}}}'
                assert curl["EmbeddedTmpl"].startswith(opening_of(wanted))
                assert opening_of(wanted) in whole
                assert key in whole or not place["image"].isascii()


def test_the_scanner_is_told_what_it_needs_and_nothing_of_it_is_evaluated(
    given: dict[str, Any], templates: dict[str, Jobs], job: Job
) -> None:
    assert (SUBJECT in strings_of(job)) == ("sbom" in templates) == bool(given.get("sbom"))
    if "sbom" in templates:
        told = {}
        for line in templates["sbom"][GIVEN_FILE]["EmbeddedTmpl"].splitlines():
            name, _, value = line.partition("=")
            found = INPUT.fullmatch(value)
            assert found
            told[name] = json.loads(base64.b64decode(found[1]))
        assert told.pop("SUBJECT") == f"{given['image']}@{given['digest']}"
        proxies = ("http_proxy", "https_proxy", "no_proxy")
        assert told == {name.upper(): given[name] for name in proxies if name in given}
        if "ca_certificates" in given:
            file = templates["sbom"]["local/certificates/given.pem"]
            assert decode(file) == given["ca_certificates"]


def test_secrets_of_steps_are_read_by_path_and_field_and_their_ids_arrive_in_that_order(
    given: dict[str, Any], templates: dict[str, Jobs]
) -> None:
    secrets = given.get("build_secrets", {})
    for number, name in enumerate(sorted(secrets), start=1):
        file = templates["build"][f"secrets/values/build_secret_{number}"]["EmbeddedTmpl"]
        reference, _, field = secrets[name].rpartition("#")
        assert file.startswith(opening_of(reference))
        assert f'(base64Decode "{encode(field)}")' in file
    if secrets:
        ids = decode(templates["build"]["local/input/build_secrets"]).split("\n")
        assert ids == [encode(name) for name in sorted(secrets)]


def test_no_given_text_is_anywhere_but_in_base64(job: Job) -> None:
    for text in strings_of(without_literals(job)):
        assert not [sign for sign in SIGNS if sign in PAYLOAD.sub("", text)]


@pytest.mark.parametrize("pack", TAKING_VALUES)
def test_the_hostile_case_gives_every_value_that_somebody_may_give(pack: str) -> None:
    file = registry.PACKS / pack / "cases" / "hostile-values.hcl"
    values = {override.name: override.value for override in varfile.read(str(file))}

    several = ["build_secrets"] if pack == "build" else []
    for variable in [*INPUTS[pack], *REFERENCES[pack], *several]:
        said = "".join(strings_of(values[variable]))
        assert not [sign for sign in SIGNS if sign not in said], variable


# Any text that UTF-8 can carry. HCL's strings are in normalization form C, in nomad-pack too.
texts = strategies.text(strategies.characters(exclude_categories=["Cs"]), max_size=80).map(
    lambda text: unicodedata.normalize("NFC", text)
)
fields = texts.filter(lambda text: text and "#" not in text)
given_texts = texts.filter(bool)  # an empty one is as good as none
stores = strategies.sampled_from(["nomad:", "vault:"])
destinations = strategies.fixed_dictionaries(
    {
        "image": texts,
        "tags": strategies.lists(texts, min_size=1, max_size=2),
        "credentials": strategies.builds("{}{}".format, stores, texts),
    }
)


def render(pack: str, values: dict[str, Any]) -> Job:
    return generator.render_job(generator.find_pack(pack), values=values | {"build_id": "01k5demo"})


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
        if variable in LISTS:
            values[variable] = data.draw(strategies.lists(given_texts, min_size=1, max_size=3))
            plain[variable] = ["plain"] * len(values[variable])
        elif variable == "destinations":
            values[variable] = data.draw(strategies.lists(destinations, max_size=2), variable)
            plain[variable] = [
                {
                    "image": "plain",
                    "tags": ["plain"] * len(place["tags"]),
                    "credentials": f"{place['credentials'].partition(':')[0]}:plain",
                }
                for place in values[variable]
            ]
        elif variable in MAPS:
            values[variable] = data.draw(strategies.dictionaries(texts, texts, min_size=1))
            plain[variable] = {"plain": "plain"}
        else:
            values[variable] = data.draw(given_texts, variable)
            plain[variable] = "plain"
    if pack == "publish":
        plain["sbom"] = values["sbom"] = data.draw(strategies.sampled_from(["", "spdx"]), "sbom")
    for variable in REFERENCES[pack]:
        store = data.draw(stores, f"{variable}'s store")
        values[variable] = store + data.draw(texts, variable)
        plain[variable] = f"{store}plain"
    if pack == "build":
        path, field, names = data.draw(stores) + data.draw(texts), data.draw(fields), texts
        values["build_secrets"] = {data.draw(names): f"{path}#{field}"}
        plain["build_secrets"] = {"plain": f"{path.partition(':')[0]}:plain#plain"}

    job = render(pack, values)

    assert without_payloads(job) == without_payloads(render(pack, plain))
    templates = templates_in(job)
    found = inputs_of(templates)
    found.pop(("build", "build_secrets"), None)
    assert found == by_every_task(templates, arriving(pack, values))
