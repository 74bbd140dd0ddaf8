"""Packs made up at random, rendered by the real nomad-pack and by us on the spot.

A longer run: ``PACKS=2000 pytest tests/generator/test_against_nomad_pack.py``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import generator
from generator import GeneratorError
from generator.hcl import formatter
from tests.generator import made_up_packs
from tests.generator.made_up_packs import MadeUp, Variable

PACKS = int(os.environ.get("PACKS", "6"))
VARIABLES = 12
# A refused variable costs a process of its own.
REFUSED = 2

pytestmark = pytest.mark.nomad_pack


def rendered(folder: Path, environment: dict[str, str], arguments: list[str]) -> str | None:
    """What we print for the pack; None if we refuse it."""
    pairs = (text.removeprefix("--var=") for text in arguments if text.startswith("--var="))
    try:
        rendering = generator.render(
            generator.load_pack(folder / "top"),
            formatted=False,
            environment=environment,
            arguments=dict(pair.split("=", 1) for pair in pairs),
            var_files=[folder / "a.hcl", folder / "b.json"],
            allow_unset=True,
        )
    except GeneratorError:
        return None
    return "".join(f"{name}:\n\n{text}\n" for name, text in rendering.files.items())


def rendered_by_nomad_pack(
    folder: Path, environment: dict[str, str], arguments: list[str]
) -> str | None:
    """What nomad-pack prints for the pack; None if it refuses it."""
    run = subprocess.run(
        ["nomad-pack", "render", "top", "--no-format", *arguments],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    return None if run.returncode else run.stdout.decode()


def both(made_up: MadeUp) -> tuple[str | None, str | None]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment, arguments = made_up.write(folder)
        return (
            rendered(folder, environment, arguments),
            rendered_by_nomad_pack(folder, environment, arguments),
        )


def is_accepted(variable: Variable) -> bool:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return rendered(folder, *MadeUp((variable,)).write(folder)) is not None


@settings(
    max_examples=PACKS,
    deadline=None,
    derandomize="PACKS" not in os.environ,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(st.tuples(*(made_up_packs.variables(f"v{number}") for number in range(VARIABLES))))
def test_variables_of_all_types_have_the_same_values_in_templates(
    variables: tuple[Variable, ...],
) -> None:
    accepted = tuple(each for each in variables if is_accepted(each))
    refused = [each for each in variables if each not in accepted]

    ours, theirs = both(MadeUp(accepted[2:-2], accepted[:2], accepted[-2:], alias="other"))

    assert ours == theirs
    for each in refused[:REFUSED]:
        assert both(MadeUp((each,))) == (None, None)


# What the formatter's scanner has states and rules for, and what it has none for.
PIECES = (
    r'a|b-c|_x|é|5|1.5e3|=|==|=>|{|}|[|]|(|)|"|${|%{|~}|$${|%%{|<<E¶|<<-E¶|E¶|¶|¶|  |.|...|,|?|:|::|'
    r"-|!|&&|||#|//|/*|*/|in|for|\|$|%|日本|e"
    + "\u0301|👨\u200d👩\u200d👧|\t|\r¶|'|`|;|^|&|@|\ufeff|\x7f"
).split("|")
HCL = st.lists(st.sampled_from(PIECES), max_size=60).map(
    lambda pieces: "".join(pieces).replace("¶", "\n")
)


@settings(
    max_examples=max(1, PACKS // 3),
    deadline=None,
    derandomize="PACKS" not in os.environ,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(HCL.filter(str.strip), min_size=20, max_size=100))
def test_any_text_is_formatted_the_same(texts: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        MadeUp(()).write(folder)
        shutil.rmtree(folder / "top" / "templates")
        (folder / "top" / "templates").mkdir()
        for number, text in enumerate(texts):
            (folder / "top" / f"{number}").write_bytes(text.encode())
            template = folder / "top" / "templates" / f"{number}.hcl.tpl"
            template.write_text(f'[[ fileRelative "{number}" . ]]')
        out = folder / "out"
        subprocess.run(
            ["nomad-pack", "render", "top", "--to-dir", out, "--allow-unset-vars"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOME": name},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=True,
        )
        theirs = [
            (out / "top" / f"{number}.hcl").read_bytes().decode() for number in range(len(texts))
        ]

    assert [formatter.format_source(text) for text in texts] == theirs
