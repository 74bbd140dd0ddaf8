"""What docs/security.md tells operators to write and to run: the tests do just that."""

from __future__ import annotations

import re
from pathlib import Path

_PAGE = (Path(__file__).parents[2] / "docs/security.md").read_text()


def block(language: str, holding: str) -> str:
    """The only block of code of a language that holds a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", _PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [each for each in blocks if holding in each]
    return str(found)


def line(holding: str) -> str:
    """The only line of a shell block that holds a text."""
    (found,) = [each for each in block("sh", holding).splitlines() if holding in each]
    return found
