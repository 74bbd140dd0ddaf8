"""Errors in templates, with the text that Go would print for them."""

from __future__ import annotations

from generator import errors
from generator.template import places


class Mistake(errors.TemplateError):
    """A template error at an offset of a text; ``go_text`` is all that Go would say."""

    def __init__(self, message: str, go_text: str, *, text: str, offset: int, file: str) -> None:
        super().__init__(message, places.position(text, offset, file), source=text)
        self.go_text = go_text


def parse_mistake(
    message: str, name: str, text: str, offset: int, file: str, *, line: int = 1
) -> Mistake:
    """A mistake found while a template is parsed, of which Go tells only a line."""
    go_text = f"template: {name}:{line}: {message}"
    return Mistake(message, go_text, text=text, offset=offset, file=file)


def run_mistake(message: str, name: str, text: str, offset: int, file: str) -> Mistake:
    """A mistake that shows when a template is executed."""
    go_text = f"template: {name}:{places.go_place(text, offset)}: {message}"
    return Mistake(message, go_text, text=text, offset=offset, file=file)
