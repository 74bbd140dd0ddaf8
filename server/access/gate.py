"""Who calls: from what a request says to a caller, or the reason why there is none."""

from __future__ import annotations

import logging
import re
import urllib.parse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import anyio.to_thread

from server.access.issuer import Issuer
from server.access.rates import Rates, network
from server.access.tokens import TokenFile
from server.callers import ANYONE, Caller
from server.config import Config
from server.errors import InvalidRequest, PermissionDenied, Unauthenticated

_log = logging.getLogger(__name__)

# RFC 6750, section 2.1; the longest tokens that are met have some kilobytes.
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(?P<token>[A-Za-z0-9._~+/-]{1,8192}=*) *")
# Wrong tokens of one address. Good ones are not held up by it, as many may share an address.
_FAILURES = "30/minute"
# Calls that may wait for the keys of an issuer at the same time.
_WAITING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says of who sends it: the address, the headers Authorization, the query of its URL."""

    client: str
    authorization: Sequence[str]
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A caller, and how often it may call: ``rate`` for all calls that count as those of ``name``."""

    caller: Caller
    name: str
    rate: str


class Gate:
    """Lets callers in; without tokens and issuer, everybody."""

    def __init__(self, config: Config, tokens: TokenFile | None, issuer: Issuer | None) -> None:
        self.config = config
        self._tokens = tokens
        self._issuer = issuer
        self._rates = Rates()
        self._waiting = anyio.CapacityLimiter(_WAITING)
        # Made-up keys cost nothing: those who have one that is known do not queue behind them.
        self._glancing = anyio.CapacityLimiter(_WAITING)
        # Of its own: who calls must not wait for whatever else is done in threads.
        self._reading = anyio.CapacityLimiter(1)

    @property
    def open(self) -> bool:
        """Whether nobody has to say who they are."""
        return self._tokens is None and self._issuer is None

    async def identify(self, asked: Asked) -> Admitted:
        """Return who calls, or say why they may not.

        Raises:
            InvalidRequest: there is a token in the address.
            Unauthenticated: there is no token, or it is not good.
            PermissionDenied: it is, for somebody who is not let in here.
            LimitReached: too many tokens that are not have come from there.
            IssuerSilent: whether the token is good cannot be told.
        """
        if "access_token" in urllib.parse.parse_qs(asked.query, keep_blank_values=True):
            msg = "a token in the address of a request stands in the logs of all that pass it on"
            hint = "Send the header Authorization: Bearer TOKEN, and have this token replaced"
            raise InvalidRequest((msg,), next_step=hint)
        address = network(asked.client)
        if self.open:
            return Admitted(caller=ANYONE, name=address, rate=self.config.rate)
        token = _read_token(asked.authorization)
        try:
            caller, rate = await self._find(token)
        except (Unauthenticated, PermissionDenied):
            self._rates.take("wrong tokens", address, _FAILURES)
            raise
        return Admitted(caller=caller, name=caller.name, rate=rate or self.config.rate)

    def count(self, admitted: Admitted) -> None:
        """Count a call.

        Raises:
            LimitReached: there were too many before.
        """
        self._rates.take("calls", admitted.name, admitted.rate)

    async def _find(self, token: str) -> tuple[Caller, str]:
        """Return who calls with a token, and the token's own rate."""
        if self._tokens is not None:
            if self._tokens.due:
                await anyio.to_thread.run_sync(self._tokens.refresh, limiter=self._reading)
            entry = self._tokens.find(token, datetime.now(UTC))
            if entry is not None:
                return entry.caller, entry.rate
        issuer = self._issuer
        if issuer is None or token.count(".") != 2:
            msg = "the token is not known here"
            raise Unauthenticated(msg)
        if not issuer.waits(token):
            return issuer.identify(token, may_wait=False), ""
        limiter = self._glancing if issuer.knows(token) else self._waiting
        caller = await anyio.to_thread.run_sync(issuer.identify, token, limiter=limiter)
        return caller, ""


def create_gate(config: Config, *, exposed: bool) -> Gate:
    """Return the gate that the configuration asks for; ``exposed`` if others than this machine reach the service.

    Raises:
        ConfigError: the file of tokens cannot be used.
    """
    tokens = TokenFile(Path(config.tokens_file)) if config.tokens_file else None
    gate = Gate(config, tokens, Issuer(config) if config.oidc_issuer else None)
    if exposed and gate.open:
        _log.warning(
            "nobody has to say who they are: whoever reaches the port can submit, read and stop the builds of "
            "everybody; set NOMAD_BUILD_TOKENS_FILE or NOMAD_BUILD_OIDC_ISSUER, or see to it that only those "
            "reach it who may (docs/security.md)"
        )
    return gate


def _read_token(headers: Sequence[str]) -> str:
    if not headers:
        msg = "the call has no token"
        raise Unauthenticated(msg)
    match = _BEARER.fullmatch(headers[0]) if len(headers) == 1 else None
    if match is None:
        msg = "the header Authorization is not one Bearer and a token"
        raise Unauthenticated(msg)
    return match["token"]
