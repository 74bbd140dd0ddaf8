"""The service's configuration: environment variables, read once, checked, frozen.

Nomad's own variables have the meaning that Nomad's clients give them; ours begin with ``NOMAD_BUILD_``.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic

from server import confinement
from server.errors import ConfigError

_REGISTRY = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?|\[[0-9a-fA-F:]+\](:[0-9]{1,5})?")
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*")
_WORD = re.compile(r"[A-Za-z0-9*][A-Za-z0-9_.*-]*")
_HOST = re.compile(r"[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]")
_NETWORK = re.compile(r"!public|[A-Za-z0-9._-]+(/[0-9]{1,2})?|\[?[0-9a-fA-F:.]+\]?(/[0-9]{1,3})?")
_PREFIX = "NOMAD_BUILD_"
_OPTION = re.compile(r"[A-Za-z-]+([=:][A-Za-z0-9_./:-]+)?")
_CLAIM = re.compile(r"[^\s=,]+=[^\s,]+")
# Plain HTTP is for this machine alone: whoever changes the keys on their way, or reads a token, is anybody.
_SECURE_URL = re.compile(
    r"(?:https://[A-Za-z0-9._:\[\]-]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?)(?:/[^\s\"?#]*)?"
)
_PUBLIC_URL = re.compile(r"https?://[A-Za-z0-9._-]+(?::[0-9]{1,5})?/?")
RATE = re.compile(r"[1-9][0-9]{0,6}/(?:second|minute|hour|day)")
# What the commands of clients read has no meaning for a service that is started from the same shell.
_OF_CLIENTS = frozenset({"NOMAD_BUILD_URL", "NOMAD_BUILD_TOKEN"})


def _split(value: object) -> object:
    """Read a list as users write it in an environment variable: with commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _matching(pattern: re.Pattern[str], what: str) -> pydantic.AfterValidator:
    """Accept what the pattern matches as a whole: these values stand in jobs as they are."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            msg = f"{value!r} is not {what}"
            raise ValueError(msg)
        return value

    return pydantic.AfterValidator(check)


def _require_existing(value: str) -> str:
    if value and not Path(value).exists():
        msg = f"there is no {value}"
        raise ValueError(msg)
    return value


_Image = Annotated[str, _matching(_IMAGE, "the name of an image")]
_Word = Annotated[str, _matching(_WORD, "a name of letters, digits, dots and dashes")]
_OptionalWord = Annotated[
    str, _matching(re.compile(f"|{_WORD.pattern}"), "a name of letters, digits, dots and dashes")
]
_Words = Annotated[tuple[_Word, ...], pydantic.BeforeValidator(_split)]
_Hosts = Annotated[
    tuple[Annotated[str, _matching(_HOST, "the name of a host")], ...],
    pydantic.BeforeValidator(_split),
]
_Networks = Annotated[
    tuple[
        Annotated[
            str,
            _matching(_NETWORK, "a host's name, an address, a network as 10.0.0.0/8 or !public"),
        ],
        ...,
    ],
    pydantic.BeforeValidator(_split),
]
_Registries = Annotated[
    tuple[Annotated[str, _matching(_REGISTRY, "a registry as host or host:port")], ...],
    pydantic.BeforeValidator(_split),
]
_Options = Annotated[
    tuple[Annotated[str, _matching(_OPTION, "a security option like seccomp=unconfined")], ...],
    pydantic.BeforeValidator(_split),
]
_Protocols = Annotated[
    tuple[
        Annotated[str, _matching(re.compile("https?|ssh|git"), "one of https, http, ssh, git")], ...
    ],
    pydantic.BeforeValidator(_split),
]
_Proxy = Annotated[
    str,
    _matching(re.compile(r"(?:https?://[A-Za-z0-9.\[\]:-]+/?)?"), "a proxy as http://HOST:PORT"),
]
_SecretPaths = Annotated[
    tuple[Annotated[str, pydantic.AfterValidator(confinement.check_pattern)], ...],
    pydantic.BeforeValidator(_split),
]
_OptionalPath = Annotated[str, pydantic.AfterValidator(_require_existing)]
_OptionalSecureURL = Annotated[
    str,
    _matching(
        re.compile(f"|{_SECURE_URL.pattern}"), "an address as https://HOST/PATH, http for loopback"
    ),
]
_OptionalPublicURL = Annotated[
    str, _matching(re.compile(f"|{_PUBLIC_URL.pattern}"), "an address as https://HOST")
]
_OptionalRate = Annotated[
    str,
    _matching(re.compile(f"|{RATE.pattern}"), "a rate as 600/minute (or /second, /hour, /day)"),
]
_Texts = Annotated[tuple[str, ...], pydantic.BeforeValidator(_split)]
_ScopePart = Annotated[  # RFC 6749, section 3.3
    str, _matching(re.compile(r"[!#-\[\]-~]*"), "the beginning of a scope's name")
]
_Scopes = Annotated[tuple[Literal["read", "write", "admin"], ...], pydantic.BeforeValidator(_split)]
_Claims = Annotated[
    tuple[Annotated[str, _matching(_CLAIM, "a claim as NAME=VALUE")], ...],
    pydantic.BeforeValidator(_split),
]
_Seconds = Annotated[int, pydantic.Field(ge=1, le=86_400)]
_Count = Annotated[int, pydantic.Field(ge=1, le=100_000)]


def _variable(name: str, default: object) -> Any:
    return pydantic.Field(default=default, alias=name)


class Config(pydantic.BaseModel):
    """All that an operator can set; each field's alias is the environment variable that sets it."""

    model_config = pydantic.ConfigDict(frozen=True, validate_default=True)

    nomad_address: str = _variable("NOMAD_ADDR", "http://127.0.0.1:4646")
    nomad_token: pydantic.SecretStr = _variable("NOMAD_TOKEN", "")
    nomad_namespace: _OptionalWord = _variable("NOMAD_NAMESPACE", "")
    nomad_region: _OptionalWord = _variable("NOMAD_REGION", "")
    nomad_ca_file: _OptionalPath = _variable("NOMAD_CACERT", "")
    nomad_ca_folder: _OptionalPath = _variable("NOMAD_CAPATH", "")
    nomad_client_certificate: _OptionalPath = _variable("NOMAD_CLIENT_CERT", "")
    nomad_client_key: _OptionalPath = _variable("NOMAD_CLIENT_KEY", "")
    nomad_server_name: str = _variable("NOMAD_TLS_SERVER_NAME", "")
    nomad_skip_verify: bool = _variable("NOMAD_SKIP_VERIFY", False)

    builder_image: _Image = _variable("NOMAD_BUILD_BUILDER_IMAGE", "quay.io/buildah/stable:latest")
    source_image: _Image = _variable("NOMAD_BUILD_SOURCE_IMAGE", "quay.io/buildah/stable:latest")
    copy_image: _Image = _variable("NOMAD_BUILD_COPY_IMAGE", "quay.io/skopeo/stable:latest")
    sbom_image: _Image = _variable("NOMAD_BUILD_SBOM_IMAGE", "docker.io/anchore/syft:v1.57.1")
    insecure_registries: _Registries = _variable("NOMAD_BUILD_INSECURE_REGISTRIES", ())
    git_protocols: _Protocols = _variable("NOMAD_BUILD_GIT_PROTOCOLS", ("https", "ssh"))
    ca_file: _OptionalPath = _variable("NOMAD_BUILD_CA_FILE", "")
    http_proxy: _Proxy = _variable("NOMAD_BUILD_HTTP_PROXY", "")
    https_proxy: _Proxy = _variable("NOMAD_BUILD_HTTPS_PROXY", "")
    no_proxy: str = _variable("NOMAD_BUILD_NO_PROXY", "")

    cache_volume: _Word = _variable("NOMAD_BUILD_CACHE_VOLUME", "buildah-cache")
    datacenters: _Words = _variable("NOMAD_BUILD_DATACENTERS", ("*",))
    node_pool: _OptionalWord = _variable("NOMAD_BUILD_NODE_POOL", "")
    network_mode: _OptionalWord = _variable("NOMAD_BUILD_NETWORK_MODE", "")
    security_opt: _Options = _variable("NOMAD_BUILD_SECURITY_OPT", ("seccomp=unconfined",))
    storage_driver: _Word = _variable("NOMAD_BUILD_STORAGE_DRIVER", "overlay")
    vault_role: _Word = _variable("NOMAD_BUILD_VAULT_ROLE", "nomad-build")

    queue_timeout: _Seconds = _variable("NOMAD_BUILD_QUEUE_TIMEOUT", 600)
    source_timeout: _Seconds = _variable("NOMAD_BUILD_SOURCE_TIMEOUT", 300)
    build_timeout: _Seconds = _variable("NOMAD_BUILD_BUILD_TIMEOUT", 1800)
    test_timeout: _Seconds = _variable("NOMAD_BUILD_TEST_TIMEOUT", 600)
    publish_timeout: _Seconds = _variable("NOMAD_BUILD_PUBLISH_TIMEOUT", 600)
    node_timeout: _Seconds = _variable("NOMAD_BUILD_NODE_TIMEOUT", 120)
    turn_timeout: _Seconds = _variable("NOMAD_BUILD_TURN_TIMEOUT", 3600)
    total_timeout: _Seconds = _variable("NOMAD_BUILD_TOTAL_TIMEOUT", 7200)
    publish_attempts: _Count = _variable("NOMAD_BUILD_PUBLISH_ATTEMPTS", 5)
    secret_timeout: _Seconds = _variable("NOMAD_BUILD_SECRET_TIMEOUT", 60)
    resync_interval: _Seconds = _variable("NOMAD_BUILD_RESYNC_INTERVAL", 15)

    max_builds: _Count = _variable("NOMAD_BUILD_MAX_BUILDS", 20)
    max_builds_per_owner: _Count = _variable("NOMAD_BUILD_MAX_BUILDS_PER_OWNER", 10)
    max_queued: _Count = _variable("NOMAD_BUILD_MAX_QUEUED", 500)
    max_queued_per_owner: _Count = _variable("NOMAD_BUILD_MAX_QUEUED_PER_OWNER", 100)

    keep_days: _Count = _variable("NOMAD_BUILD_KEEP_DAYS", 30)
    keep_builds: _Count = _variable("NOMAD_BUILD_KEEP_BUILDS", 1000)
    cleanup_interval: Annotated[int, pydantic.Field(ge=0, le=86_400)] = _variable(
        "NOMAD_BUILD_CLEANUP_INTERVAL", 3600
    )
    webhook_hosts: _Networks = _variable("NOMAD_BUILD_WEBHOOK_HOSTS", ())
    git_hosts: _Networks = _variable("NOMAD_BUILD_GIT_HOSTS", ())
    registry_hosts: _Networks = _variable("NOMAD_BUILD_REGISTRY_HOSTS", ())
    require_owner: bool = _variable("NOMAD_BUILD_REQUIRE_OWNER", False)
    secret_paths: _SecretPaths = _variable("NOMAD_BUILD_SECRET_PATHS", ("*",))
    refuse_unplaceable: Literal["known", "always", "never"] = _variable(
        "NOMAD_BUILD_REFUSE_UNPLACEABLE", "known"
    )

    allowed_hosts: _Hosts = _variable("NOMAD_BUILD_ALLOWED_HOSTS", ())
    public_url: _OptionalPublicURL = _variable("NOMAD_BUILD_PUBLIC_URL", "")
    tokens_file: _OptionalPath = _variable("NOMAD_BUILD_TOKENS_FILE", "")
    oidc_issuer: _OptionalSecureURL = _variable("NOMAD_BUILD_OIDC_ISSUER", "")
    oidc_audience: _Texts = _variable("NOMAD_BUILD_OIDC_AUDIENCE", ())
    oidc_jwks_url: _OptionalSecureURL = _variable("NOMAD_BUILD_OIDC_JWKS_URL", "")
    oidc_owner_claim: str = _variable("NOMAD_BUILD_OIDC_OWNER_CLAIM", "sub")
    oidc_scope_prefix: _ScopePart = _variable("NOMAD_BUILD_OIDC_SCOPE_PREFIX", "")
    oidc_default_scopes: _Scopes = _variable("NOMAD_BUILD_OIDC_DEFAULT_SCOPES", ())
    oidc_claims: _Claims = _variable("NOMAD_BUILD_OIDC_CLAIMS", ())
    rate: _OptionalRate = _variable("NOMAD_BUILD_RATE", "")
    open_metrics: bool = _variable("NOMAD_BUILD_OPEN_METRICS", False)
    read_only: bool = _variable("NOMAD_BUILD_READ_ONLY", False)

    @functools.cached_property
    def ca_certificates(self) -> str:
        """The certificates of the operator's own CAs, read when they are first needed; empty without any."""
        return (
            Path(self.ca_file).read_text(encoding="ascii", errors="replace") if self.ca_file else ""
        )

    @pydantic.model_validator(mode="after")
    def _check_client_certificate(self) -> Config:
        if bool(self.nomad_client_certificate) != bool(self.nomad_client_key):
            msg = "NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY: one is of no use without the other"
            raise ValueError(msg)
        return self

    @pydantic.model_validator(mode="after")
    def _check_issuer(self) -> Config:
        """A token of the issuer for somebody else must not be good here: an issuer without audience is none."""
        if bool(self.oidc_issuer) != bool(self.oidc_audience):
            msg = "NOMAD_BUILD_OIDC_ISSUER and NOMAD_BUILD_OIDC_AUDIENCE: one is of no use without the other"
            raise ValueError(msg)
        if self.oidc_jwks_url and not self.oidc_issuer:
            msg = "NOMAD_BUILD_OIDC_JWKS_URL is of no use without NOMAD_BUILD_OIDC_ISSUER"
            raise ValueError(msg)
        return self

    @pydantic.field_validator("nomad_address")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", value):
            msg = f"{value!r} is not an address like http://127.0.0.1:4646"
            raise ValueError(msg)
        return value.rstrip("/")


