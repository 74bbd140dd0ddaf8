"""From a Dockerfile's text to its instructions: in which stage each stands, as which one, and on which lines. Pure.

Mirrors the parser that Buildah builds with (``openshift/imagebuilder``, ``dockerfile/parser/parser.go``), as the
numbers and texts have to be those of Buildah's own output. The library dockerfile-parse knows neither here-documents,
whose lines it takes for instructions, nor numbers an instruction within its stage.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

# A line has seldom more; a name of a here-document is looked for in no longer one.
_LINE_LIMIT = 64 * 1024
_ESCAPE = re.compile(r"#[ \t]*escape[ \t]*=[ \t]*([\\`])", re.IGNORECASE)
_KEYWORD = re.compile(r"\w+")
_HEREDOC = re.compile(r"[0-9]*<<(-?)([^<]+)")
_HEREDOC_KEYWORDS = frozenset({"ADD", "COPY", "RUN"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction.

    ``stage`` counts from 1; what stands before the first FROM, where only ARG may, has 0. ``number`` counts within
    the stage, FROM is 1. ``text`` is what Buildah shows: the lines as one, without comments between them and without
    the here-documents. ``first`` and ``last`` are lines of the file, from 1, with its here-documents.
    """

    stage: int
    number: int
    keyword: str
    text: str
    first: int
    last: int


def scan(source: str) -> tuple[Instruction, ...]:
    """Return a Dockerfile's instructions in their order, also what stands where an instruction has to be."""
    # Buildah knows no line end but this; a carriage return before it belongs to the line.
    lines = source.removeprefix("\ufeff").split("\n")
    escape = _read_escape(lines)
    found: list[Instruction] = []
    stage = number = 0
    position = 0
    while position < len(lines):
        first = position
        text, position = _join(lines, position, escape)
        if not text:
            continue
        keyword = _find_keyword(text)
        for name, tabs in _heredocs(text, keyword):
            position = _skip_heredoc(lines, position, name, tabs)
        if keyword == "FROM":
            stage, number = stage + 1, 0
        number += 1
        found.append(
            Instruction(
                stage=stage,
                number=number,
                keyword=keyword,
                text=text,
                first=first + 1,
                last=position,
            )
        )
    return tuple(found)


def _read_escape(lines: list[str]) -> str:
    """Return the character that continues a line: only the very first line may name another."""
    named = _ESCAPE.match(lines[0].lstrip())
    return named[1] if named else "\\"


def _join(lines: list[str], position: int, escape: str) -> tuple[str, int]:
    """Return an instruction without what continues its lines, and the position after it."""
    part, continues = _strip_escape(_strip_comment(lines[position].lstrip()), escape)
    position += 1
    parts = [part]
    while continues and position < len(lines):
        line = lines[position]
        position += 1
        if not _strip_comment(line.lstrip()):
            continue  # a comment or nothing: it ends no instruction
        part, continues = _strip_escape(_strip_comment(line), escape)
        parts.append(part)
    return "".join(parts).strip(), position


def _strip_comment(line: str) -> str:
    return "" if line.startswith("#") else line


def _strip_escape(line: str, escape: str) -> tuple[str, bool]:
    """Return a line without the character that continues it, and whether it had one."""
    bare = line.rstrip(" \t\r")
    return (bare[:-1], True) if bare.endswith(escape) else (line, False)


def _find_keyword(text: str) -> str:
    keyword = _KEYWORD.match(text)
    return keyword[0].upper() if keyword else ""


def _heredocs(text: str, keyword: str) -> list[tuple[str, bool]]:
    """Return the names of the here-documents that begin in an instruction, and whether tabs before an end count not."""
    arguments = text[len(keyword) :].lstrip()
    if keyword == "ONBUILD":
        return _heredocs(arguments, _find_keyword(arguments))
    if keyword not in _HEREDOC_KEYWORDS or _is_list(arguments):
        return []
    found = []
    for word in _split_words(text[:_LINE_LIMIT]):
        heredoc = _HEREDOC.fullmatch(word)
        if heredoc and (name := _unquote(heredoc[2])):
            found.append((name, bool(heredoc[1])))
    return found


def _is_list(arguments: str) -> bool:
    """Tell whether an instruction has its words as JSON, in which nothing is a here-document."""
    if not arguments.startswith("["):
        return False
    try:
        words = json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return isinstance(words, list) and all(isinstance(word, str) for word in words)


def _split_words(text: str) -> list[str]:
    """Split at spaces that no quotes hold, and leave the quotes as they are."""
    words: list[str] = []
    word: list[str] = []
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\\" and quote != "'":
            word += [character, next(characters, "")]
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character.isspace():
            words.append("".join(word))
            word = []
            continue
        word.append(character)
    return [each for each in (*words, "".join(word)) if each]


def _unquote(name: str) -> str:
    return name.replace('"', "").replace("'", "").replace("\\", "")


def _skip_heredoc(lines: list[str], position: int, name: str, tabs: bool) -> int:
    """Return the position after a here-document's end; one without an end has the rest of the file."""
    while position < len(lines):
        line = lines[position].rstrip("\r")
        position += 1
        if (line.lstrip("\t") if tabs else line) == name:
            break
    return position
