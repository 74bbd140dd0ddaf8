"""The generator's errors, and how one is shown: where, what, the source line with a caret, a hint.

GeneratorError
 ├─ PackError        the pack's folder cannot be used: a file is missing, metadata.hcl is wrong
 ├─ VariableError    a value is missing, unknown, or not of its declared type
 ├─ TemplateError    a template cannot be parsed, or fails while it runs
 ├─ HclError         text is not HCL, or an expression cannot be evaluated
 │   └─ ImpureError  a function is called whose result would differ from run to run
 └─ JobspecError     HCL that is no Nomad job: unknown or missing arguments, wrong values
"""

from __future__ import annotations

from collections.abc import Iterable

from generator import records


@records.record
class Position:
    """A place in a text: line and column count from 1, the column in characters."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


# Of a longer line only what is around the place is shown.
_SHOWN = 100


class GeneratorError(Exception):
    """The base of all errors that a pack, a job file or a value can cause.

    ``source`` is the whole text that ``position`` points into; whoever has it may set it later.
    """

    def __init__(
        self,
        message: str,
        position: Position | None = None,
        *,
        source: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.source = source
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"{self.position}: {self.message}" if self.position else self.message]
        lines += self._excerpt()
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return printable("\n".join(lines))

    def _excerpt(self) -> list[str]:
        """The line that the position names, and a caret below its column."""
        if self.position is None or self.source is None:
            return []
        lines = self.source.split("\n")
        if not 1 <= self.position.line <= len(lines):
            return []
        line = lines[self.position.line - 1].removesuffix("\r")
        if not line.strip():
            return []
        column = self.position.column - 1
        if len(line) > 2 * _SHOWN:
            start = max(0, column - _SHOWN)
            line, column = line[start : start + 2 * _SHOWN], column - start
        before = printable(line[:column])
        margin = "".join("\t" if character == "\t" else " " for character in before)
        return [f"  {line}", f"  {margin}^"]


def printable(text: str, keep: str = "\n\t") -> str:
    """The text with control characters as Python escapes them: it is shown, and steers no terminal.

    What packs hold may come from strangers. Those characters go, too, that turn the direction.
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character in keep else repr(character)[1:-1]
        for character in text
    )


def suggest(name: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """The hint that one of the known names may be meant, if one is near."""
    import difflib  # only where something is wrong

    found = difflib.get_close_matches(name, list(known), n=1)
    return f'did you mean "{found[0]}"?' if found else otherwise


class PackError(GeneratorError):
    """The pack's folder cannot be used: a file is missing or its metadata is wrong."""


class VariableError(GeneratorError):
    """A variable has no value, is not declared, or its value is not of the declared type."""


class TemplateError(GeneratorError):
    """A template cannot be parsed, or fails while it is executed."""


class HclError(GeneratorError):
    """A text is not HCL, or one of its expressions cannot be evaluated."""


class ImpureError(HclError):
    """A function is called, without leave, whose result would differ from run to run."""


class JobspecError(GeneratorError):
    """The HCL is well formed but is no Nomad job."""
