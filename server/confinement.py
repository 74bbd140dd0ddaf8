"""What keeps one owner's builds apart from another's: secrets, staged images, and what may be asked about. Pure.

An owner is a name that the caller gives: this service has no accounts. Whoever lets several owners in puts a
gateway before it that fills in the name, and requires it with ``NOMAD_BUILD_REQUIRE_OWNER``. The id of a build
protects nothing: it is a time and a random part, or, with a ``requestID``, a hash of owner and requestID, which
anybody who knows the two can compute. Without a secret that all replicas share it cannot be otherwise: the id
has to be the same wherever, and whenever, the request is repeated. So ids are names, and the owner is compared.
"""

from __future__ import annotations

import re

# What Nomad and Vault take for a path, and no more: "@" would name another namespace, "." and ".." another path.
_REFERENCE = re.compile(
    r"(?:(?P<store>nomad|vault):)?(?P<path>[A-Za-z0-9_][A-Za-z0-9_./-]{0,255})(?:#[A-Za-z0-9_.-]{1,128})?"
)
_PATTERN = re.compile(r"\*|(?:nomad|vault):(?:[A-Za-z0-9_./*-]|\{owner\})+")
# An owner is a whole part of a path: "team-{owner}" would let "a" reach for "team-a-b" as soon as it ends in "*".
_WHOLE_PART = re.compile(r"(?<=[:/])\{owner\}(?=/|\Z)")
_OWN_VARIABLES = "nomad-build"
# What gives each owner the webhook keys below a path of his own.
WEBHOOK_PATTERN = f"nomad:{_OWN_VARIABLES}/webhooks/{{owner}}/*"
_STAGING = re.compile(r"-staging-[0-9a-z]{26}(?![^/:@])", re.IGNORECASE)


def check_pattern(pattern: str) -> str:
    """Return an operator's pattern of references if it can be used.

    Raises:
        ValueError: it is none, or its ``{owner}`` is not a whole part of the path.
    """
    if not _PATTERN.fullmatch(pattern):
        msg = f"{pattern!r} is not a pattern like nomad:teams/{{owner}}/* or vault:secret/data/*"
        raise ValueError(msg)
    if "{owner}" in _WHOLE_PART.sub("", pattern):
        msg = f"{pattern!r}: {{owner}} must stand between two '/', or after the ':'"
        raise ValueError(msg)
    return pattern


def check_reference(reference: str, owner: str, patterns: tuple[str, ...]) -> None:
    """Check that an owner's build may use a secret; without a store's name the reference is to Vault.

    In a pattern ``*`` stands for anything, also with ``/``, and ``{owner}`` for the owner. What the service
    keeps for itself below ``nomad-build/`` is nobody's, whatever the patterns say.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None or any(part in ("", ".", "..") for part in match["path"].split("/")):
        msg = "must be nomad:PATH or vault:PATH, the path without '.', '..' and empty parts"
        raise ValueError(msg)
    store, path = match["store"] or "vault", match["path"]
    if store == "nomad" and path.split("/")[0] == _OWN_VARIABLES:
        msg = f"names a variable below {_OWN_VARIABLES}/, which the service keeps for itself"
        raise ValueError(msg)
    _require_match(f"{store}:{path}", owner, patterns)


def check_webhook_secret(path: str, owner: str, patterns: tuple[str, ...]) -> None:
    """Check that an owner's webhook may be signed with the key in a Variable below ``nomad-build/webhooks/``.

    Only there such keys are, and nothing else that a request may name: so it is not for ``check_reference``. But
    whose key it is the same patterns say.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    hint = f"; an operator can add {WEBHOOK_PATTERN}"
    _require_match(f"nomad:{path}", owner, patterns, hint)


def _require_match(reference: str, owner: str, patterns: tuple[str, ...], hint: str = "") -> None:
    if not any(_matches(pattern, reference, owner) for pattern in patterns):
        shown = ", ".join(pattern.replace("{owner}", owner) for pattern in patterns) or "no path"
        msg = f"names a secret that owner {owner} may not use here: NOMAD_BUILD_SECRET_PATHS allows {shown}{hint}"
        raise ValueError(msg)


def _matches(pattern: str, reference: str, owner: str) -> bool:
    """Match piece by piece, always at the first place that fits: no pattern takes longer than the text is long."""
    first, *others = pattern.replace("{owner}", owner).split("*")
    if not others:
        return reference == first
    *middle, last = others
    if not reference.startswith(first):
        return False
    position = len(first)
    for piece in middle:
        found = reference.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return len(reference) - len(last) >= position and reference.endswith(last)


def check_repository(name: str) -> None:
    """Refuse the name of an image or repository that is, or looks like, where a build stages its image.

    Raises:
        ValueError: with what is wrong, to stand behind the name of the field.
    """
    if names_staging(name):
        msg = "ends like a repository in which a build stages its image (-staging-ID): choose another name"
        raise ValueError(msg)


def names_staging(name: str) -> bool:
    """Tell whether some part of a name is one for images that wait for their tests."""
    return _STAGING.search(name) is not None
