"""``nomad-build doctor``: what is well, what is not, and what to do about it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.embedded import config as engine_config
from server.lab import Lab
from tests import serving
from tests.e2e import pages
from tests.server.cli.conftest import Served
from tests.server.cli.typing_commands import run
from tests.worlds import World


def examine(*arguments: str, **environment: str) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """Return the exit code, and what was found by what was looked at."""
    result = run("doctor", "--json", *arguments, environment=environment)
    answer = json.loads(result.stdout)
    assert answer["ok"] is (result.exit_code == 0)
    found: dict[str, list[dict[str, Any]]] = {}
    for each in answer["checks"]:
        found.setdefault(each["check"], []).append(each)
    return result.exit_code, found


def states(found: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Return how each thing is; each was looked at once."""
    return {name: each["state"] for name, (each,) in found.items()}


@pytest.fixture
def cached(tmp_path: Path) -> Iterator[World]:
    """A world whose node has the cache volume."""
    (tmp_path / "cache").mkdir()
    volumes = {"buildah-cache": engine_config.HostVolume(path=tmp_path / "cache")}
    world = World(tmp_path / "engine", host_volumes=volumes)
    with world.engine:
        yield world


def test_a_cluster_that_has_all_is_well(cached: World) -> None:
    code, found = examine("--offline", NOMAD_ADDR=cached.engine.address)
    assert code == 0
    assert states(found) == {
        "settings": "ok",
        "nomad": "ok",
        "clock": "ok",
        "token": "ok",
        "nodes": "ok",
        "version": "ok",
        "docker": "ok",
        "cache": "ok",
        "network": "ok",
        "vault": "ok",
        "service": "warn",
    }
    assert "Nomad has no ACLs" in found["token"][0]["message"]


def test_a_service_that_is_asked_is_ready(served: Served) -> None:
    environment = {"NOMAD_ADDR": served.stage.world.engine.address, "NOMAD_BUILD_URL": served.url}
    code, found = examine("--offline", **environment)
    assert (code, found["service"][0]["state"]) == (0, "ok")
    assert found["cache"][0]["state"] == "warn"
    assert "uid 1000" in found["cache"][0]["mend"]


def test_a_service_that_was_named_and_does_not_answer_is_a_fault(cached: World) -> None:
    code, found = examine(
        "--offline", "--url", "http://127.0.0.1:9", NOMAD_ADDR=cached.engine.address
    )
    assert (code, found["service"][0]["state"]) == (1, "fail")


def test_a_service_that_is_not_ready_says_why(served: Served) -> None:
    served.stage.world.engine.stop()
    _, found = examine("--offline", NOMAD_BUILD_URL=served.url)
    assert found["service"][0]["state"] == "fail"
    assert "Nomad" in found["service"][0]["message"]


