"""Secrets by reference, for real: from Vault to the tasks that need them, and into no log.

On a real Nomad they come from a real Vault, or OpenBao, which is set up by the commands of docs/security.md; where
neither is on PATH that half is skipped, and the run says so. On the embedded engine a file stands in for it, always.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from server.lab import Credentials, Lab, service, vault
from tests.e2e import pages
from tests.e2e.ground import HELLO, Ground

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

LOGIN = Credentials(user="robot", password="correct-horse-battery")
TOKEN = 'a "token" with $igns, \\ and ☃'


@pytest.fixture(scope="module", params=["embedded", pytest.param("nomad", marks=pytest.mark.nomad)])
def ground(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """A lab with secrets in Vault, and a service that waits for one no longer than three seconds."""
    program = vault.find_program()
    if request.param == "nomad" and not program:
        told = f"none of {', '.join(vault.PROGRAMS)} is on PATH: secrets are read on the embedded engine only"
        warnings.warn(told, stacklevel=1)
        pytest.skip(told)
    folder: Path = tmp_path_factory.mktemp(f"lab-secrets-{request.param}")
    with Lab(engine=request.param, folder=folder, vault=True) as lab:
        source = "a file in the place of Vault"
        if isinstance(lab.vault, vault.Vault):
            commands = pages.block("sh", "vault auth enable")
            lab.vault.administer(commands, NOMAD_ADDR=lab.nomad_address)
            source = lab.vault.administer("vault version").strip()
        if reporter := request.config.pluginmanager.get_plugin("terminalreporter"):
            reporter.write_line(f"\nsecrets on {request.param}: from {source}")
        hello = lab.git.create(
            "hello-world", {name: text.format(base=lab.base_image) for name, text in HELLO.items()}
        )
        variables = lab.environment() | {"NOMAD_BUILD_SECRET_TIMEOUT": "3"}
        ground = Ground(
            lab, folder / "service", hello, service.start(folder / "service", variables)
        )
        put(ground, "nomad-build/git", username=LOGIN.user, password=LOGIN.password)
        put(ground, "nomad-build/app", token=TOKEN, port="8080")
        put(ground, "elsewhere/git", username=LOGIN.user, password=LOGIN.password)
        try:
            yield ground
        finally:
            ground.service.stop()


def put(ground: Ground, path: str, **fields: str) -> None:
    assert ground.lab.vault is not None
    ground.lab.vault.put(path, fields)


def log(ground: Ground, build: dict[str, Any], phase: str) -> str:
    asked = {"jobID": build["jobID"], "phase": phase}
    return str(ground.call("getLogs", asked))


def private(ground: Ground, dockerfile: str = "") -> str:
    files = {"Dockerfile": dockerfile or f"FROM {ground.lab.base_image}\n"}
    return ground.lab.git.create("private", files, credentials=LOGIN).url


def test_a_private_repository_is_fetched_with_a_secret_of_vault(ground: Ground) -> None:
    build = ground.build(
        repoURL=private(ground),
        testCommands=[],
        gitCredentialsPath="vault:secret/data/nomad-build/git",
    )
    assert build["status"] == "SUCCEEDED", build
    assert LOGIN.password not in str(build)


@pytest.mark.parametrize("path", ["nomad-build/absent", "elsewhere/git"])
def test_a_secret_that_is_not_there_or_not_allowed_ends_the_build_soon(
    ground: Ground, path: str
) -> None:
    if path == "elsewhere/git" and not isinstance(ground.lab.vault, vault.Vault):
        pytest.skip(
            "the file of the embedded engine has no policies: every task may read all of it"
        )
    build = ground.build(
        repoURL=private(ground), testCommands=[], gitCredentialsPath=f"vault:secret/data/{path}"
    )
    assert (build["status"], build["failure"]["reason"]) == ("FAILED", "secret_unavailable"), build
    assert f"vault.read(secret/data/{path})" in str(build)


@pytest.mark.parametrize("store", ["vault", "nomad"])
def test_a_secret_without_the_field_ends_the_build_at_once(ground: Ground, store: str) -> None:
    path = {"vault": "vault:secret/data/nomad-build/app", "nomad": "nomad:some/app"}[store]
    if store == "nomad":
        put_variable(ground, "some/app", token=TOKEN)
    build = ground.build(repoURL=private(ground), testCommands=[], gitCredentialsPath=path)
    assert (build["status"], build["failure"]["reason"]) == ("FAILED", "secret_unavailable"), build
    assert "no field" in str(build)


def test_a_task_without_a_vault_block_asks_in_vain(ground: Ground) -> None:
    text = '{{ with secret "secret/data/nomad-build/app" }}{{ .Data.data.token }}{{ end }}'
    template = {"EmbeddedTmpl": text, "DestPath": "secrets/x", "ChangeMode": "noop"}
    task = {
        "Name": "t",
        "Driver": "docker",
        "Config": {"image": ground.lab.images.copy, "entrypoint": ["cat", "/secrets/x"]},
        "Templates": [template],
    }
    group = {
        "Name": "g",
        "Tasks": [task],
        "RestartPolicy": {"Attempts": 0, "Mode": "fail"},
        "ReschedulePolicy": {"Attempts": 0, "Unlimited": False},
    }
    job = {"ID": "without-vault", "Type": "batch", "TaskGroups": [group]}
    address = f"{ground.lab.nomad_address}/v1"
    assert requests.put(f"{address}/jobs", json={"Job": job}, timeout=10).ok

    def says_so() -> bool:
        found = requests.get(f"{address}/job/without-vault/allocations", timeout=10).json()
        states = (found[0].get("TaskStates") or {}) if found else {}
        events = states.get("t", {}).get("Events", [])
        wanted = "Missing: vault.read(secret/data/nomad-build/app)"
        return any(wanted in each["DisplayMessage"] for each in events)

    try:
        ground.wait_for(says_so, "the task waits")
    finally:
        requests.delete(f"{address}/job/without-vault", timeout=10)


def put_variable(ground: Ground, path: str, **items: str) -> None:
    answer = requests.put(
        f"{ground.lab.nomad_address}/v1/var/{path}", json={"Path": path, "Items": items}, timeout=10
    )
    assert answer.ok, answer.text


def encodings(value: str) -> list[str]:
    return [value, base64.b64encode(value.encode()).decode().rstrip("=")[:-1]]


def test_a_step_reads_its_secret_and_its_log_does_not_show_it(ground: Ground) -> None:
    dockerfile = (
        f"FROM {ground.lab.base_image}\n"
        "RUN --mount=type=secret,id=app cat /run/secrets/app; echo; base64 /run/secrets/app\n"
        f"RUN --mount=type=secret,id=app [ $(wc -c </run/secrets/app) -eq {len(TOKEN.encode())} ]\n"
    )
    repository = ground.lab.git.create("with-secret", {"Dockerfile": dockerfile})
    build = ground.build(
        repoURL=repository.url,
        testCommands=[],
        buildSecrets={"app": "vault:secret/data/nomad-build/app#token"},
    )
    assert build["status"] == "SUCCEEDED", build
    told = log(ground, build, "build")
    assert "***" in told
    assert not [each for each in encodings(TOKEN) if each in told or each in str(build)]


def test_a_test_has_its_secret_in_the_environment_and_its_log_does_not_show_it(
    ground: Ground,
) -> None:
    # As a user that nobody has foreseen.
    dockerfile = f"FROM {ground.lab.base_image}\nUSER 4711\n"
    build = ground.build(
        repoURL=ground.lab.git.create("somebody", {"Dockerfile": dockerfile}).url,
        testCommands=[
            'printf %s "$APP_TOKEN"; echo; printf %s "$APP_TOKEN" | base64; env; '
            f'[ "$(printf %s "$APP_TOKEN" | wc -c)" -eq {len(TOKEN.encode())} ]'
        ],
        testSecrets={"APP_TOKEN": "vault:secret/data/nomad-build/app#token"},
    )
    assert build["status"] == "SUCCEEDED", build
    told = log(ground, build, "test")
    assert "APP_TOKEN=***" in told
    assert "VAULT_TOKEN" not in told
    assert not [each for each in encodings(TOKEN) if each in told or each in str(build)]


def test_a_failing_step_does_not_show_its_secret_in_the_failure(ground: Ground) -> None:
    dockerfile = (
        f"FROM {ground.lab.base_image}\n"
        'RUN --mount=type=secret,id=app echo "cannot sign in with $(cat /run/secrets/app)" >&2; exit 7\n'
    )
    repository = ground.lab.git.create("failing-with-secret", {"Dockerfile": dockerfile})
    build = ground.build(
        repoURL=repository.url,
        testCommands=[],
        buildSecrets={"app": "vault:secret/data/nomad-build/app#token"},
    )
    assert (build["status"], build["failure"]["reason"]) == ("FAILED", "step_failed"), build
    assert "cannot sign in with ***" in str(build)
    assert TOKEN not in str(build)
