"""The jobs of a build: from its record and the configuration to the packs' variables, to jobspec JSON."""

from __future__ import annotations

from typing import Any, Literal, assert_never

import generator
from server import variants
from server.config import Config
from server.record import Record

Kind = Literal["build", "test", "publish", "cleanup"]


def render_job(kind: Kind, record: Record, config: Config) -> dict[str, Any]:
    """Render the job of a phase, or the one that cleans up after a build, as Nomad's API takes it."""
    return generator.render_job(
        generator.find_pack(kind),
        variant=_variant(kind, record),
        values=_placement(config) | _values(kind, record, config),
    )


def render_prune_job(run_id: str, node_id: str, config: Config) -> dict[str, Any]:
    """Render the job that removes stale working containers from the layer cache of a node."""
    return generator.render_job(
        generator.find_pack("prune"),
        variant=None,
        values=_placement(config)
        | {
            "run_id": run_id,
            "node_id": node_id,
            "cache_volume": config.cache_volume,
            "builder_image": config.builder_image,
            "security_opt": list(config.security_opt),
            "storage_driver": config.storage_driver,
        },
    )


def _variant(kind: Kind, record: Record) -> str | None:
    match kind:
        case "build":
            return record.variant
        case "test":
            return variants.of_test(record.variant)
        case "publish" | "cleanup":
            return None
        case _:
            assert_never(kind)


def _placement(config: Config) -> dict[str, Any]:
    return {
        "region": config.nomad_region,
        "namespace": config.nomad_namespace,
        "datacenters": list(config.datacenters),
        "node_pool": config.node_pool,
        "network_mode": config.network_mode,
    }


def _values(kind: Kind, record: Record, config: Config) -> dict[str, Any]:
    request = record.request
    registry: dict[str, Any] = {
        "staging_image": record.staging_image,
        "insecure_registries": list(config.insecure_registries),
        "registry_credentials": request.registry_credentials_path,
        "vault_role": config.vault_role,
    }
    match kind:
        case "build":
            cache = (
                {"cache_volume": config.cache_volume} if record.variant.endswith("-cache") else {}
            )
            return (
                registry
                | cache
                | {
                    "build_id": record.id,
                    "repo_url": request.repo_url,
                    "git_ref": request.git_ref,
                    "dockerfile_path": request.dockerfile_path,
                    "git_credentials": request.git_credentials_path,
                    "git_protocols": list(config.git_protocols),
                    "builder_image": config.builder_image,
                    "source_image": config.source_image,
                    "security_opt": list(config.security_opt),
                    "storage_driver": config.storage_driver,
                    "source_timeout": config.source_timeout,
                    "build_timeout": config.build_timeout,
                }
            )
        case "test":
            return {
                "build_id": record.id,
                "image": f"{record.staging_repository}@{record.digest}",
                "commands": list(request.test_commands),
                "command_timeout": config.test_timeout,
            }
        case "publish":
            return registry | {
                "build_id": record.id,
                "digest": record.digest,
                "image": request.repository,
                "tags": list(record.tags),
                "copy_image": config.copy_image,
                "publish_timeout": config.publish_timeout,
                "attempt": record.publish.attempt,
            }
        case "cleanup":
            return registry | {"build_id": record.id, "copy_image": config.copy_image}
        case _:
            assert_never(kind)