def test_another_program_at_the_address_is_no_service_that_is_ready(cached: World) -> None:
    async def greet(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    with serving.serving(Starlette(routes=[Route("/ready", greet)])) as url:
        code, found = examine("--offline", "--url", url, NOMAD_ADDR=cached.engine.address)
    assert (code, found["service"][0]["state"]) == (1, "fail")
    assert "is not the service" in found["service"][0]["message"]


def test_a_nomad_that_does_not_answer_is_the_end_of_it() -> None:
    code, found = examine("--offline", NOMAD_ADDR="http://127.0.0.1:9")
    assert code == 1
    assert found["nomad"][0]["state"] == "fail"
    assert "Connection refused" in found["nomad"][0]["message"]
    assert "NOMAD_ADDR" in found["nomad"][0]["mend"]
    assert "docker" not in found


def test_a_misspelt_setting_is_named() -> None:
    code, found = examine(NOMAD_BUILD_BUILDER_IMAG="x")
    assert code == 1
    assert found["settings"][0]["mend"] == "Did you mean NOMAD_BUILD_BUILDER_IMAGE?"
    assert list(found) == ["settings"]


def test_nodes_that_take_no_builds_are_told(cached: World) -> None:
    cached.engine.drain_node()
    code, found = examine("--offline", NOMAD_ADDR=cached.engine.address)
    assert (code, found["nodes"][0]["state"]) == (1, "fail")
    assert "of 1 nodes none is ready in datacenters *" in found["nodes"][0]["message"]
    cached.engine.undrain_node()
    code, found = examine(
        "--offline", NOMAD_ADDR=cached.engine.address, NOMAD_BUILD_DATACENTERS="elsewhere"
    )
    assert (code, found["nodes"][0]["state"]) == (1, "fail")


def test_for_people_each_line_says_how_it_is_and_what_to_do(cached: World) -> None:
    environment = {"NOMAD_ADDR": cached.engine.address, "NOMAD_BUILD_CACHE_VOLUME": "layers"}
    result = run("doctor", "--offline", environment=environment)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "ok   settings   the environment can be read"
    place = lines.index("warn cache      no node has the host volume layers: no build keeps layers")
    assert lines[place + 1].strip().startswith("Add it to the client's configuration")


@contextlib.contextmanager
def registry(status: int = 200) -> Iterator[str]:
    """A registry with one image, or that answers everything with a status; yields its host and port."""

    async def base(request: Request) -> Response:
        return JSONResponse({}, status)

    async def manifest(request: Request) -> Response:
        known = request.path_params["path"] == "team/buildah/manifests/1"
        return JSONResponse({}, 200 if known else 404)

    web = Starlette(routes=[Route("/v2/", base), Route("/v2/{path:path}", manifest)])
    with serving.serving(web) as address:
        yield address.removeprefix("http://")


@pytest.mark.parametrize(("status", "state"), [(200, "ok"), (401, "ok"), (404, "warn")])
def test_a_registry_answers_or_is_none(cached: World, status: int, state: str) -> None:
    with registry(status) as host:
        _, found = examine(NOMAD_ADDR=cached.engine.address, NOMAD_BUILD_INSECURE_REGISTRIES=host)
    assert [each["state"] for each in found["registry"]] == [state]


def test_images_are_looked_for_where_they_come_from(cached: World) -> None:
    with registry() as host:
        environment = {
            "NOMAD_ADDR": cached.engine.address,
            "NOMAD_BUILD_INSECURE_REGISTRIES": host,
            "NOMAD_BUILD_BUILDER_IMAGE": f"{host}/team/buildah:1",
            "NOMAD_BUILD_SOURCE_IMAGE": f"{host}/team/buildah:1",
            "NOMAD_BUILD_COPY_IMAGE": f"{host}/team/skopeo",
            "NOMAD_BUILD_SBOM_IMAGE": f"{host}/team/syft",
        }
        code, found = examine(**environment)
    assert code == 0
    assert [(each["state"], each["message"].partition(" ")[2]) for each in found["image"]] == [
        ("ok", "can be pulled"),
        ("warn", f"is not there ({host} answers 404)"),
        ("warn", f"is not there ({host} answers 404)"),
    ]
    assert "NOMAD_BUILD_COPY_IMAGE" in found["image"][1]["mend"]


def test_a_registry_that_requests_may_not_name_is_told(cached: World) -> None:
    with registry() as host:
        code, found = examine("--registry", host, NOMAD_ADDR=cached.engine.address)
    assert (code, found["registry"][0]["state"]) == (1, "fail")
    assert "NOMAD_BUILD_REGISTRY_HOSTS" in found["registry"][0]["mend"]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A Nomad that obeys only who has a token."""
    with Lab(engine="nomad", folder=tmp_path_factory.mktemp("lab-doctor"), acl=True) as lab:
        yield lab


def make_token(lab: Lab, folder: Path, policy: str) -> str:
    """Make a token by the commands of docs/security.md with a policy."""
    (folder / "server.hcl").write_text(policy)
    ended = subprocess.run(
        ["sh", "-euc", pages.block("sh", "nomad acl token create")],
        cwd=folder,
        env=os.environ | {"NOMAD_ADDR": lab.nomad_address, "NOMAD_TOKEN": lab.nomad_token},
        capture_output=True,
        text=True,
        check=True,
    )
    return ended.stdout.splitlines()[-1]


@pytest.mark.docker
@pytest.mark.nomad
@pytest.mark.timeout(300)
def test_what_a_token_may_do_on_a_real_nomad(guarded: Lab, tmp_path: Path) -> None:
    policy = pages.block("hcl", 'host_volume "buildah-cache"')
    environment = guarded.environment()

    def look(token: str) -> dict[str, Any]:
        _, found = examine("--offline", **environment, NOMAD_TOKEN=token)
        return found["token"][0]

    assert look(make_token(guarded, tmp_path, policy))["state"] == "ok"
    code, found = examine(**environment, NOMAD_TOKEN=make_token(guarded, tmp_path, policy))
    assert code == 0
    assert {
        found[name][0]["state"] for name in ("nomad", "version", "docker", "cache", "registry")
    } == {"ok"}

    assert look(guarded.nomad_token)["state"] == "warn"
    assert "may do far more" in look(guarded.nomad_token)["message"]
    assert look("11111111-2222-3333-4444-555555555555")["state"] == "fail"
    nobody = look("")
    assert nobody["state"] == "fail"
    assert 'who has no NOMAD_TOKEN lacks "list-jobs"' in nobody["message"]

    # The same policy is looked at anew: a token has it by name.
    less = make_token(guarded, tmp_path, policy.replace('"read-logs", ', ""))
    assert look(less)["message"] == 'NOMAD_TOKEN lacks "read-logs" in namespace default'
    by_word = policy.replace(
        'capabilities = ["list-jobs", "read-job", "submit-job", "read-logs", "read-fs"]',
        'policy = "write"',
    )
    assert by_word != policy
    assert look(make_token(guarded, tmp_path, by_word))["state"] == "ok"
    without_volume = policy.partition("host_volume")[0]
    optional = look(make_token(guarded, tmp_path, without_volume))
    assert optional["state"] == "warn"
    assert 'host_volume "buildah-cache"' in optional["message"]
