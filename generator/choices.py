"""What whoever renders a pack chooses over its defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:  # no rendering needs it
    from generator.template import Impurities


class Overrides(TypedDict, total=False):
    """What stands over the variables' defaults; each source is stronger than those before it.

    ``environment`` is that of a process, where ``NOMAD_PACK_VAR_name`` is the text for a variable.
    ``arguments`` hold texts as a command line gives them, ``values`` Python's own. A name with
    dots, as ``child.port``, means a variable of a dependency. ``impure`` is no value: it is what
    templates may learn of the world outside, and without it their functions that ask for that fail.
    """

    environment: Mapping[str, str] | None
    impure: Impurities | None
    variant: str | None
    var_files: Sequence[str | os.PathLike[str]]
    arguments: Mapping[str, str]
    values: Mapping[str, object]
    allow_unset: bool
