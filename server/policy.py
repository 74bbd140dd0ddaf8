"""What is accepted here: a request held against the operator's settings and against what the cluster has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import generator
from server import confinement, jobs, placement, variants
from server.config import Config
from server.egress import Egress
from server.errors import InvalidRequest
from server.nomad import Nomad
from server.record import Record
from server.request import BuildRequest
from server.variants import Choice

# What a job needs is read from the job itself, made for a build that is none and awaits no build file any more.
_NOBODY = "0" * 26
_Placed = Literal["build", "test", "publish"]
_PLACED: tuple[_Placed, ...] = ("build", "test", "publish")
_NO_DIGEST = f"sha256:{'0' * 64}"


class Policy:
    """Decides before anything is stored or started; a request made whole by a build file comes here once more."""

    def __init__(self, nomad: Nomad, config: Config) -> None:
        self._nomad = nomad
        self._config = config
        self._egress = Egress(config)

    def check(self, request: BuildRequest) -> None:
        """Refuse what this service does not do, or not for this caller.

        Raises:
            InvalidRequest: with a sentence for each problem.
        """
        problems = (
            *self._find_protocol(request),
            *self._find_hosts(request),
            *self._find_references(request),
            *self._find_timeouts(request),
        )
        if problems:
            raise InvalidRequest(problems)

    def choose_variant(self, request: BuildRequest) -> Choice:
        """Choose the packs' variant that fits the request and the cluster.

        Raises:
            NotPossible: no node can ever take one of the build's jobs.
        """
        constraints = tuple(
            placement.Constraint(attribute=each.name, operator=each.operator, value=each.value)
            for each in request.gpu_constraints
        )
        demand = variants.Demand(
            cache=request.cache,
            gpu=request.gpu,
            gpu_count=request.gpu_count,
            gpu_constraints=constraints,
            phases=self._read_needs(request),
        )
        # To ask each node for its plugins costs calls, so that it is done only for those that need them.
        nodes = self._nomad.list_nodes(bridge=any(each.bridge for each in demand.phases))
        return variants.choose_variant(demand, nodes, self._config)

    def _read_needs(self, request: BuildRequest) -> tuple[placement.Needs, ...]:
        """Return what each phase's job needs of a node, but for the cache's volume."""
        gpu = variants.wants_gpu(request.gpu, request.gpu_count, request.gpu_constraints)
        build = Record(
            id=_NOBODY,
            request=request,
            asked=request,
            variant="gpu" if gpu else "cpu",
            created_at=self._nomad.clock.now(),
            digest=_NO_DIGEST,
        )
        return tuple(
            placement.read_needs(phase, self._render_job(phase, build))
            for phase in _PLACED
            if phase != "test" or request.tested
        )

    def _render_job(self, phase: _Placed, build: Record) -> dict[str, Any]:
        """Make a job as it would be; what fails here would fail later, when nobody waits for an answer."""
        try:
            return jobs.render_job(phase, build, self._config)
        except generator.GeneratorError as error:
            problem = f"the job of the {phase} phase cannot be made: {error}"
            # Each test has its own copy of what all tests share.
            next_step = "Give fewer commands and shorter values, or move them into the repository"
            raise InvalidRequest((problem,), next_step=next_step) from error

    def _find_protocol(self, request: BuildRequest) -> Iterator[str]:
        if request.protocol not in self._config.git_protocols:
            allowed = ", ".join(self._config.git_protocols)
            yield f"repoURL: the protocol {request.protocol} is not allowed here, only {allowed}"

    def _find_hosts(self, request: BuildRequest) -> Iterator[str]:
        """Find what would have the nodes, or this service, connect to where the operator does not want it."""
        egress = self._egress
        yield from _try("repoURL", egress.check_repository, request.repo_url)
        if request.webhook_url:
            yield from _try("webhookURL", egress.check_webhook, request.webhook_url)
        registries = {
            "registryURL": request.registry_url,
            **{
                f"publishTo.{at}.registryURL": each.registry_url
                for at, each in enumerate(request.publish_to)
            },
        }
        for name, url in registries.items():
            if url:
                yield from _try(name, egress.check_registry, url)
        images = {
            "cacheTo": request.cache_to,
            **{f"cacheFrom.{at}": each for at, each in enumerate(request.cache_from)},
            **{f"services.{at}.image": each.image for at, each in enumerate(request.services)},
        }
        for name, reference in images.items():
            if reference:
                yield from _try(name, egress.check_image, reference)
        for name, address in (("http", request.proxy.http), ("https", request.proxy.https)):
            if address:
                yield from _try(f"proxy.{name}", egress.check_proxy, address)

    def _find_references(self, request: BuildRequest) -> Iterator[str]:
        """Find the secrets that are not this owner's to use."""
        references = {
            "gitCredentialsPath": request.git_credentials_path,
            "registryCredentialsPath": request.registry_credentials_path,
            "buildSshPath": request.build_ssh_path,
            **{f"buildSecrets.{each}": path for each, path in request.build_secrets.items()},
            **{f"testSecrets.{each}": path for each, path in request.test_secrets.items()},
            **{
                f"publishTo.{at}.credentialsPath": each.credentials_path
                for at, each in enumerate(request.publish_to)
            },
        }

        def check(reference: str) -> None:
            confinement.check_reference(reference, request.owner, self._config.secret_paths)

        for name, reference in references.items():
            if reference:
                yield from _try(name, check, reference)

        def check_webhook_secret(path: str) -> None:
            confinement.check_webhook_secret(path, request.owner, self._config.secret_paths)

        if request.webhook_secret_path:
            yield from _try("webhookSecretPath", check_webhook_secret, request.webhook_secret_path)

    def _find_timeouts(self, request: BuildRequest) -> Iterator[str]:
        for name, resources in (
            ("buildResources", request.build_resources),
            ("testResources", request.test_resources),
            ("publishResources", request.publish_resources),
        ):
            if resources.timeout is not None and resources.timeout > self._config.total_timeout:
                yield f"{name}.timeout: a whole build may take {self._config.total_timeout} s here"


def _try(name: str, check: Callable[[str], None], value: str) -> Iterator[str]:
    """Yield what a check finds, as a sentence about a field."""
    try:
        check(value)
    except ValueError as error:
        yield f"{name} {error}"
