"""The tables in docs/ say what the code says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.checking import rules
from server import metrics, webhooks
from server.config import Config
from server.embedded import config, engine, scripted
from tests.docs.pages import DOCS, ROOT, rows

MAP = (DOCS / "architecture.md").read_text()


def test_every_setting_is_documented_with_its_default() -> None:
    documented = rows("operations.md", "Settings")
    fields = {str(field.alias): field.default for field in Config.model_fields.values()}
    assert set(documented) == set(fields)
    for name, default in fields.items():
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        shown = shown.lower() if isinstance(default, bool) else shown
        assert documented[name] == (f"`{shown}`" if shown else ""), name


def test_every_word_for_what_a_node_lacks_is_documented_and_nothing_else() -> None:
    scripts = "\n".join(path.read_text() for path in ROOT.glob("packs/*/templates/*.tpl"))
    words = set(re.findall(r"\bunfit ([a-z]+) \"", scripts))
    words |= set(re.findall(r"fail host_unfit 1 \"([a-z]+):", scripts))
    assert set(rows("operations.md", "When a node is unfit")) == words
    assert len(words) > 3


@pytest.mark.parametrize("folder", ["generator", "server", "server/embedded", "server/lab"])
def test_every_module_is_on_the_map_and_nothing_else(folder: str) -> None:
    found = {path.stem for path in (ROOT / folder).glob("*.py")} | {
        path.parent.name for path in (ROOT / folder).glob("*/__init__.py")
    }
    first = folder.replace("/", ".")
    # A row of the big table names its package once; those of the small ones are below one heading.
    (heading,) = re.findall(rf"^\| part \| modules of `{first}` \|$", MAP, re.MULTILINE) or [""]
    if heading:
        table = MAP.partition(heading)[2].partition("\n\n")[0]
        named = set(re.findall(r"`([a-z_]+)/?`", re.sub(r"^\|[^|]*\|", "", table, flags=re.M)))
    else:
        cells = re.findall(rf"^\| (`{first}\b[^|]*)\|", MAP, re.MULTILINE)
        named = {
            name.removeprefix(f"{first}.")
            for cell in cells
            for name in re.findall(r"`([^`]+)`", cell)
        }
    assert named - {first} == found - {"__init__"}


def test_the_files_of_the_map_and_of_the_promises_are_there() -> None:
    pages = MAP + (DOCS / "security.md").read_text()
    paths = re.findall(r"`((?:server|generator|tests|packs|docs)/[\w./-]+)`", pages)
    assert len(paths) > 20
    assert [path for path in paths if not (ROOT / path).exists()] == []


def anchors(page: Path) -> set[str]:
    """Return what a page's headings are called in links: in lower case, without signs, with dashes for spaces."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_named_in_the_readme_and_every_link_leads_somewhere() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [page.name for page in DOCS.glob("*.md") if f"(docs/{page.name})" not in readme] == []
    for page in (ROOT / "README.md", *DOCS.glob("*.md"), *ROOT.glob("packs/*/README.md")):
        for link, anchor in re.findall(r"\]\(([^)#:]*)(?:#([^)]*))?\)", page.read_text()):
            target = page.parent / link if link else page
            assert target.exists(), f"{page.name}: {link}"
            assert not anchor or anchor in anchors(target), f"{page.name}: {link}#{anchor}"


def test_every_make_target_that_a_page_names_is_there() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in (ROOT / "README.md", *DOCS.glob("*.md")):
        named = set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", page.read_text(), re.MULTILINE))
        assert named - targets == set(), page.name


def test_the_example_of_scripted_tasks_runs(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```$",
        (DOCS / "embedded-engine.md").read_text(),
        re.DOTALL | re.MULTILINE,
    )
    scope = {"config": config, "engine": engine, "folder": tmp_path, "scripted": scripted}

    exec(example, scope)

    assert isinstance(scope["running"], engine.Engine)
    assert scope["running"].address.startswith("http://127.0.0.1:")


def test_every_rule_of_checks_is_documented_with_its_level() -> None:
    documented = rows("packs.md", "Rules")
    assert documented == {rule.name: rule.severity.value for rule in rules.RULES.values()}


def test_every_metric_is_documented_and_nothing_else() -> None:
    page = (DOCS / "operations.md").read_text()
    documented = set(re.findall(r"`(nomad_build_\w+?)(?:\{[a-z,]+\})?`", page))
    shown = metrics.Metrics().render()[0].decode()
    assert documented == set(re.findall(r"^# TYPE (\w+) ", shown, flags=re.MULTILINE))


def test_the_example_of_a_webhooks_receiver_takes_what_is_sent() -> None:
    (example,) = re.findall(
        r"^```python\n(.*?)^```$", (DOCS / "operations.md").read_text(), re.DOTALL | re.MULTILINE
    )
    scope: dict[str, Callable[..., bool]] = {}
    exec(example, scope)
    body = b'{"event": "build.succeeded"}'
    assert scope["is_genuine"](b"key", body, webhooks.sign(b"key", body))
    assert not scope["is_genuine"](b"key", body + b" ", webhooks.sign(b"key", body))
