"""The service over real HTTP with callers that have to say who they are, and a provider that gives them tokens."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from server import app, config
from server.access import tokens
from tests import receivers
from tests.serving import serving

AUDIENCE = "https://builds.example.com"
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
ED_KEY = ed25519.Ed25519PrivateKey.generate()
_ALGORITHMS: dict[str, Any] = {
    "RS256": jwt.algorithms.RSAAlgorithm,
    "PS512": jwt.algorithms.RSAAlgorithm,
    "ES256": jwt.algorithms.ECAlgorithm,
    "EdDSA": jwt.algorithms.OKPAlgorithm,
}


class Provider:
    """An OpenID provider: it tells its keys, and signs what a test asks for."""

    def __init__(self) -> None:
        self._receiver = receivers.Receiver()
        self.url = self._receiver.url
        self.keys_url = f"{self.url}/keys"
        self.publish({"one": (RSA_KEY, "RS256")})
        self.answer(
            "/.well-known/openid-configuration", {"issuer": self.url, "jwks_uri": self.keys_url}
        )

    @contextlib.contextmanager
    def serve(self) -> Iterator[Provider]:
        with receivers.serving(self._receiver.server):
            yield self

    def answer(self, path: str, content: object, code: int = 200) -> None:
        self._receiver.answers[path] = (code, {}, json.dumps(content).encode())

    def publish(self, keys: dict[str, tuple[PrivateKey, str]]) -> None:
        """Have these keys, by their ids, and no others."""
        self.answer("/keys", {"keys": [describe(name, *key) for name, key in keys.items()]})

    def count(self, path: str = "/keys") -> int:
        """How often a path was asked for."""
        return sum(asked[1] == path for asked in self._receiver.asked)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Claims that are good, with some changed; those that are None are left out."""
        now = int(time.time())
        good = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "alice",
            "iat": now,
            "nbf": now,
            "exp": now + 600,
            "scope": "openid read write",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def sign(
        self,
        key: Any = RSA_KEY,
        algorithm: str = "RS256",
        key_id: str | None = "one",
        **changes: Any,
    ) -> str:
        headers = {} if key_id is None else {"kid": key_id}
        return jwt.encode(self.claims(**changes), key, algorithm, headers)

    def configure(self, **more: str) -> dict[str, str]:
        """The settings of a service that takes this provider's tokens, without NOMAD_BUILD_."""
        return {"OIDC_ISSUER": self.url, "OIDC_AUDIENCE": AUDIENCE} | more


def describe(key_id: str, key: PrivateKey, algorithm: str) -> dict[str, Any]:
    """Return the public half of a key as providers tell it."""
    public = _ALGORITHMS[algorithm].to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": key_id, "use": "sig", "alg": algorithm}


def write(path: Path, *entries: dict[str, Any]) -> Path:
    """Write a file of tokens as careful people do: put in place whole."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"tokens": entries}))
    new.replace(path)
    return path


def entry(name: str, token: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "hash": tokens.digest(token), "scopes": ["read", "write"]} | fields


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@contextlib.contextmanager
def listen(running: app.Service, given: config.Config, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve the app on a free port."""
    web = app.create_app(running, given, host)
    # A client that wants a websocket is told off by the service itself.
    with serving(web, log_level="info", ws="auto") as address:
        yield address
