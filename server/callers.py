"""Who calls, and what they may do. Pure: the doors find out, the tools ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from server.errors import PermissionDenied

Scope = Literal["read", "write", "admin"]
SCOPES: frozenset[Scope] = frozenset(get_args(Scope))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller: ``name`` is for the audit log, ``owner`` the only one whose builds it knows, None for all.

    Of the scopes ``read`` lets look at builds, ``write`` submit, kill and clean up after them, and ``admin`` do what
    concerns the builds of everybody.
    """

    name: str
    owner: str | None = None
    scopes: frozenset[Scope] = SCOPES

    def require(self, scope: Scope, what: str) -> None:
        """Check that this caller may do something.

        Raises:
            PermissionDenied: it may not.
        """
        if scope not in self.scopes:
            msg = f"{self.name} may not call {what}: its token lacks the scope {scope}"
            raise PermissionDenied(msg)

    def confine(self, owner: str | None) -> str | None:
        """Return the owner whose builds are meant: the caller's own where it has one.

        Raises:
            PermissionDenied: another owner was named.
        """
        if self.owner is None or owner is None:
            return self.owner or owner
        if owner != self.owner:
            msg = f"{self.name} may act for owner {self.owner} only"
            raise PermissionDenied(msg, next_step=f"Leave owner out, or give {self.owner}")
        return owner


# Where nobody has to say who they are: on loopback, and over standard input and output.
ANYONE = Caller(name="anyone")
