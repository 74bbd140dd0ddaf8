"""Examining registries: whether they answer, and whether they have an image, as far as can be known from this machine.

As the OCI distribution specification has it: ``/v2/``, and a manifest by its tag; with a token for everybody where
the registry asks for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests

from server import config, egress, locations
from server.cli import findings
from server.cli.connection import explain
from server.cli.findings import Finding

_SECONDS = 10
_ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
_HUB = "docker.io"
_HUB_HOST = "registry-1.docker.io"
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


def examine_images(settings: config.Config) -> Iterator[Finding]:
    """Look for the images that the jobs run in."""
    wanted = {
        "NOMAD_BUILD_BUILDER_IMAGE": settings.builder_image,
        "NOMAD_BUILD_SOURCE_IMAGE": settings.source_image,
        "NOMAD_BUILD_COPY_IMAGE": settings.copy_image,
        "NOMAD_BUILD_SBOM_IMAGE": settings.sbom_image,
    }
    for image in dict.fromkeys(wanted.values()):
        names = ", ".join(name for name, value in wanted.items() if value == image)
        yield _find_image(image, names, settings)


def examine_registries(settings: config.Config, named: tuple[str, ...]) -> Iterator[Finding]:
    """Look whether the registries answer to which images are to be published."""
    for registry in dict.fromkeys([*named, *settings.insecure_registries]):
        host = locations.read_registry(f"{registry}/image")
        try:
            egress.Egress(settings).check_registry(registry)
        except ValueError as error:
            yield findings.fail(
                "registry",
                f"{host} {error}",
                "Name it in NOMAD_BUILD_REGISTRY_HOSTS if it is yours",
            )
            continue
        try:
            answer = _get(host, "", settings)
        except requests.RequestException as error:
            yield findings.warn(
                "registry",
                f"{host} cannot be reached from this machine: {explain(error)}",
                "It has to be reachable from the nodes; one without TLS is named in NOMAD_BUILD_INSECURE_REGISTRIES",
            )
            continue
        yield _judge_registry(host, answer)


def _judge_registry(host: str, answer: requests.Response) -> Finding:
    if answer.status_code == requests.codes.ok:
        return findings.ok("registry", f"{host} answers")
    if answer.status_code == requests.codes.unauthorized:
        return findings.ok(
            "registry",
            f"{host} answers and wants a login: requests name it in registryCredentialsPath",
        )
    return findings.warn(
        "registry",
        f"{host} answers {answer.status_code} to /v2/: it may be no registry",
        "Look at its address",
    )


def _find_image(image: str, names: str, settings: config.Config) -> Finding:
    registry = locations.read_registry(image)
    path = image.removeprefix(f"{registry}/")
    if registry == _HUB and "/" not in path:
        path = f"library/{path}"
    repository, tag = _split(path)
    try:
        answer = _get(registry, f"{repository}/manifests/{tag}", settings)
    except requests.RequestException as error:
        return findings.warn(
            "image",
            f"{image}: {registry} cannot be reached from this machine: {explain(error)}",
            f"Nodes have to reach it, or have the image already; {names} names another",
        )
    if answer.ok:
        return findings.ok("image", f"{image} can be pulled")
    hidden = answer.status_code in (requests.codes.unauthorized, requests.codes.forbidden)
    what = "cannot be pulled by everybody" if hidden else "is not there"
    return findings.warn(
        "image",
        f"{image} {what} ({registry} answers {answer.status_code})",
        f"That is well only if every node has it already; {names} names another",
    )


def _split(path: str) -> tuple[str, str]:
    if "@" in path:
        repository, _, digest = path.partition("@")
        return repository.partition(":")[0], digest
    repository, _, tag = path.partition(":")
    return repository, tag or "latest"


def _get(registry: str, path: str, settings: config.Config) -> requests.Response:
    """Ask a registry, over TLS or as it is known to speak; with a token for everybody where it wants one."""
    host = _HUB_HOST if registry == _HUB else registry
    insecure = registry in settings.insecure_registries
    schemes = ("https", "http") if insecure else ("https",)
    for scheme in schemes:
        try:
            return _ask(f"{scheme}://{host}/v2/{path}", verify=not insecure, log_in=bool(path))
        except requests.ConnectionError:
            if scheme == schemes[-1]:
                raise
    raise AssertionError


def _ask(url: str, *, verify: bool, log_in: bool) -> requests.Response:
    headers = {"Accept": _ACCEPT}
    answer = requests.get(url, headers=headers, timeout=_SECONDS, verify=verify)
    challenge = answer.headers.get("WWW-Authenticate", "")
    if answer.status_code != requests.codes.unauthorized or not log_in:
        return answer
    given = dict(_CHALLENGE.findall(challenge))
    realm = given.pop("realm", "")
    if not challenge.lower().startswith("bearer") or urlsplit(realm).scheme != "https":
        return answer
    token = requests.get(realm, params=given, timeout=_SECONDS)
    if not token.ok:
        return answer
    content = token.json()
    headers["Authorization"] = f"Bearer {content.get('token') or content.get('access_token')}"
    return requests.get(url, headers=headers, timeout=_SECONDS, verify=verify)
