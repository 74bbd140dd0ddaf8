"""The usual command lines of ``packgen render``, read without click.

To import click takes as long as nomad-pack takes to render a pack. So a command line that has
nothing but options from the tables below, rightly used, is read here; any other (a mistake, a call
for help, an option in another spelling) is click's, which knows them all and says what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from generator.commands import rendering

# What click reads from the environment for this command.
_VARIABLES = ("NOMAD_PACK_ALLOW_UNSET_VARS", "_PACKGEN_COMPLETE")

_VALUES: Mapping[str, str] = {
    "-f": "var_files",
    "--var-file": "var_files",
    "--var": "arguments",
    "--variant": "variant",
    "--format": "form",
    "-o": "folder",
    "--to-dir": "folder",
    "--name": "name",
}
_FLAGS: Mapping[str, tuple[str, bool]] = {
    "--no-format": ("formatted", False),
    "--skip-aux-files": ("auxiliary", False),
    "--render-output-template": ("outputs", True),
    "--allow-unset-vars": ("allow_unset", True),
    "--allow-impure": ("allow_impure", True),
}


def read(words: Sequence[str], environment: Mapping[str, str]) -> rendering.Request | None:
    """The request that a command line makes, None if it is not for here."""
    if words[:1] != ["render"] or any(name in environment for name in _VARIABLES):
        return None
    packs: list[str] = []
    flags: dict[str, bool] = {}
    given: dict[str, list[str]] = {name: [] for name in _VALUES.values()}
    rest = iter(words[1:])
    for word in rest:
        name, equals, value = word.partition("=")
        if word in _FLAGS:
            field, state = _FLAGS[word]
            flags[field] = state
        elif name in _VALUES and (equals and name.startswith("--")):
            given[_VALUES[name]].append(value)
        elif word in _VALUES:
            value = next(rest, "-")
            if value.startswith("-"):
                return None
            given[_VALUES[word]].append(value)
        elif word.startswith("-") and word != "-":
            return None
        else:
            packs.append(word)
    return _request(packs, given, flags) if len(packs) == 1 else None


def _request(
    packs: list[str], given: Mapping[str, list[str]], flags: Mapping[str, bool]
) -> rendering.Request | None:
    try:
        arguments = rendering.split_pairs(tuple(given["arguments"]))
    except ValueError:
        return None
    form = given["form"][-1] if given["form"] else rendering.HCL
    folder = given["folder"][-1] if given["folder"] else None
    if form not in rendering.FORMS or (form != rendering.HCL and flags.get("outputs")):
        return None
    if folder is not None and os.path.isfile(folder):
        return None
    return rendering.Request(
        pack=packs[0],
        var_files=rendering.split_paths(tuple(given["var_files"])),
        arguments=arguments,
        variant=given["variant"][-1] if given["variant"] else None,
        form=form,
        folder=folder,
        **flags,
    )
