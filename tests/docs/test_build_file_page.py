"""docs/build-file.md says what is so: its examples are build files, its tables are the code's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from server import __main__ as cli
from server import buildfile, spelling
from server.buildfile import permissions
from server.request import parse_request

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/build-file.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SCHEMA: dict[str, Any] = json.loads((ROOT / "server/data/nomad-build.schema.json").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_a_build_file_by_the_validator_and_by_the_schema(example: str) -> None:
    assert buildfile.summarize(buildfile.parse(example.encode()))
    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(example))


def test_the_first_example_and_the_request_above_it_are_a_build() -> None:
    (request,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    asked = parse_request(json.loads(request))
    assert asked.file_path == ".nomad-build.yaml"

    effective = buildfile.merge(asked, buildfile.parse(EXAMPLES[0].encode()), trusted=False)

    assert effective.repository == "registry.example.com:5000/team/shop"


def test_the_example_with_secrets_needs_the_caller_s_trust_and_the_others_do_not() -> None:
    asked = parse_request({"owner": "a", "repoURL": "https://git.example.com/a.git"})
    files = [buildfile.parse(example.encode()) for example in EXAMPLES]
    for file in files[:-1]:
        buildfile.merge(asked, file, trusted=False)
    with pytest.raises(buildfile.BuildFileError, match="trustBuildFile"):
        buildfile.merge(asked, files[-1], trusted=False)


def table(heading: str) -> set[str]:
    """The names in the first column of the table below a row of headings."""
    text = PAGE.partition(heading)[2].partition("\n\n")[0]
    cells = [line.strip("|").split("|")[0] for line in text.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_fields_that_are_the_caller_s_are_in_the_table() -> None:
    assert table("| field | why |") == {spelling.camelize(name) for name in permissions.CALLERS}


def test_the_fields_that_need_trust_are_in_the_table() -> None:
    names = (
        *permissions._KEYS,
        *permissions._ROUTES,
        *permissions._DESTINATIONS,
        *permissions._SOURCES,
    )
    documented = table("| field | needs `trustBuildFile` |")
    assert documented == {spelling.camelize(name) for name in names} | {"credentialsPath"}


def test_the_problems_that_the_page_shows_are_what_validate_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path(".nomad-build.yaml").write_text("target: a\nimageTags: [1.10]\ntestCommand: []\n")

    result = CliRunner().invoke(cli.main, ["validate", ".nomad-build.yaml"])

    assert (result.exit_code, result.output) == (1, shown)
