"""A job as text: the same bytes for the same job, for ``nomad job run -json`` and for review."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from generator.jobspec import tree

if TYPE_CHECKING:  # PyYAML takes its time to load
    import yaml

# Strings that are strings in every version of YAML, whatever reads them.
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS: Final = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


def encode(job: tree.Object) -> str:
    """JSON: keys in byte order, two spaces of indent, text as it is, one newline at the end."""
    return json.dumps(job, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def encode_yaml(job: tree.Object) -> str:
    """YAML, for people: the same job, with texts of several lines as such."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """A dumper that quotes whatever some reader might take for something else."""

    Dumper.add_representer(str, _represent_text)
    text: str = yaml.dump(
        job, Dumper=Dumper, sort_keys=True, allow_unicode=True, width=10**6, indent=2
    )
    return text


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if "\n" in text:
        style = "|"
    elif not _PLAIN.fullmatch(text) or text.lower() in _WORDS:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
