"""Names of fields on the wire: snake_case, and camelCase as users of the service spell it (jobID, repoURL)."""

from __future__ import annotations

_ACRONYMS = {"id": "ID", "url": "URL"}


def camelize(name: str) -> str:
    """Return ``repo_url`` as ``repoURL``: camelCase with the acronyms in capitals."""
    first, *rest = name.split("_")
    return first + "".join(_ACRONYMS.get(part, part.capitalize()) for part in rest)


def is_snake_case(name: str) -> bool:
    """Tell whether a name of several words is in snake_case: a caller's spelling shows in these."""
    return "_" in name.strip("_")
