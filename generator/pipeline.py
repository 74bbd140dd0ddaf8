"""A pack and the values for its variables -> the files that it renders, as ``nomad-pack render``.

The one chain of calls: values, templates, HCL's canonical format. The order in which the files
stand and what they are called is nomad-pack's (internal/cli/render.go).
"""

from __future__ import annotations

import typing
from collections.abc import Mapping

from generator import choices, diskcache, expansion, limits, records, registry, variables
from generator.errors import PackError
from generator.hcl import formatter
from generator.pack import Pack

TYPE_CHECKING = False
if TYPE_CHECKING:  # no rendering needs it
    from generator.template import tracing

JOB_SUFFIX = ".nomad"
TEMPLATE_SUFFIX = ".tpl"
FORMATTED_SUFFIXES = (".nomad.tpl", ".hcl.tpl")


@records.record(kw_only=True)
class Rendering:
    """The texts that a pack gave, by name as ``build/build.nomad``, in nomad-pack's order.

    ``outputs`` is the message of outputs.tpl when it was asked for, empty if the pack has none.
    """

    files: Mapping[str, str]
    outputs: str | None

    @property
    def jobs(self) -> dict[str, str]:
        """The job files among the files."""
        return {name: text for name, text in self.files.items() if name.endswith(JOB_SUFFIX)}


@limits.metered()
def render(
    pack: Pack,
    *,
    auxiliary: bool = True,
    outputs: bool = False,
    formatted: bool = True,
    cache: diskcache.DiskCache | None = None,
    **overrides: typing.Unpack[choices.Overrides],
) -> Rendering:
    """Execute the templates of a pack and of its dependencies, as ``nomad-pack render``.

    A ``cache`` keeps compiled templates, and what var-files say, for other processes.
    """
    resolved = _resolve(pack, overrides, cache)
    expanded = expansion.expand(
        pack,
        resolved,
        impure=overrides.get("impure"),
        auxiliary=auxiliary,
        outputs=outputs,
        cache=cache,
    )
    if not expanded.results:
        msg = f"{pack.path}: no templates were rendered by the renderer process run"
        raise PackError(msg, hint=_unrendered(pack))
    files = {
        "/".join(_place(name)): _format(name, expanded.results[name])
        if formatted
        else expanded.results[name]
        for name in sorted(expanded.results, key=_place)
    }
    return Rendering(files=files, outputs=expanded.outputs)


@records.record
class Traced:
    """The texts that a pack gave, unformatted, and where in its templates they come from."""

    files: Mapping[str, str]
    sources: Mapping[str, tracing.SourceMap]

    @property
    def jobs(self) -> dict[str, str]:
        """The job files among the files."""
        return {name: text for name, text in self.files.items() if name.endswith(JOB_SUFFIX)}


@limits.metered()
def render_traced(
    pack: Pack, *, auxiliary: bool = True, **overrides: typing.Unpack[choices.Overrides]
) -> Traced:
    """As ``render``, without formatting or an error where nothing is rendered, for checks."""
    found = expansion.trace(
        pack,
        _resolve(pack, overrides),
        impure=overrides.get("impure"),
        auxiliary=auxiliary,
    )
    sources = {"/".join(_place(name)): found[name] for name in sorted(found, key=_place)}
    return Traced({name: source.trace.text for name, source in sources.items()}, sources)


def _resolve(
    pack: Pack, overrides: choices.Overrides, cache: diskcache.DiskCache | None = None
) -> variables.Resolved:
    variant = overrides.get("variant")
    return variables.resolve(
        pack,
        environment=overrides.get("environment") or {},
        variant=registry.variant(pack, variant) if variant else None,
        files=overrides.get("var_files", ()),
        arguments=overrides.get("arguments", {}),
        typed=overrides.get("values", {}),
        allow_unset=overrides.get("allow_unset", False),
        cache=cache,
    )


def _unrendered(pack: Pack) -> str:
    """Why a pack renders nothing at all."""
    if any("/_" not in file.name for each in pack.walk() for file in each[1].templates):
        return "white space is all that its templates give with these values"
    return "a job's template is a file templates/NAME.nomad.tpl"


def _place(name: str) -> tuple[str, str]:
    """The folder and the name of what a template renders, by which nomad-pack sorts."""
    folder, _, file = name.partition("/templates/")
    return folder, file.removesuffix(TEMPLATE_SUFFIX)


def _format(name: str, text: str) -> str:
    if not name.endswith(FORMATTED_SUFFIXES):
        return text
    try:
        return formatter.format_source(text)
    except limits.LimitError as limit:
        msg = f"{name}: {limit.message}"
        hint = "without formatting (--no-format) it is rendered as it is"
        raise PackError(msg, hint=hint) from limit
