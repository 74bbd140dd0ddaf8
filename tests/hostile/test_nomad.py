"""A real Nomad reads hostile values as we do: its parser gives our JSON, and finds it valid."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

import generator
from server.lab import nomad
from tests import nulls
from tests.hostile import cases, judge, payloads
from tests.hostile.judge import Harmless, Tally

pytestmark = [pytest.mark.nomad, pytest.mark.timeout(600)]

_TURNS = 12  # each has other texts in all places


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Nomad."""
    started = nomad.start(tmp_path_factory.mktemp("nomad"), volumes={})
    yield started.address
    started.stop()


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The HCL text of every job that is rendered from here on, and our JSON of it."""
    seen: list[tuple[str, dict[str, Any]]] = []

    def render_job(pack: generator.Pack, **overrides: Any) -> dict[str, Any]:
        ((name, text),) = generator.render(
            pack, auxiliary=False, formatted=False, **overrides
        ).jobs.items()
        job = generator.parse_job(text, name)
        seen.append((text, job))
        return job

    monkeypatch.setattr(generator, "render_job", render_job)
    return seen


def turns(world: cases.World) -> Iterator[dict[str, str]]:
    """Values for all places at once, which share the texts among them."""
    harmless = Harmless(world)
    worn = {
        slot.name: [
            cases.dress(*each)
            for each in judge.wear(harmless, slot, payloads.TEXTS[number::_TURNS], Tally())
        ]
        for number, slot in ((number % _TURNS, slot) for number, slot in enumerate(world.slots))
    }
    for turn in range(_TURNS):
        yield {
            name: values[(turn * len(values) // _TURNS + number) % len(values)]
            for number, (name, values) in enumerate(worn.items())
            if values
        }


@pytest.mark.parametrize("number", range(len(cases.worlds())))
def test_nomad_reads_hostile_values_as_we_do(
    number: int, agent: str, written: list[tuple[str, dict[str, Any]]]
) -> None:
    world = cases.worlds()[number]
    for values in itertools.islice(turns(world), _TURNS):
        written.clear()
        judge.render(world.request(values))
        assert written
        for text, ours in written:
            parsed = requests.post(
                f"{agent}/v1/jobs/parse", json={"JobHCL": text, "Canonicalize": False}, timeout=30
            )
            assert parsed.ok, parsed.text
            assert nulls.without_nulls(parsed.json()) == json.loads(generator.encode_job(ours))

            # An agent without Vault refuses whatever wants it, as it should: here the rest of the job counts.
            for task in (task for group in ours["TaskGroups"] for task in group["Tasks"]):
                task.pop("Vault", None)
            checked = requests.post(f"{agent}/v1/validate/job", json={"Job": ours}, timeout=30)
            assert checked.ok, checked.text
            assert checked.json()["Error"] == "", values
