"""The pages of docs/ as tests read them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def section(page: str, heading: str) -> str:
    """Return what is below a heading that begins like this, with all that is below its own subheadings."""
    text = (DOCS / page).read_text()
    (found,) = re.finditer(rf"^(##+) {re.escape(heading)}", text, flags=re.MULTILINE)
    # The headings of examples, which begin with one sign, end nothing.
    return re.split(rf"^#{{2,{len(found[1])}}} ", text[found.end() :], flags=re.MULTILINE)[0]


def rows(page: str, heading: str) -> dict[str, str]:
    """Return all tables below a heading: the names in their first columns, and the second columns."""
    table: dict[str, str] = {}
    for line in section(page, heading).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`([^`]+)`", cells[0]) if line.startswith("| `") else ():
            assert name not in table, f"{name} is there twice"
            table[name] = cells[1]
    return table
