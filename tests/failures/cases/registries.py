"""Base images that a registry does not have, does not give, or not now."""

from __future__ import annotations

from tests.failures.collection import Case

_FLAGS = ("--tls-verify=false", "--build-arg", "REGISTRY={site}")


def _case(name: str, about: str, repository: str, family: str, says: str) -> Case:
    return Case(
        name=name,
        about=about,
        dockerfile=f"ARG REGISTRY\n\nFROM ${{REGISTRY}}/{repository}:1\nRUN true\n",
        flags=_FLAGS,
        family=family,
        line=3,
        says=says,
    )


CASES = (
    _case(
        "from-absent", "no such base image", "team/absent", "image_not_found", "manifest unknown"
    ),
    _case("from-limited", "too many pulls", "limited/base", "rate_limit", "oomanyrequests"),
    _case(
        "from-unauthorized",
        "a base image for members",
        "secret/base",
        "access_denied",
        "unauthorized",
    ),
    _case(
        "from-foreign",
        "a base image for other processors only",
        "foreign/base",
        "wrong_platform",
        "no image found",
    ),
    _case("from-forbidden", "a base image for others", "forbidden/base", "access_denied", "denied"),
    Case(
        name="copy-from-absent-image",
        about="what is copied comes from an image that is not there",
        dockerfile="FROM busybox\nARG REGISTRY\nCOPY --from=127.0.0.1:9/team/absent:1 /a /a\n",
        flags=_FLAGS,
        line=3,
        family="network",
        says="connection refused",
    ),
    Case(
        name="copy-from-absent-stage",
        about="what is copied comes from a stage that is not there",
        dockerfile="FROM busybox AS builder\nRUN true\nFROM busybox\nCOPY --from=bulider /a /a\n",
        network="none",
        family="image_not_found",
        line=4,
        says="no stage or image found with that name",
    ),
)
