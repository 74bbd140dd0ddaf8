"""The jobs of a build: from its record and the configuration to the packs' variables, to jobspec JSON."""

from __future__ import annotations

from typing import Any, Literal, assert_never

import generator
from server import deadlines, provenance, variants
from server.config import Config
from server.record import Record
from server.request import BuildRequest, Resources

_SCAN_DISK = 10_240  # MiB, as for a build
# MHz and MiB: for all tests of a build together, for one of them at most, and at least.
_TESTS_CPU = 500
_LEAST_CPU = 50
_TESTS_MEMORY = 4096
_TEST_MEMORY = 1024
_LEAST_MEMORY = 64

Kind = Literal["plan", "build", "test", "publish", "cleanup"]
Values = dict[str, Any]


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
        case "plan" | "publish" | "cleanup":
            return None
        case _:
            assert_never(kind)


def _placement(config: Config) -> Values:
    return {
        "region": config.nomad_region,
        "namespace": config.nomad_namespace,
        "datacenters": list(config.datacenters),
        "node_pool": config.node_pool,
        "network_mode": config.network_mode,
    }


def _values(kind: Kind, record: Record, config: Config) -> Values:
    match kind:
        case "plan":
            return _source(record, config) | {"build_file": record.request.file_path}
        case "build":
            return _source(record, config) | _registry(record, config) | _build(record, config)
        case "test":
            return _test(record, config)
        case "publish":
            return _registry(record, config) | _publish(record, config)
        case "cleanup":
            return _registry(record, config) | {
                "build_id": record.id,
                "copy_image": config.copy_image,
            }
        case _:
            assert_never(kind)


def _source(record: Record, config: Config) -> Values:
    """What fetching a commit takes."""
    request = record.request
    return _network(request, config) | {
        "build_id": record.id,
        "repo_url": request.repo_url,
        "git_ref": request.git_ref,
        "git_credentials": request.git_credentials_path,
        "git_credentials_type": "ssh_key" if request.protocol == "ssh" else "password",
        "git_protocols": list(config.git_protocols),
        "source_image": config.source_image,
        "source_timeout": config.source_timeout,
        "vault_role": config.vault_role,
    }


def _network(request: BuildRequest, config: Config) -> Values:
    """How hosts outside are reached: what a request says goes before the operator's setting."""
    return {
        "ca_certificates": "\n".join(
            filter(None, (config.ca_certificates, request.ca_certificates))
        ),
        "http_proxy": request.proxy.http or config.http_proxy,
        "https_proxy": request.proxy.https or config.https_proxy,
        "no_proxy": request.proxy.no_proxy or config.no_proxy,
    }


def _registry(record: Record, config: Config) -> Values:
    """What speaking with the registry takes in which the image waits for its tests."""
    return _network(record.request, config) | {
        "staging_image": record.staging_image,
        "insecure_registries": list(config.insecure_registries),
        "registry_credentials": record.request.registry_credentials_path,
        "vault_role": config.vault_role,
    }


def _build(record: Record, config: Config) -> Values:
    request = record.request
    cache = {"cache_volume": config.cache_volume} if record.variant.endswith("-cache") else {}
    return (
        cache
        | _resources(request.build_resources)
        | {
            "dockerfile_path": request.dockerfile_path,
            "context_path": request.context_path,
            "submodules": request.submodules,
            "lfs": request.lfs,
            "build_args": dict(request.build_args),
            "build_secrets": dict(request.build_secrets),
            "ssh_key": request.build_ssh_path,
            "target": request.target,
            "labels": dict(request.labels),
            "annotations": _annotations(record),
            "platform": request.platform,
            "image_format": request.image_format,
            "reproducible": request.reproducible,
            "build_network": "none" if request.build_network == "off" else "",
            "no_cache": request.no_cache,
            "clear_cache": request.clear_cache,
            "cache_from": list(request.cache_from),
            "cache_to": request.cache_to,
            # A trust domain is an owner: nobody else shares his layers.
            "cache_scope": request.owner,
            "builder_image": config.builder_image,
            "security_opt": list(config.security_opt),
            "storage_driver": config.storage_driver,
            "build_timeout": deadlines.task_seconds(request, "build", config),
        }
    )


def _annotations(record: Record) -> dict[str, str]:
    """What the image says of itself; its commit and its time are added where they become known."""
    return {
        "org.opencontainers.image.source": record.request.repo_url,
        "org.opencontainers.image.version": record.tags[0],
    }


def _test(record: Record, config: Config) -> Values:
    request = record.request
    return (
        _share(len(request.test_commands) + request.test_entry_point)
        | _resources(request.test_resources)
        | {
            "build_id": record.id,
            "image": f"{record.staging_repository}@{record.digest}",
            "commands": [
                {"shell": command, "arguments": []}
                if isinstance(command, str)
                else {"shell": "", "arguments": list(command)}
                for command in request.test_commands
            ],
            "entry_point": request.test_entry_point,
            "env": dict(request.test_env),
            "secrets": dict(request.test_secrets),
            "working_directory": request.test_working_directory,
            "network": "none" if request.test_network == "off" else "",
            "reports": list(request.test_reports),
            "services": [
                {
                    "name": each.name,
                    "image": each.image,
                    "command": list(each.command),
                    "env": dict(each.env),
                    "port": each.port or 0,
                    "ready_command": each.ready_command,
                    "ready_timeout": each.ready_timeout,
                    "cpu": each.cpu,
                    "memory": each.memory,
                }
                for each in request.services
            ],
            "gpu_constraints": [
                {"attribute": each.name, "operator": each.operator, "value": each.value}
                for each in request.gpu_constraints
            ],
            "command_timeout": deadlines.task_seconds(request, "test", config),
            "builder_image": config.builder_image,
            "vault_role": config.vault_role,
        }
        | ({"gpu_count": request.gpu_count} if request.gpu_count else {})
    )


def _share(tests: int) -> Values:
    """What each test may use where the request does not say: many that run side by side share what there is for all."""
    return {
        "cpu": max(_TESTS_CPU // max(tests, 1), _LEAST_CPU),
        "memory": max(min(_TEST_MEMORY, _TESTS_MEMORY // max(tests, 1)), _LEAST_MEMORY),
    }


def _publish(record: Record, config: Config) -> Values:
    request = record.request
    first, *others = record.targets
    # A scan reads the image, packed and unpacked.
    room = {"disk": _SCAN_DISK} if request.sbom else {}
    return (
        room
        | _resources(request.publish_resources)
        | {
            "build_id": record.id,
            "digest": record.digest,
            "image": first.repository,
            "tags": list(first.tags),
            "destinations": [
                {"image": each.repository, "tags": list(each.tags), "credentials": each.credentials}
                for each in others
            ],
            "sbom": request.sbom,
            "sbom_image": config.sbom_image,
            "provenance": _provenance(record, config),
            "copy_image": config.copy_image,
            "publish_timeout": deadlines.task_seconds(request, "publish", config),
            "attempt": record.publish.attempt,
        }
    )


def _provenance(record: Record, config: Config) -> str:
    """Return the statement to attach, none before there is an image to state anything of."""
    if not record.request.provenance or not record.digest:
        return ""
    version = generator.find_pack("build").metadata.version
    return provenance.write_statement(record, config, pack_version=version)


def _resources(given: Resources) -> Values:
    """What a request says of resources; the pack's own values stand for the rest."""
    return given.model_dump(include={"cpu", "memory", "disk"}, exclude_none=True)
