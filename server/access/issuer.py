"""Tokens of an OpenID provider: signed, for this service, of now; and who calls with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

from server.access import keys, scopes
from server.access.fetching import fetch_json
from server.callers import Caller, Scope
from server.config import Config, is_secure_url
from server.errors import PermissionDenied, Unauthenticated
from server.guarded import Deadline
from server.request.patterns import OWNER

# Signatures by a private key. Those by a shared secret (HS256) would make every reader of a key a writer of tokens.
ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
_LEEWAY = 30  # seconds that the issuer's clock may be off
# For all that is fetched to know the keys; less than calls wait for it.
_FETCH_SECONDS = 8.0
_REQUIRED = ["exp", "iss", "aud", "sub"]
_REASONS: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "the token has expired"),
    (jwt.ImmatureSignatureError, "the token is not valid yet"),
    (jwt.InvalidIssuerError, "the token is from another issuer"),
    (jwt.InvalidAudienceError, "the token is for another audience"),
    (jwt.MissingRequiredClaimError, "the token lacks one of the claims exp, iss, aud and sub"),
    (jwt.InvalidAlgorithmError, "the token is signed by a method that is not accepted"),
    (jwt.InvalidSignatureError, "the token's signature is wrong"),
)


class Issuer:
    """The provider that the configuration names."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._keys = keys.KeyRing(self._fetch_keys)

    def identify(self, token: str, *, may_wait: bool = True) -> Caller:
        """Return who calls with a token. Waits for the issuer's keys if that is allowed.

        Raises:
            Unauthenticated: the token is not good, with the reason.
            PermissionDenied: it is, for somebody who is not let in here.
            IssuerSilent: it cannot be told.
        """
        return self._describe(self._verify(token, may_wait))

    def waits(self, token: str) -> bool:
        """Tell whether ``identify`` would have to ask the issuer for keys first."""
        key_id = _read_key_id(token)
        return key_id is not None and self._keys.waits(key_id)

    def knows(self, token: str) -> bool:
        """Tell whether a token names a key that the issuer has told, if not lately."""
        key_id = _read_key_id(token)
        return key_id is not None and self._keys.knows(key_id)

    def _verify(self, token: str, may_wait: bool) -> Mapping[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS:
                raise jwt.InvalidAlgorithmError
            key_id = header.get("kid")
            key = self._keys.find(key_id, may_wait=may_wait) if isinstance(key_id, str) else None
            if key is None:
                msg = "the token is signed with a key that its issuer does not name"
                raise Unauthenticated(msg)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self._config.oidc_audience,
                issuer=self._config.oidc_issuer,
                leeway=_LEEWAY,
                options={"require": _REQUIRED},
            )
        except jwt.PyJWTError as error:
            found = (text for kind, text in _REASONS if isinstance(error, kind))
            raise Unauthenticated(next(found, "the token cannot be read")) from error
        except (ValueError, TypeError, ArithmeticError, RecursionError) as error:
            msg = "the token cannot be read"
            raise Unauthenticated(msg) from error
        return claims

    def _describe(self, claims: Mapping[str, Any]) -> Caller:
        for wanted in self._config.oidc_claims:
            name, _, value = wanted.partition("=")
            if value not in _texts(claims.get(name)):
                msg = f"the token's claim {name} is not one that is let in here"
                raise PermissionDenied(msg)
        granted = self._scopes(claims)
        owner = None if "admin" in granted else self._owner(claims)
        return Caller(name=f"oidc:{str(claims['sub'])[:255]}", owner=owner, scopes=granted)

    def _scopes(self, claims: Mapping[str, Any]) -> frozenset[Scope]:
        if "scope" not in claims and "scp" not in claims:
            return frozenset(self._config.oidc_default_scopes)
        words = [
            word
            for name in ("scope", "scp")
            for text in _texts(claims.get(name))
            for word in text.split()
        ]
        return scopes.pick(words, self._config.oidc_scope_prefix)

    def _owner(self, claims: Mapping[str, Any]) -> str:
        """Read the owner; whoever's name cannot be one gets none, as without one he would see all builds."""
        name = self._config.oidc_owner_claim
        value = claims.get(name)
        if not isinstance(value, str) or not OWNER.fullmatch(value):
            msg = f"the token's claim {name} is no name of an owner"
            hint = "An operator can name another claim with NOMAD_BUILD_OIDC_OWNER_CLAIM"
            raise PermissionDenied(msg, next_step=hint)
        return value

    def _fetch_keys(self) -> dict[str, jwt.PyJWK]:
        with Deadline(_FETCH_SECONDS) as deadline:
            address = self._config.oidc_jwks_url or self._discover(deadline)
            found = keys.read_keys(fetch_json(address, deadline))
        return {name: key for name, key in found.items() if key.algorithm_name in ALGORITHMS}

    def _discover(self, deadline: Deadline) -> str:
        """Ask the issuer where its keys are (OpenID Connect Discovery 1.0, section 4)."""
        issuer = self._config.oidc_issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        found = fetch_json(address, deadline)
        if not isinstance(found, dict) or found.get("issuer") != issuer:
            msg = f"{address} describes another issuer than {issuer}"
            raise ValueError(msg)
        place = found.get("jwks_uri")
        if not isinstance(place, str) or not is_secure_url(place):
            msg = f"{address} names no address of keys with https"
            raise ValueError(msg)
        return place


def _read_key_id(token: str) -> str | None:
    try:
        key_id = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return key_id if isinstance(key_id, str) else None


def _texts(value: Any) -> list[str]:
    """Return a claim that is a text or a list of such."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
