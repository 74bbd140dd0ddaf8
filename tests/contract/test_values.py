"""Any text reaches a task byte for byte: as an argument, as its folder, by the environment that a template makes."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from tests.contract.api import Json, Nomad, event_types, find_event, job, task, unique

pytestmark = pytest.mark.docker

# What the layers in between have a meaning for: HCL, consul-template, quotes of a file of variables, shells.
HOSTILE = [
    *(
        "",
        " ",
        "  # no comment",
        "a=b",
        "\"double\" 'single' `back`",
        "\\ \\n \\u0041 \\",
        "'",
        '"',
    ),
    *("${HOME} $${HOME} $$${HOME}", "%{if true}x%{endif} %%{x}", "$", "%", "$$", "${", "%{", "}"),
    *('${"$"}', "${NOMAD_JOB_ID}", '{{ env "HOME" }} [[ x ]]', "<script>&amp;</script>", "$(id)"),
    *(
        "one\ntwo\r\nthree\n",
        "\t\v\f\b\x01\x1b[31m\x7f",
        "é ☃ 🙂 \u2028\u2029\ufeff\uffff",
        "a" * 9000,
    ),
]
texts = strategies.lists(
    strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | strategies.text('${}%"\\\n~ab'),
    min_size=20,
    max_size=40,
)


def literal(text: str) -> str:
    """A text for the driver's config: what the client would evaluate becomes an expression for itself."""
    return text.translate({ord("$"): '${"$"}', ord("%"): '${"%"}'})


def variables(values: list[str]) -> Json:
    """A template with the values as variables V0, V1 and so on."""
    lines = [
        f'V{number}={{{{ base64Decode "{encode(value)}" | toJSON }}}}\n'
        for number, value in enumerate(values)
    ]
    return {
        "EmbeddedTmpl": "".join(lines),
        "DestPath": "local/env",
        "Envvars": True,
        "ChangeMode": "noop",
    }


def encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def arrived(nomad: Nomad, image: str, values: list[str]) -> list[list[str]]:
    """Give all of the values to a task; the arguments and the variables that it saw."""
    show = 'show() { printf %s "$1" | base64 -w 0 >>"$2"; echo >>"$2"; }; '
    by_argument = 'for each; do show "$each" /alloc/data/arguments; done; '
    by_name = (
        'n=0; for each; do eval "v=\\$V$n"; show "$v" /alloc/data/variables; n=$((n + 1)); done'
    )
    script = show + by_argument + by_name
    config = {
        "image": image,
        "entrypoint": ["sh", "-c", literal(script), "sh", *map(literal, values)],
    }
    job_id = unique("values")
    nomad.register(job(job_id, task("t", config, driver="docker", Templates=[variables(values)])))
    allocation = nomad.ended(job_id)
    assert allocation["ClientStatus"] == "complete", json.dumps(allocation["TaskStates"])
    path = f"/v1/client/fs/cat/{allocation['ID']}?path=alloc/data/"
    read = [nomad.get(path + name).text for name in ("arguments", "variables")]
    return [[base64.b64decode(line).decode() for line in text.splitlines()] for text in read]


def test_what_each_layer_would_take_for_its_own_arrives_as_it_is(nomad: Nomad, image: str) -> None:
    assert arrived(nomad, image, HOSTILE) == [HOSTILE, HOSTILE]


@given(values=texts)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_arrives_as_it_is(nomad: Nomad, image: str, values: list[str]) -> None:
    assert arrived(nomad, image, values) == [values, values]


def test_a_working_directory_of_any_name_is_entered(nomad: Nomad, image: str) -> None:
    folder = '/tmp/${HOME} %{x} "q" ü'
    config = {"image": image, "entrypoint": ["pwd"], "work_dir": literal(folder)}
    job_id = unique("values")
    nomad.register(job(job_id, task("t", config, driver="docker")))
    allocation = nomad.ended(job_id)
    assert allocation["ClientStatus"] == "complete", allocation["TaskStates"]


def test_variables_of_a_template_are_stronger_than_those_of_the_task(
    nomad: Nomad, image: str
) -> None:
    script = 'printf %s "$V0" >/alloc/data/v'
    config = {"image": image, "command": "sh", "args": ["-c", script]}
    given_env: Json = {"V0": "of the task"}
    block = variables(["of the template ${NOMAD_JOB_ID}"])
    job_id = unique("values")
    nomad.register(
        job(job_id, task("t", config, driver="docker", Env=given_env, Templates=[block]))
    )
    allocation = nomad.ended(job_id)
    found = nomad.get(f"/v1/client/fs/cat/{allocation['ID']}?path=alloc/data/v").text
    assert found == "of the template ${NOMAD_JOB_ID}"


NO_ENVIRONMENT = ("no separator", "=x", "1A=x", "A-B=x", 'A="open', "A='open", 'A="\\x"', "A=\x01")


def test_a_template_that_is_no_environment_kills_its_task(nomad: Nomad) -> None:
    jobs = {}
    for text in NO_ENVIRONMENT:
        block = {"EmbeddedTmpl": text, "DestPath": "local/e", "Envvars": True, "ChangeMode": "noop"}
        jobs[text] = unique("values")
        nomad.register(job(jobs[text], task("t", {"run_for": "1s"}, Templates=[block])))
    for text, job_id in jobs.items():
        allocation = nomad.ended(job_id)
        assert allocation["ClientStatus"] == "failed", text
        assert "Started" not in event_types(allocation, "t"), text
        message = find_event(allocation, "t", "Killing")["DisplayMessage"]
        assert message.startswith("Template failed to read environment variables: error parsing")
