"""An OpenID provider's tokens: which are good, who calls with them, and how often the provider is asked."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from server import config
from server.access import issuer
from server.callers import Caller, Scope
from server.errors import ConfigError, IssuerSilent, PermissionDenied, Unauthenticated
from tests.server.access.serving import AUDIENCE, EC_KEY, ED_KEY, RSA_KEY, Provider, describe

OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
READ_WRITE: frozenset[Scope] = frozenset({"read", "write"})


def made(provider: Provider, **settings: str) -> issuer.Issuer:
    given = {f"NOMAD_BUILD_{name}": text for name, text in provider.configure(**settings).items()}
    return issuer.Issuer(config.read_config(given))


def test_a_good_token_says_who_calls(provider: Provider) -> None:
    found = made(provider).identify(provider.sign())
    assert found == Caller(name="oidc:alice", owner="alice", scopes=READ_WRITE)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(RSA_KEY, "RS256"), (RSA_KEY, "PS512"), (EC_KEY, "ES256"), (ED_KEY, "EdDSA")],
)
def test_every_usual_kind_of_key_is_taken(provider: Provider, key: Any, algorithm: str) -> None:
    provider.publish({"k": (key, algorithm)})
    assert made(provider).identify(provider.sign(key, algorithm, "k")).name == "oidc:alice"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": int(time.time()) - 3600}, "has expired"),
        ({"nbf": int(time.time()) + 3600}, "not valid yet"),
        ({"aud": "https://other.example.com"}, "another audience"),
        ({"aud": [f"{AUDIENCE}/"]}, "another audience"),
        ({"iss": "https://evil.example.com"}, "another issuer"),
        ({"exp": None}, "lacks"),
        ({"aud": None}, "lacks"),
        ({"iss": None}, "lacks"),
        ({"sub": None}, "lacks"),
        ({"exp": "soon"}, "cannot be read"),
        ({"sub": 7}, "cannot be read"),
    ],
)
def test_a_token_for_another_time_place_or_service_is_refused_with_the_reason(
    provider: Provider, changes: dict[str, Any], reason: str
) -> None:
    token = _sign_raw(provider.claims(**changes))
    with pytest.raises(Unauthenticated, match=reason):
        made(provider).identify(token)


def _encode(part: object) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _sign_raw(claims: dict[str, Any]) -> str:
    """Sign what the library would not."""
    signed = f"{_encode({'alg': 'RS256', 'kid': 'one'})}.{_encode(claims)}"
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    return f"{signed}.{_encode(algorithm.sign(signed.encode(), RSA_KEY))}"


def _unsigned(provider: Provider) -> str:
    return f"{_encode({'alg': 'none', 'kid': 'one'})}.{_encode(provider.claims())}."


def _signed_with_the_public_key_as_a_secret(provider: Provider) -> str:
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{_encode({'alg': 'HS256', 'kid': 'one'})}.{_encode(provider.claims())}"
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{signed}.{_encode(algorithm.sign(signed.encode(), public))}"


def _with_another_body(provider: Provider) -> str:
    head, _, signature = provider.sign().split(".")
    return f"{head}.{_encode(provider.claims(sub='mallory'))}.{signature}"


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_unsigned, "method that is not accepted"),
        (_signed_with_the_public_key_as_a_secret, "method that is not accepted"),
        (_with_another_body, "signature is wrong"),
        (lambda provider: provider.sign(OTHER_KEY), "signature is wrong"),
        (lambda provider: provider.sign(key_id=None), "key that its issuer does not name"),
        (lambda provider: provider.sign(key_id="two"), "key that its issuer does not name"),
        (lambda provider: provider.sign(algorithm="RS512"), "method that is not accepted"),
        (lambda provider: "a.b.c", "cannot be read"),
        (lambda provider: f"{_encode(b'[' * 100_000)}.e30.x", "cannot be read"),
        (lambda provider: f"{_encode({'alg': 'RS256', 'kid': 7})}.e30.x", "cannot be read|key"),
        (lambda provider: f"{_encode({'alg': ['RS256'], 'kid': 'one'})}.e30.x", "cannot|method"),
    ],
)
def test_a_forged_token_is_refused(
    provider: Provider, forge: Callable[[Provider], str], reason: str
) -> None:
    with pytest.raises(Unauthenticated, match=reason):
        made(provider).identify(forge(provider))


def test_a_key_that_is_a_shared_secret_is_not_used(provider: Provider) -> None:
    secret = b"s" * 32
    key = {"kty": "oct", "k": _encode(secret), "kid": "secret", "alg": "HS256"}
    provider.answer("/keys", {"keys": [key]})
    token = jwt.encode(provider.claims(), secret, "HS256", {"kid": "secret"})
    with pytest.raises(Unauthenticated):
        made(provider).identify(token)


def test_a_clock_that_is_a_little_off_does_not_matter(provider: Provider) -> None:
    now = int(time.time())
    assert made(provider).identify(provider.sign(nbf=now + 10, exp=now - 10)).name == "oidc:alice"


def test_one_of_several_audiences_is_enough(provider: Provider) -> None:
    several = made(provider, OIDC_AUDIENCE=f"other,{AUDIENCE}")
    assert several.identify(provider.sign(aud=["x", AUDIENCE])).name == "oidc:alice"
    with pytest.raises(Unauthenticated, match="audience"):
        several.identify(provider.sign(aud=["x"]))


@pytest.mark.parametrize(
    ("claims", "settings", "scopes"),
    [
        ({"scope": "read"}, {}, {"read"}),
        ({"scope": "openid profile"}, {}, set()),
        ({"scope": None, "scp": "write"}, {}, {"write"}),
        ({"scope": "read", "scp": ["write"]}, {}, {"read", "write"}),
        ({"scope": None, "scp": ["read", "x"]}, {}, {"read"}),
        ({"scope": None}, {}, set()),
        ({"scope": None}, {"OIDC_DEFAULT_SCOPES": "read,write"}, {"read", "write"}),
        ({"scope": ""}, {"OIDC_DEFAULT_SCOPES": "write"}, set()),
        ({"scope": 7}, {"OIDC_DEFAULT_SCOPES": "write"}, set()),
        ({"scope": "write builds:read"}, {"OIDC_SCOPE_PREFIX": "builds:"}, {"read"}),
    ],
)
def test_scopes_are_those_of_the_token_that_are_ours(
    provider: Provider, claims: dict[str, Any], settings: dict[str, str], scopes: set[str]
) -> None:
    assert made(provider, **settings).identify(provider.sign(**claims)).scopes == scopes


def test_who_is_an_admin_has_no_owner_and_who_is_not_never_is_without(provider: Provider) -> None:
    asked = made(provider, OIDC_OWNER_CLAIM="team")
    assert asked.identify(provider.sign(scope="admin")).owner is None
    assert asked.identify(provider.sign(team="a-team")).owner == "a-team"
    for wrong in (None, "", "a/b", ["a"], 7, "a\n"):
        with pytest.raises(PermissionDenied, match="claim team"):
            asked.identify(provider.sign(team=wrong))


def test_an_issuer_that_serves_everybody_is_narrowed_by_claims(provider: Provider) -> None:
    asked = made(provider, OIDC_CLAIMS="repository_owner=us,groups=builders")
    good: dict[str, Any] = {"repository_owner": "us", "groups": ["x", "builders"]}
    assert asked.identify(provider.sign(**good)).name == "oidc:alice"
    for wrong in (("repository_owner", "them"), ("groups", "x"), ("repository_owner", None)):
        with pytest.raises(PermissionDenied, match="not one that is let in"):
            asked.identify(provider.sign(**good | dict([wrong])))


def test_the_address_of_the_keys_is_discovered_or_given(provider: Provider) -> None:
    made(provider).identify(provider.sign())
    assert provider.count("/.well-known/openid-configuration") == 1
    made(provider, OIDC_JWKS_URL=provider.keys_url).identify(provider.sign())
    assert provider.count("/.well-known/openid-configuration") == 1
    assert provider.count("/keys") == 2


ODD: dict[str, dict[str, Any]] = {
    "no algorithm": {"alg": "none"},
    "algorithms": {"alg": ["RS256"]},
    "an algorithm that nobody knows": {"alg": "RS257"},
    "ids": {"kid": ["x"]},
    "a number as its id": {"kid": 7},
    "kinds": {"alg": None, "kty": ["RSA"]},
    "a number that is no text": {"n": 5},
    "a number that is not base64": {"n": "é"},
    "no exponent": {"e": ""},
    "a curve's list": {"kty": "EC", "alg": None, "crv": ["P-256"], "x": "AA", "y": "AA"},
    "half of a private key": {"d": "AQAB", "p": "AQAB"},
    "another use": {"use": ["sig"]},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("first", [True, False])
def test_a_key_that_cannot_be_read_leaves_the_others_good(
    provider: Provider, odd: dict[str, Any], first: bool
) -> None:
    good = describe("one", RSA_KEY, "RS256")
    told = [good, {**describe("two", RSA_KEY, "RS256"), **odd}]
    provider.answer("/keys", {"keys": told[::-1] if first else told})
    assert made(provider).identify(provider.sign()).name == "oidc:alice"


@pytest.mark.parametrize("odd", [None, 7, "x", ["x"]])
def test_what_is_no_key_at_all_leaves_the_others_good(provider: Provider, odd: object) -> None:
    provider.answer("/keys", {"keys": [odd, describe("one", RSA_KEY, "RS256")]})
    assert made(provider).identify(provider.sign()).name == "oidc:alice"


@pytest.mark.parametrize(
    "document",
    [
        [],
        "x",
        {"issuer": "https://evil.example.com"},
        {"jwks_uri": "http://keys.example.com/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
def test_a_discovery_that_leads_elsewhere_is_not_followed(
    provider: Provider, document: Any
) -> None:
    known = document
    if isinstance(document, dict):
        known = {"issuer": provider.url, "jwks_uri": provider.keys_url} | document
    provider.answer("/.well-known/openid-configuration", known)
    with pytest.raises(IssuerSilent):
        made(provider).identify(provider.sign())
    assert provider.count("/keys") == 0


@pytest.mark.parametrize(
    ("content", "code"), [({}, 500), ({"keys": []}, 200), ([], 200), ("x", 200), ({"keys": 7}, 200)]
)
def test_an_issuer_without_keys_makes_no_token_bad(
    provider: Provider, content: object, code: int
) -> None:
    provider.answer("/keys", content, code)
    with pytest.raises(IssuerSilent):
        made(provider).identify(provider.sign())


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"OIDC_ISSUER": "https://id.example.com"}, "one is of no use without the other"),
        ({"OIDC_AUDIENCE": "x"}, "one is of no use without the other"),
        ({"OIDC_JWKS_URL": "https://id.example.com/keys"}, "of no use without"),
        ({"OIDC_ISSUER": "http://id.example.com", "OIDC_AUDIENCE": "x"}, "OIDC_ISSUER: .*https"),
        ({"OIDC_ISSUER": "http://localhost.evil.com", "OIDC_AUDIENCE": "x"}, "OIDC_ISSUER: "),
        ({"OIDC_ISSUER": "id.example.com", "OIDC_AUDIENCE": "x"}, "OIDC_ISSUER: "),
        ({"OIDC_DEFAULT_SCOPES": "wirte"}, "OIDC_DEFAULT_SCOPES"),
        ({"OIDC_SCOPE_PREFIX": 'a"'}, "OIDC_SCOPE_PREFIX"),
        ({"OIDC_CLAIMS": "org"}, "OIDC_CLAIMS: .*NAME=VALUE"),
        ({"PUBLIC_URL": "builds.example.com"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": 'https://a"b'}, "PUBLIC_URL"),
        ({"RATE": "600"}, "RATE: .*600/minute"),
        ({"TOKENS_FILE": "/nope"}, "TOKENS_FILE: there is no /nope"),
    ],
)
def test_settings_that_do_not_fit_are_told_at_the_start(
    settings: dict[str, str], text: str
) -> None:
    with pytest.raises(ConfigError, match=text):
        config.read_config({f"NOMAD_BUILD_{name}": value for name, value in settings.items()})


def test_what_clients_read_from_the_environment_is_no_setting_of_the_service() -> None:
    given = {"NOMAD_BUILD_URL": "http://x", "NOMAD_BUILD_TOKEN": "nbs_x"}
    assert config.read_config(given) == config.read_config({})
