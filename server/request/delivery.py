"""How the caller and other builds are dealt with: repeated requests, conflicts, the webhook."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import pydantic

from server import destinations, webhooks
from server.request.parts import Part
from server.request.patterns import Line

_WEBHOOK_SECRET = re.compile(r"nomad-build/webhooks/[A-Za-z0-9_~-]+(?:/[A-Za-z0-9_~-]+){0,4}")


class DeliveryFields(Part):
    """The fields of a request that say how it is taken in and how its end is told."""

    request_id: Annotated[
        Line,
        pydantic.Field(
            max_length=128,
            # Whoever knows no more than that names are in camelCase writes the second.
            validation_alias=pydantic.AliasChoices("requestID", "requestId"),
            description="Any text of yours: submitting it again returns the same build",
        ),
    ] = ""
    on_conflict: Annotated[
        Literal["queue", "supersede", "reject"],
        pydantic.Field(description="With an older build that publishes to the same tag"),
    ] = "queue"
    webhook_url: Annotated[
        Line,
        pydantic.Field(max_length=2048, description="Where to POST the result"),
    ] = ""
    webhook_on_success: bool = True
    webhook_on_failure: bool = True
    webhook_headers: Annotated[
        dict[str, str],
        pydantic.Field(description="No secrets"),
    ] = {}
    webhook_secret_path: Annotated[
        Line,
        pydantic.Field(description="Nomad Variable whose item secret signs the body"),
    ] = ""

    @pydantic.field_validator("webhook_url")
    @classmethod
    def _check_webhook_url(cls, value: str) -> str:
        if value:
            destinations.parse_url(value)
        return value

    @pydantic.field_validator("webhook_headers")
    @classmethod
    def _check_webhook_headers(cls, value: dict[str, str]) -> dict[str, str]:
        webhooks.check_headers(value)
        return value

    @pydantic.field_validator("webhook_secret_path")
    @classmethod
    def _check_webhook_secret_path(cls, value: str) -> str:
        # Of this one secret the service itself is the reader: it must not be led to any other.
        path = value.removeprefix("nomad:")
        if value and not _WEBHOOK_SECRET.fullmatch(path):
            msg = "must be the path of a Nomad Variable below nomad-build/webhooks/, never the secret itself"
            raise ValueError(msg)
        return path
