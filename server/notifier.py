"""Calls webhooks: at least once each, with retries that are kept in the record, so that another replica goes on.

An attempt is noted in the record before it is made. Whoever dies in between has the next one come at its time,
and two replicas that look at the same moment make one attempt.
"""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from server import descriptions, logbook, webhooks
from server.config import Config
from server.destinations import AllowedHosts
from server.errors import BuildNotFound, NomadError, ServiceError
from server.metrics import Metrics
from server.nomad import Nomad
from server.outbound import DeliveryFailed, Sender
from server.record import Delivery, Record
from server.replicas import Replicas
from server.store import Store, Stored

_log = logging.getLogger(__name__)

_SECRET_ITEM = "secret"


class Notifier:
    """Delivers what is due, between ``start`` and ``stop``."""

    def __init__(
        self, nomad: Nomad, store: Store, config: Config, *, replicas: Replicas, metrics: Metrics
    ) -> None:
        self._nomad = nomad
        self._store = store
        self._replicas = replicas
        self._metrics = metrics
        self._interval = min(config.resync_interval, 5)
        self._sender = Sender(AllowedHosts.parse(config.webhook_hosts))
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Start delivering in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is left undone another replica or the next start does."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout=10)

    def notify(self) -> None:
        """Have the open deliveries looked at now."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                for build_id in self._store.list_deliveries():
                    if self._stopping.is_set():
                        return
                    if self._replicas.owns(build_id):
                        self._attend(build_id)
            except NomadError as error:
                _log.warning("the open deliveries cannot be listed: %s", error.message)
            except Exception:
                _log.exception("the open deliveries cannot be listed")
            self._wake.wait(self._interval)

    def _attend(self, build_id: str) -> None:
        """Make the next attempt of a delivery if it is due."""
        with logbook.bind(build=build_id):
            try:
                self._deliver(build_id)
            except NomadError as error:
                _log.warning("the webhook waits for Nomad: %s", error.message)
            except ServiceError as error:
                _log.error("the webhook waits: %s", error)
            except Exception:
                _log.exception("the webhook failed unexpectedly")

    def _deliver(self, build_id: str) -> None:
        try:
            stored = self._store.read(build_id)
        except BuildNotFound:
            self._store.close_delivery(build_id)
            return
        build, delivery = stored.record, stored.record.delivery
        if delivery is None or delivery.next_attempt_at is None:
            if build.ended:
                self._store.close_delivery(build_id)
            return
        if self._nomad.clock.now() < delivery.next_attempt_at:
            return
        claimed = self._claim(stored, delivery)
        if claimed is not None:
            self._attempt(claimed)

    def _claim(self, stored: Stored, delivery: Delivery) -> Stored | None:
        """Note the attempt, and when the next one comes if nothing is heard of this one."""
        attempts = delivery.attempts + 1
        pause = webhooks.delay_after(attempts, delivery.id)
        noted = delivery.model_copy(
            update={
                "attempts": attempts,
                "next_attempt_at": None if pause is None else self._nomad.clock.now() + pause,
            }
        )
        return self._store.update(stored, stored.record.model_copy(update={"delivery": noted}))

    def _attempt(self, stored: Stored) -> None:
        build, delivery = stored.record, stored.record.delivery
        assert delivery is not None
        try:
            self._send(build, delivery)
        except DeliveryFailed as error:
            result = self._after_failure(delivery, error)
        else:
            delivered = {"delivered_at": self._nomad.clock.now(), "next_attempt_at": None}
            result = delivery.model_copy(update=delivered | {"last_error": ""})
        self._metrics.webhook_attempted(
            "delivered" if result.delivered_at else "retried" if result.open else "given_up"
        )
        _log.info("webhook: %s", result.last_error or "delivered")
        self._store.update(stored, build.model_copy(update={"delivery": result}))
        if not result.open:
            self._store.close_delivery(build.id)

    def _after_failure(self, delivery: Delivery, error: DeliveryFailed) -> Delivery:
        asked = None if error.retry_after is None else timedelta(seconds=error.retry_after)
        pause = webhooks.delay_after(delivery.attempts, delivery.id, asked)
        again = None if error.permanent or pause is None else self._nomad.clock.now() + pause
        return delivery.model_copy(update={"next_attempt_at": again, "last_error": error.message})

    def _send(self, build: Record, delivery: Delivery) -> None:
        request = build.request
        now = self._nomad.clock.now()
        content = descriptions.describe_build(build).model_dump(
            mode="json", by_alias=True, exclude_none=True
        )
        body = webhooks.encode_body(delivery.event, delivery.id, now, content)
        headers = webhooks.create_headers(
            delivery.event, delivery.id, now, body, self._read_secret(request.webhook_secret_path)
        )
        self._sender.send(request.webhook_url, {**request.webhook_headers, **headers}, body)

    def _read_secret(self, path: str) -> bytes | None:
        """Read what signs the body: held for this attempt alone, and never stored."""
        if not path:
            return None
        variable = self._nomad.read_variable(path)
        secret = variable.items.get(_SECRET_ITEM) if variable else None
        if not secret:
            msg = f"the variable {path} with the item {_SECRET_ITEM} is missing"
            raise DeliveryFailed(msg, permanent=False)
        return secret.encode()
