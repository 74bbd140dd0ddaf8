"""Calling Nomad: one client with few pooled connections, counted calls, and our errors for whatever goes wrong."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import nomad
import nomad.api.exceptions
import requests

from server import transport
from server.clock import Clock
from server.config import Config
from server.errors import NomadConflict, NomadError, NomadNotFound, NomadUnreachable
from server.metrics import Metrics

_TIMEOUT = 10  # seconds; Nomad answers our calls from memory
# What a Nomad without leader or with a broken connection to it says with status 500. Not "rpc error":
# an agent that passes calls on puts it before whatever the leader has refused (helper/pool/pool.go).
_TRANSIENT = (
    "no cluster leader",
    "leadership lost",
    "failed to get conn",
    "connection refused",
    "connection reset",
    "broken pipe",
    "i/o timeout",
    "rpc error: eof",
    "no path to region",
)
# What it says of a lock that another holds, or nobody any more: the first with 409, the others with 500.
_LOCKED = ("variable doesn't hold a lock", "attempting to modify locked variable")
_JOB_EXISTS = "enforcing job modify index 0: job already exists"
# Bodies in messages are cut: the first lines say what is wrong.
_MESSAGE_LIMIT = 1000


class Calls:
    """What all calls have in common."""

    def __init__(
        self, config: Config, metrics: Metrics | None = None, clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock()
        self._metrics = metrics or Metrics()
        self._session = transport.open_session(config)
        self._session.hooks["response"].append(self._read_date)
        self._client = nomad.Nomad(
            address=config.nomad_address,
            token=config.nomad_token.get_secret_value() or None,
            namespace=config.nomad_namespace or None,
            region=config.nomad_region or None,
            verify=transport.verification(config),
            cert=transport.certificate(config),
            timeout=_TIMEOUT,
            session=self._session,
        )
        self._address = config.nomad_address
        # python-nomad names the namespace by itself, but not to variables and events.
        self._namespace = config.nomad_namespace or None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def _read_date(self, answer: requests.Response, *_: object, **__: object) -> None:
        self.clock.observe(answer.headers.get("Date"), answer.elapsed)

    @contextlib.contextmanager
    def _call(self, name: str) -> Iterator[None]:
        """Count a call, and turn what python-nomad and requests raise into our errors."""
        with self._metrics.nomad_call(name), self._errors():
            yield

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what python-nomad and requests raise into our errors."""
        try:
            yield
        except nomad.api.exceptions.BaseNomadException as error:
            raise self._translate(error) from error
        except (OSError, json.JSONDecodeError) as error:  # requests' errors are OSErrors
            message = f"the connection to Nomad at {self._address} broke: {_cut(str(error))}"
            raise NomadUnreachable(message) from error
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            # Whatever stands at that address did not give the data that Nomad gives.
            message = f"what answers at {self._address} is not Nomad: {type(error).__name__}"
            raise NomadUnreachable(message) from error

    def _translate(self, error: nomad.api.exceptions.BaseNomadException) -> NomadError:
        response = error.nomad_resp
        if not isinstance(response, requests.Response):
            return NomadUnreachable(
                f"Nomad at {self._address} does not answer: {_cut(str(response))}"
            )
        body = _cut(response.text.strip())
        message = f"Nomad answered {response.status_code}: {body}"
        lower = body.lower()
        conflicts = (_JOB_EXISTS, *_LOCKED)
        if response.status_code == requests.codes.conflict or any(
            each in lower for each in conflicts
        ):
            return NomadConflict(message)
        if "no path to node" in lower:
            return NomadUnreachable(message)
        if response.status_code == requests.codes.not_found or "unknown allocation" in lower:
            return NomadNotFound(message)
        if "no such file or directory" in lower or "not started yet" in lower:
            return NomadNotFound(message)
        transient = response.status_code >= 500 and any(each in lower for each in _TRANSIENT)
        if transient or response.status_code in (429, 502, 503, 504):
            return NomadUnreachable(message)
        return NomadError(message)


def _cut(text: str) -> str:
    return text if len(text) <= _MESSAGE_LIMIT else f"{text[:_MESSAGE_LIMIT]}…"
