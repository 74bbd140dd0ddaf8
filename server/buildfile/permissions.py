"""What a repository may decide about its build, and what is left to whoever asks for it.

Whoever asks decides which repository is built, and with whose keys. An agent asks for builds of repositories that it
has not read: so a file that nobody vouched for says what is done with the repository, and gets no key into its hands.
"""

from __future__ import annotations

from collections.abc import Iterator

from server.request import BuildRequest

# What says who asks for what and hears of it, or is an act rather than a property of the code.
CALLERS = frozenset(
    {
        "owner",
        "repo_url",
        "git_ref",
        "git_credentials_path",
        "build_file",
        "trust_build_file",
        "request_id",
        "on_conflict",
        "clear_cache",
        "webhook_url",
        "webhook_on_success",
        "webhook_on_failure",
        "webhook_headers",
        "webhook_secret_path",
    }
)

# The fields that a file may have, in the order of a request's.
FIELDS = tuple(name for name in BuildRequest.model_fields if name not in CALLERS)

# A reference in a file lets the repository choose among the secrets that its caller may use.
_KEYS = ("build_secrets", "build_ssh_path", "test_secrets", "registry_credentials_path")
# A proxy and a further authority let it listen to whatever keys the caller has given.
_ROUTES = ("proxy", "ca_certificates")
# Where an image or its layers go: with the caller's keys for a registry, a file could write over another's.
_DESTINATIONS = ("registry_url", "image_name", "publish_to", "cache_to")
# What has Git ask further addresses, which the repository gives: with the caller's keys for Git.
_SOURCES = ("submodules", "lfs")

_TRUST = "give it in the request, or submit with trustBuildFile"


def find_needing_trust(request: BuildRequest, effective: BuildRequest) -> Iterator[tuple[str, str]]:
    """Yield each field that a file may decide only when the caller trusts it, and a sentence about why.

    ``effective`` is what request and file ask for together; what the request gives itself needs no trust, nor does
    what is as if it were left out.
    """
    for names, applies, why in (
        (_KEYS, True, "refers to a secret, which a file alone may not"),
        (
            ("publish_to",),
            any(each.credentials_path for each in effective.publish_to),
            "refers to a secret, which a file alone may not",
        ),
        (_ROUTES, True, "decides whom the build's connections go through"),
        (
            _DESTINATIONS,
            _gives_registry_credentials(request),
            "would be written to with the request's credentials for a registry",
        ),
        (
            _SOURCES,
            bool(request.git_credentials_path),
            "would be fetched with the request's credentials for the repository",
        ),
    ):
        for name in names:
            if applies and name not in request.model_fields_set and _is_given(effective, name):
                yield name, f"{why}: {_TRUST}"


def _is_given(request: BuildRequest, name: str) -> bool:
    field = BuildRequest.model_fields[name]
    return bool(getattr(request, name) != field.get_default(call_default_factory=True))


def _gives_registry_credentials(request: BuildRequest) -> bool:
    given = [request.registry_credentials_path]
    given += [destination.credentials_path for destination in request.publish_to]
    return any(given)
