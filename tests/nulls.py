"""JSON of Nomad's without its nulls: what is not set is null there, and absent here."""

from __future__ import annotations


def without_nulls(value: object) -> object:
    """The value without null members and elements, at every depth."""
    match value:
        case dict():
            return {key: without_nulls(each) for key, each in value.items() if each is not None}
        case list():
            return [without_nulls(each) for each in value if each is not None]
        case _:
            return value
