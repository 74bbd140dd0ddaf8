"""Texts from builds, made safe to show: what moves a terminal's cursor or hides text from a reader goes. Pure.

A log holds what a repository's commands say, and they may say anything. People read it in terminals, agents as
JSON: neither must be led to see something else than what is there.
"""

from __future__ import annotations

import re

# Escape sequences as ECMA-48 and xterm have them, each also without its end. None of these patterns ever goes back:
# the possessive quantifiers keep hostile texts from costing more than their length.
#
# A control string (OSC, DCS, SOS, PM, APC) that has no end on its line ends with the line: a terminal would swallow
# all that follows, and a command could so hide what others have to say.
_SEQUENCES = re.compile(
    r"""(?:
        (?:\x1b[\]P_^X]|[\x90\x98\x9d-\x9f])      # a control string begins
        [^\x07\x18\x1a\x1b\x9c\n\r\x0b\x0c\x85\u2028\u2029]*+ (?:\x07|\x1b\\|[\x18\x1a\x9c])?+
      | (?:\x1b\[|\x9b) [0-?]*+ [ -/]*+ [@-~]?+     # a control sequence: colours, movements, erasing
      | \x1b [ -/]*+ [0-~]?+                        # any other escape
    )++""",
    re.VERBOSE,
)
_LINE_ENDS = "\x0b\x0c\x85\u2028\u2029"
# What is left of C0 and C1; embeddings, overrides and isolates, which show text in another order than it has;
# annotations and tags, which people do not see but agents read; halves of characters, which JSON cannot carry.
# Joiners and marks stay: without them many languages, and many emoji, cannot be written.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]++"
)
_HALVES = re.compile("[\ud800-\udfff]")
_BACKSPACE = "\b"
_RETURN = "\r"
_ANY = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def strip(text: str) -> str:
    """Return a text with line ends and tabs for all control characters, and each line as it was shown in the end.

    What a line was overwritten with after a carriage return counts, as progress bars do it, and what was taken back
    with backspaces does not.
    """
    if not _ANY.search(text):
        return text
    text = _SEQUENCES.sub("", text)
    for end in _LINE_ENDS:
        text = text.replace(end, "\n")
    if _RETURN in text or _BACKSPACE in text:
        text = "\n".join(map(_settle, text.split("\n")))
    return _HALVES.sub("\ufffd", _INVISIBLE.sub("", text))


def _settle(line: str) -> str:
    """Return the last state of a line; what stands before a line end comes from systems that write both."""
    line = line.rstrip(_RETURN)
    line = line[line.rfind(_RETURN) + 1 :]
    if _BACKSPACE not in line:
        return line
    shown: list[str] = []
    for character in line:
        if character != _BACKSPACE:
            shown.append(character)
        elif shown:
            shown.pop()
    return "".join(shown)
