"""Where the canonical format has a space between two tokens (hclwrite/format.go, spaceAfterToken)."""

from __future__ import annotations

import typing

from generator.hcl import scanner
from generator.hcl.scanner import DIRECTIVE, IDENTIFIER, INTERPOLATION, SEQUENCE_END

_OPENING: typing.Final = frozenset({"{", "[", "(", DIRECTIVE, INTERPOLATION})
_CLOSING: typing.Final = frozenset({"}", "]", ")", SEQUENCE_END})
_NONE_AFTER_TEXT: typing.Final = frozenset(
    {scanner.QUOTED_TEXT, scanner.PLAIN_TEXT, scanner.OPEN_QUOTE, scanner.OPEN_HEREDOC}
)
_NONE_BEFORE_TEXT: typing.Final = frozenset(
    {scanner.QUOTED_TEXT, scanner.PLAIN_TEXT, scanner.CLOSE_QUOTE, scanner.CLOSE_HEREDOC}
)
# After one of these, or at the start ("" here), a minus is a sign and not an operator.
_SIGN_FOLLOWS: typing.Final = frozenset(
    {"", "(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-"}
    | {"==", "!=", ">", ">=", "<", "<=", "&&", "||", "!"}
)


def bracket_change(kind: str) -> int:
    """1 for a token that opens a bracket, -1 for one that closes one."""
    return (kind in _OPENING) - (kind in _CLOSING)


def has_space(subject: str, before: str, after: str, *, keyword_in: bool) -> bool:
    """Whether a space follows ``subject``; the first rule that says anything decides."""
    if after is scanner.NEWLINE:
        return False
    if _is_tight(subject, after):
        return False
    if subject == ",":
        return True
    if subject in _NONE_AFTER_TEXT or after in _NONE_BEFORE_TEXT:
        return False
    if keyword_in and before is IDENTIFIER:
        return True
    if after == "[" and (subject in (IDENTIFIER, scanner.NUMBER) or subject in _CLOSING):
        return False
    if subject == "!":
        return False
    if subject == "-":
        return before not in _SIGN_FOLLOWS
    return _has_bracket_space(subject, after)


def _is_tight(subject: str, after: str) -> bool:
    """Names and what belongs to them; a comma and what it ends."""
    if subject is IDENTIFIER and after in ("(", "::"):
        return True
    if subject == "::" and after is IDENTIFIER:
        return True
    return subject == "." or after in (".", ",", "...")


def _has_bracket_space(subject: str, after: str) -> bool:
    """Spaces inside of braces, not inside of other brackets, and between all else."""
    if subject == "{" or after == "}":
        return not (subject == "{" and after == "}")
    if subject in (INTERPOLATION, DIRECTIVE) and after == "{":
        return True
    if subject == "}" and after is SEQUENCE_END:
        return True
    if subject is SEQUENCE_END and after in (INTERPOLATION, DIRECTIVE):
        return False
    return subject not in _OPENING and after not in _CLOSING
