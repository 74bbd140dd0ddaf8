"""The tables in docs/ say what the code says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from server import errors, http, record, spelling, tools
from server.config import Config
from server.request import BuildRequest

DOCS = Path(__file__).parents[2] / "docs"


def rows(page: str, heading: str) -> dict[str, str]:
    """Return the first table below a heading: the names in its first column, and the second column."""
    section = re.split(r"^## ", (DOCS / page).read_text(), flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(heading)]
    table: dict[str, str] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in re.findall(r"`([^`]+)`", cells[0]) if line.startswith("| `") else ():
            table[name] = cells[1]
    return table


def test_every_setting_is_documented_with_its_default() -> None:
    documented = rows("operations.md", "Settings")
    fields = {str(field.alias): field.default for field in Config.model_fields.values()}
    assert set(documented) == set(fields)
    for name, default in fields.items():
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        assert documented[name] == (f"`{shown}`" if shown else ""), name


def test_every_field_of_a_request_is_documented() -> None:
    documented = rows("tools.md", "submitJob")
    assert set(documented) == {spelling.camelize(name) for name in BuildRequest.model_fields}


def test_every_reason_of_a_failure_is_documented() -> None:
    assert set(rows("tools.md", "getStatus")) == set(get_args(record.Reason))


def test_every_tool_has_its_part_of_the_page() -> None:
    page = (DOCS / "tools.md").read_text()
    headings = " ".join(re.findall(r"^## (.*)", page, flags=re.MULTILINE))
    assert [name for name in tools.TOOLS if name not in headings] == []


def test_every_package_of_the_server_is_on_the_map() -> None:
    page = (DOCS / "architecture.md").read_text()
    folder = DOCS.parent / "server"
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.name for path in folder.iterdir() if (path / "__init__.py").exists()
    }
    undocumented = {name for name in modules - {"__init__"} if f"`server.{name}`" not in page}
    small = {"config", "errors", "jobs", "logs", "spelling", "validation"}
    assert {name for name in undocumented if f"`{name}`" not in page} <= small


def test_the_codes_of_plain_http_are_documented() -> None:
    page = (DOCS / "tools.md").read_text()
    for kind, code in http._STATUS_CODES:
        assert issubclass(kind, errors.ServiceError)
        assert re.search(rf"^\| [0-9, ]*{code}[0-9, ]* \|", page, flags=re.MULTILINE), code
