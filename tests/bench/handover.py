"""How long the service takes from a phase's end to the registration of the next."""

from __future__ import annotations

import contextlib
import json
import statistics
import threading
import time
from collections.abc import Iterator

import requests

from tests.bench.report import Row
from tests.e2e.ground import Ground

_FOLLOWING = {"build": "test", "test": "publish"}


class _Listener:
    """Notes when the event that ends a phase can be read from Nomad."""

    def __init__(self, address: str) -> None:
        self.ended: dict[str, float] = {}
        self._answer = requests.get(
            f"{address}/v1/event/stream", params={"topic": "Allocation"}, stream=True, timeout=60
        )
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with contextlib.suppress(requests.RequestException):  # Nomad ends before this thread does.
            self._read()

    def _read(self) -> None:
        for line in self._answer.iter_lines(chunk_size=None):
            now = time.time()
            for event in json.loads(line or b"{}").get("Events") or ():
                allocation = event["Payload"]["Allocation"]
                if allocation["ClientStatus"] == "complete":
                    self.ended.setdefault(allocation["JobID"], now)


def measure(ground: Ground, rounds: int) -> list[Row]:
    """Measure two hand-overs in each of some builds."""
    listener = _Listener(ground.lab.nomad_address)
    builds = [ground.build() for _ in range(rounds)]
    seconds = sorted(_hand_overs(ground, listener, [build["jobID"] for build in builds]))
    count = len(seconds)
    against = f"{count} hand-overs"
    median, worst = statistics.median(seconds) * 1000, seconds[-1] * 1000
    return [
        Row(
            what="hand-over, median",
            measured=f"{median:.0f} ms",
            against=against,
            value=median,
            limit=50,
            unit="ms",
        ),
        Row(
            what="hand-over, worst",
            measured=f"{worst:.0f} ms",
            against=against,
            value=worst,
            limit=250,
            unit="ms",
        ),
    ]


def _hand_overs(ground: Ground, listener: _Listener, build_ids: list[str]) -> Iterator[float]:
    for build_id in build_ids:
        for phase, following in _FOLLOWING.items():
            job = requests.get(
                f"{ground.lab.nomad_address}/v1/job/{following}-{build_id}", timeout=10
            ).json()
            # The service can be the quicker reader of the two: it has then lost no time at all.
            yield max(job["SubmitTime"] / 1e9 - listener.ended[f"{phase}-{build_id}"], 0.0)