def is_secure_url(text: str) -> bool:
    """Tell whether what is fetched from an address can be trusted: by https, or from this machine."""
    return _SECURE_URL.fullmatch(text) is not None


def read_config(environment: Mapping[str, str]) -> Config:
    """Read the configuration; an empty variable counts as not set.

    Raises:
        ConfigError: a value cannot be used, or a variable of ours is unknown (most likely misspelt).
    """
    names = {field.alias for field in Config.model_fields.values() if field.alias}
    ours = {name.removeprefix(_PREFIX): name for name in names if name.startswith(_PREFIX)}
    for name in environment:
        if name.startswith(_PREFIX) and name not in names | _OF_CLIENTS:
            near = difflib.get_close_matches(name.removeprefix(_PREFIX), ours, 1)
            known = ", ".join(sorted(ours.values()))
            hint = f"Did you mean {ours[near[0]]}?" if near else f"Known are: {known}"
            msg = f"unknown environment variable {name}"
            raise ConfigError(msg, next_step=hint)
    given = {name: environment[name] for name in names if environment.get(name)}
    try:
        return Config.model_validate(given)
    except pydantic.ValidationError as error:
        problems = [
            ": ".join([*map(str, problem["loc"][:1]), problem["msg"].removeprefix("Value error, ")])
            for problem in error.errors(include_input=False)
        ]
        raise ConfigError("; ".join(problems)) from error
