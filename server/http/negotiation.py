"""Which of the forms that an answer can have the caller takes, by its header Accept (RFC 9110, 12.5.1). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

_ANYTHING = "*/*"


def choose(accept: str, offered: Sequence[str]) -> str | None:
    """Return the media type that suits best, of equal ones the first; None when none will do.

    Whoever says nothing takes everything.
    """
    wishes = dict(_read(accept)) if accept.strip() else {_ANYTHING: 1.0}
    best = max(offered, key=lambda each: _rate(each, wishes))
    return best if _rate(best, wishes) > 0 else None


def _rate(media_type: str, wishes: dict[str, float]) -> float:
    """Return how welcome a type is: the most precise wish counts."""
    whole = f"{media_type.partition('/')[0]}/*"
    for wish in (media_type, whole, _ANYTHING):
        if wish in wishes:
            return wishes[wish]
    return 0.0


def _read(accept: str) -> Iterator[tuple[str, float]]:
    for part in accept.lower().split(","):
        media_type, *parameters = (each.strip() for each in part.split(";"))
        weights = [each[2:] for each in parameters if each.startswith("q=")]
        # Some clients shorten "anything".
        yield _ANYTHING if media_type == "*" else media_type, _weigh(weights[:1])


def _weigh(weights: list[str]) -> float:
    try:
        return min(max(float(weights[0]), 0.0), 1.0) if weights else 1.0
    except ValueError:
        return 1.0
