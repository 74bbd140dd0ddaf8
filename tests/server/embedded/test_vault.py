"""Templates that read secrets: of a file in the place of Vault, of variables, one field or all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from server.embedded import command, config, engine
from tests.contract.api import Json, Nomad, job, task
from tests.server.embedded.conftest import Start
from tests.waiting import wait_for

BLOCK = {"Role": "nomad-build", "Env": False, "DisableFile": True, "ChangeMode": "noop"}
FIELD = (
    '{{ with secret "secret/data/team/git" }}{{ with .Data.data }}{{ with index . "token" }}{{ . }}'
    '{{ else }}{{ sprig_fail "vault.read: no field" }}{{ end }}{{ end }}{{ end }}{{ "" -}}\n'
)


def reading(text: str, **fields: Json) -> dict[str, Any]:
    """A task that has a file rendered by a template, and then runs until it is stopped."""
    template = {"EmbeddedTmpl": text, "DestPath": "secrets/x", "ChangeMode": "noop", **fields}
    reader: dict[str, Any] = task("t", {"run_for": "1h"}, Templates=[template], Vault=BLOCK)
    return reader


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"secret/data/team/git": {"token": "s3cret", "port": 8080}}))
    return file


@pytest.fixture
def vault(start: Start, secrets: Path) -> Nomad:
    return start(vault_secrets=secrets)


def rendered(folder: Path) -> str:
    (file,) = folder.glob("data/alloc/*/t/secrets/x")
    return file.read_text()


def events(nomad: Nomad, name: str) -> list[dict[str, Any]]:
    found = nomad.get(f"/v1/job/{name}/allocations").json
    states = found[0]["TaskStates"] if found else None
    return list(states["t"]["Events"]) if states else []


def wait_until_running(nomad: Nomad) -> None:
    nomad.allocation("j", lambda found: found["ClientStatus"] == "running")


def wait_for_event(nomad: Nomad, name: str, text: str) -> None:
    wait_for(
        lambda: any(text in each["DisplayMessage"] for each in events(nomad, name)),
        f"{name} says {text!r}",
        20,
    )


@pytest.mark.parametrize("path", ["secret/data/team/git", "secret/team/git"])
def test_a_field_of_a_secret_is_written_byte_for_byte(
    vault: Nomad, tmp_path: Path, path: str
) -> None:
    vault.register(job("j", reading(FIELD.replace("secret/data/team/git", path))))
    wait_until_running(vault)
    assert rendered(tmp_path) == "s3cret"


def test_a_secret_that_is_not_there_is_waited_for_until_it_is(
    vault: Nomad, tmp_path: Path, secrets: Path
) -> None:
    secrets.write_text("{}")
    vault.register(job("j", reading(FIELD)))
    wait_for_event(vault, "j", "Missing: vault.read(secret/data/team/git)")
    secrets.write_text(json.dumps({"secret/data/team/git": {"token": "late"}}))
    wait_until_running(vault)
    assert rendered(tmp_path) == "late"


@pytest.mark.parametrize("field", ["absent", ""])
def test_a_field_that_is_not_there_fails_the_task(vault: Nomad, field: str) -> None:
    vault.register(job("j", reading(FIELD.replace('"token"', f'"{field}"'))))
    assert (
        "vault.read: no field"
        in vault.ended("j")["TaskStates"]["t"]["Events"][-1]["DisplayMessage"]
    )


def test_a_task_without_a_vault_block_asks_in_vain(vault: Nomad) -> None:
    vault.register(job("j", reading(FIELD) | {"Vault": None}))
    wait_for_event(vault, "j", "Missing: vault.read(secret/data/team/git)")


def test_a_token_is_not_handed_out_and_the_refusal_says_so(vault: Nomad) -> None:
    for block in ({"Role": "r"}, BLOCK | {"Env": True}, BLOCK | {"DisableFile": False}):
        answer = vault.put("/v1/jobs", {"Job": job("j", reading(FIELD) | {"Vault": block})})
        assert (answer.status, answer.text.split(":")[0]) == (
            400,
            "Job.TaskGroups[0].Tasks[0].Vault",
        )


def test_a_job_is_answered_with_its_vault_block_as_nomad_fills_it_in(vault: Nomad) -> None:
    vault.register(job("j", reading(FIELD)))
    (group,) = vault.get("/v1/job/j").json["TaskGroups"]
    assert group["Tasks"][0]["Vault"] == {
        **BLOCK,
        "AllowTokenExpiration": False,
        "ChangeSignal": "",
        "Cluster": "default",
        "Namespace": "",
        "Policies": None,
    }


def test_a_field_that_a_variable_lacks_is_an_empty_text(nomad: Nomad, tmp_path: Path) -> None:
    nomad.put("/v1/var/some/path", {"Items": {"there": "x"}})
    text = '{{ with nomadVar "some/path" }}[{{ print (index . "there") }}|{{ print (index . "not") }}]{{ end }}'
    nomad.register(job("j", reading(text) | {"Vault": None}))
    wait_until_running(nomad)
    assert rendered(tmp_path) == "[x|]"


VALUE = 'two\nlines, "quotes", \\ <&> ☃ \x01 #'


def test_a_value_as_json_is_a_variable_of_the_environment_byte_for_byte(
    start: Start, tmp_path: Path, script: Any
) -> None:
    nomad = start()
    nomad.put("/v1/var/some/path", {"Items": {"value": VALUE}})
    text = '{{ with nomadVar "some/path" }}NAME={{ print (index . "value") | toJSON }}{{ end }}\n'
    nomad.register(job("j", reading(text, Envvars=True) | {"Vault": None}))
    wait_until_running(nomad)
    assert "\\u003c\\u0026\\u003e" in rendered(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "{"])
def test_a_file_that_holds_no_secrets_is_refused_at_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"secrets\.json"):
        engine.Engine(config.Config(data_dir=tmp_path / "data", vault_secrets=file)).start()
    told = CliRunner().invoke(command.engine, ["--port", "0", "--vault-secrets", str(file)])
    assert told.exit_code == 1
    assert "secrets.json" in told.output
