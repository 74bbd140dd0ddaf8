"""A provider that is none of ours: the OpenID tokens of a real Vault, or of its fork OpenBao."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from server.lab import vault
from tests import samples
from tests.server.access.serving import AUDIENCE, bearer, listen
from tests.worlds import World

pytestmark = pytest.mark.skipif(
    not vault.find_program(), reason=f"none of {', '.join(vault.PROGRAMS)} is on PATH"
)
# As an operator does; the template's claims are beside those that every such token has.
SET_UP = r"""
vault auth enable userpass
accessor=$(vault read -field=accessor sys/auth/userpass)
printf 'path "identity/oidc/token/*" { capabilities = ["read"] }' | vault policy write callers -
for name in alice bob; do
  vault write auth/userpass/users/$name password="$PASSWORD" token_policies=callers
done
vault write identity/oidc/key/builds allowed_client_ids='*' algorithm="$ALGORITHM"
team="\"team\": {{identity.entity.aliases.$accessor.name}}"
for role in builds looking others; do
  vault write identity/oidc/role/$role key=builds ttl=10m client_id="$AUDIENCE" \
    template="{\"scope\": \"openid read write\", $team}"
done
vault write identity/oidc/role/looking template="{\"scope\": \"read\", $team}"
vault write identity/oidc/role/others client_id=somebody-else
"""
PASSWORD = "correct-horse"


@pytest.fixture(params=["RS256", "ES384", "EdDSA"])
def provider(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[vault.Vault]:
    started = vault.start(tmp_path / "vault")
    try:
        started.administer(
            SET_UP, AUDIENCE=AUDIENCE, ALGORITHM=str(request.param), PASSWORD=PASSWORD
        )
        yield started
    finally:
        started.stop()


def get_token(provider: vault.Vault, name: str, role: str = "builds") -> str:
    """Get a token as a person does: by logging in."""
    with httpx2.Client(base_url=f"{provider.address}/v1", trust_env=False) as client:
        login = client.post(f"/auth/userpass/login/{name}", json={"password": PASSWORD}).json()
        headers = {"X-Vault-Token": login["auth"]["client_token"]}
        answer = client.get(f"/identity/oidc/token/{role}", headers=headers).json()
    return str(answer["data"]["token"])


def test_its_tokens_are_taken_for_who_they_are_of(calm_world: World, provider: vault.Vault) -> None:
    given = calm_world.configure(
        OIDC_ISSUER=f"{provider.address}/v1/identity/oidc",
        OIDC_AUDIENCE=AUDIENCE,
        OIDC_OWNER_CLAIM="team",
    )
    fields = {name: value for name, value in samples.FIELDS.items() if name != "owner"}
    with (
        calm_world.rest() as service,
        listen(service, given) as address,
        httpx2.Client(base_url=address, timeout=20) as client,
    ):

        def code(tool: str, token: str) -> int:
            return client.post(f"/mcp/{tool}", json=job, headers=bearer(token)).status_code

        alice = get_token(provider, "alice")
        submitted = client.post("/mcp/submitJob", json=fields, headers=bearer(alice))
        assert submitted.status_code == 200, submitted.text
        job = {"jobID": submitted.json()["jobID"]}
        assert code("getStatus", alice) == 200
        assert code("getStatus", get_token(provider, "bob")) == 404
        assert code("getStatus", get_token(provider, "alice", "looking")) == 200
        assert code("killJob", get_token(provider, "alice", "looking")) == 403
        assert code("getStatus", get_token(provider, "alice", "others")) == 401
        # Its next key is published before it signs.
        provider.administer("vault write -f identity/oidc/key/builds/rotate")
        renewed = get_token(provider, "alice")
        assert renewed.split(".")[0] != alice.split(".")[0]
        assert code("getStatus", renewed) == 200
        assert code("killJob", alice) == 200
