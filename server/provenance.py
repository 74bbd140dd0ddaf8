"""Where an image comes from: a record to the text of an in-toto statement with SLSA's provenance. Pure.

Mirrors https://in-toto.io/Statement/v1 and https://slsa.dev/provenance/v1. The same record gives the same bytes: its
times are those of the build phase, so that another attempt to publish attaches nothing new.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from server.config import Config
from server.record import Record
from server.request import BuildRequest

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://slsa.dev/provenance/v1"
PROJECT = "https://github.com/geraldthewes/nomad-build-service"
BUILD_TYPE = f"{PROJECT}/build/v1"
"""Says what the parameters mean: the fields of a request, and what of the build pack's values the operator decides."""

# What a request says of its callers, of its turn and of notices has no part in what is in the image.
_NOT_BUILDING = {"owner", "request_id", "on_conflict"} | {
    name for name in BuildRequest.model_fields if name.startswith("webhook_")
}


def write_statement(record: Record, config: Config, *, pack_version: str) -> str:
    """Return the statement for the image that a build has staged, as JSON with one line end.

    ``pack_version`` is the build pack's. Of secrets only references can be in it: a record has no others.

    Raises:
        ValueError: the record has no digest yet, so there is nothing to state anything of.
    """
    algorithm, _, value = record.digest.partition(":")
    if not value:
        msg = f"build {record.id} has no image yet"
        raise ValueError(msg)
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": record.request.repository, "digest": {algorithm: value}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "buildDefinition": _build_definition(record, config, pack_version),
            "runDetails": _run_details(record, config, pack_version),
        },
    }
    return json.dumps(statement, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _build_definition(record: Record, config: Config, pack_version: str) -> dict[str, Any]:
    request = record.request
    source: dict[str, Any] = {"uri": _source_uri(request.repo_url, request.git_ref)}
    if record.commit:
        source["digest"] = {"gitCommit": record.commit}
    return {
        "buildType": BUILD_TYPE,
        "externalParameters": _parameters(record),
        "internalParameters": {
            "pack": {"name": "build", "version": pack_version},
            "variant": record.variant,
            "storageDriver": config.storage_driver,
        },
        "resolvedDependencies": [source, _image(config.source_image), _image(config.builder_image)],
    }


def _run_details(record: Record, config: Config, pack_version: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"invocationId": record.job_of("build")}
    if record.build.started_at is not None:
        metadata["startedOn"] = _moment(record.build.started_at)
    if record.build.ended_at is not None:
        metadata["finishedOn"] = _moment(record.build.ended_at)
    return {
        "builder": {
            "id": PROJECT,
            "version": {"nomad-build-pack": pack_version},
            "builderDependencies": [_image(config.builder_image)],
        },
        "metadata": metadata,
    }


def _parameters(record: Record) -> dict[str, Any]:
    """What the caller has asked for, in the spelling of the service, as far as it is not left at its default."""
    return record.request.model_dump(
        mode="json", by_alias=True, exclude_defaults=True, exclude=_NOT_BUILDING
    )


def _source_uri(url: str, ref: str) -> str:
    """Write a repository as SPDX's download location does: git+https://HOST/PATH@REF."""
    if "://" in url:
        return f"git+{url}@{ref}"
    host, _, path = url.partition(":")  # git@HOST:PATH
    return f"git+ssh://{host}/{path}@{ref}"


def _image(reference: str) -> dict[str, Any]:
    """Describe an image that a task ran in: by digest if it is named by one, else by its name alone."""
    name, _, digest = reference.partition("@")
    algorithm, _, value = digest.partition(":")
    described: dict[str, Any] = {"uri": f"docker://{name}"}
    if value:
        described["digest"] = {algorithm: value}
    return described


def _moment(time: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
