"""A pack with the values of its variables -> the texts that its templates give.

Which templates are executed, what they are called, and which results are dropped is as in
nomad-pack's renderer (internal/pkg/renderer/renderer.go). Only this
and what it stands on knows the template engine.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from generator import diskcache, packfolder, patterns, records, template
from generator.errors import TemplateError
from generator.golang import letters
from generator.hcl import types, values
from generator.pack import Pack
from generator.variables import PackPath, Resolved

TYPE_CHECKING = False
if TYPE_CHECKING:  # no rendering needs it
    from generator.template import tracing

HELPER_MARK = "templates/_"

# How nomad-pack's first template language named a variable, and what that gives today.
_OLD_SYNTAX = patterns.later(
    r"at <(\$?\.([^.>]+)[^>]*)>: nil pointer evaluating parser\.PackContextable\."
)
_MOST_SHOWN = 20


@records.record(kw_only=True)
class Expansion:
    """The results by their templates' names, and that of outputs.tpl when it was asked for."""

    results: Mapping[str, str]
    outputs: str | None


@records.record(kw_only=True)
class _Source:
    """A template's file as messages call it, with its text, and what it sees as dot."""

    file: str
    text: str
    context: template.PackContext

    @property
    def packs(self) -> dict[str, str]:
        """The packs that it may speak of, and where it finds the context of each."""
        below = {name: f".{name}" for name in self.context.dependencies}
        return {self.context.name: "", **below}


def expand(
    pack: Pack,
    resolved: Resolved,
    *,
    impure: template.Impurities | None,
    auxiliary: bool,
    outputs: bool,
    cache: diskcache.DiskCache | None,
) -> Expansion:
    """Execute the templates of a pack and of its dependencies, all in one set.

    ``impure`` is what templates may learn of the world outside, None for nothing; ``cache`` keeps
    what is compiled for other processes.
    """
    root = _context(pack, (), resolved)
    templates = template.TemplateSet(_functions(pack, root, impure), cache=cache)
    sources = _add_sources(templates, pack, root, auxiliary=auxiliary)
    results = {}
    for name in sorted(sources):
        if HELPER_MARK not in name:
            text = _execute(templates, name, sources).replace("<no value>", "")
            if letters.trim_space(text):
                results[name] = text
    message = _outputs(pack, templates, root) if outputs and results else None
    return Expansion(results=results, outputs=message)


def trace(
    pack: Pack, resolved: Resolved, *, impure: template.Impurities | None, auxiliary: bool
) -> dict[str, tracing.SourceMap]:
    """The results by their templates' names as ``expand`` gives them, and where they come from."""
    from generator.template import tracing

    root = _context(pack, (), resolved)
    functions = _functions(pack, root, impure)
    templates = template.TemplateSet(functions, traced=True)
    sources = _add_sources(templates, pack, root, auxiliary=auxiliary)
    files = {name: tracing.File(source.file, source.text) for name, source in sources.items()}
    results = {}
    for name in sorted(sources):
        if HELPER_MARK not in name:
            marked = _execute(templates, name, sources)
            found = tracing.read(marked).without("<no value>")
            if letters.trim_space(found.text):
                results[name] = tracing.SourceMap(found, files)
    return results


def _add_sources(
    templates: template.TemplateSet, pack: Pack, root: template.PackContext, *, auxiliary: bool
) -> dict[str, _Source]:
    """Add the templates of a pack and of its dependencies to a set."""
    sources = dict(_sources(pack, root, pack.key, auxiliary=auxiliary))
    for name in sorted(sources):
        templates.add(name, sources[name].text, sources[name].file)
    return sources


def _outputs(pack: Pack, templates: template.TemplateSet, root: template.PackContext) -> str:
    """The text of outputs.tpl as it is: here nomad-pack leaves ``<no value>`` in place."""
    if pack.outputs is None:
        return ""
    name = pack.outputs.name
    source = _Source(file=pack.place(name), text=pack.outputs.text, context=root)
    templates.add(name, source.text, source.file)
    return _execute(templates, name, {name: source})


def _execute(templates: template.TemplateSet, name: str, sources: Mapping[str, _Source]) -> str:
    """Execute a template; explain what was right in older packs (errors/template_errors.go)."""
    try:
        return templates.execute(name, sources[name].context)
    except TemplateError as error:
        if found := _OLD_SYNTAX.search(error.message):
            written, pack = found.groups()
            error.message = f'pack "{pack}" not found when accessing "{written}"'
            error.hint = "\n".join(_migrate(sources))
        raise


def _migrate(sources: Mapping[str, _Source]) -> Iterator[str]:
    """What to write for the references of nomad-pack's first template language."""
    from generator.template import migration, places

    lines = [
        f"  {places.position(source.text, each.offset, source.file)}:"
        f" {each.written} is now {each.replacement}"
        for _, source in sorted(sources.items())
        for each in migration.find(source.text, source.packs)
    ]
    yield "this is the syntax of nomad-pack's option --parser-v1; a variable x is now read with"
    yield '  [[ var "x" . ]], where dot is the pack\'s context: $ inside of range and with'
    yield from lines[:_MOST_SHOWN]
    if len(lines) > _MOST_SHOWN:
        yield f"  and {len(lines) - _MOST_SHOWN} more"


def _sources(
    pack: Pack, context: template.PackContext, path: str, *, auxiliary: bool
) -> Iterator[tuple[str, _Source]]:
    """The templates by name; the pack's path stands before the file, with slashes for dots."""
    for dependency in pack.dependencies:
        below = context[dependency.key]
        assert isinstance(below, template.PackContext)
        yield from _sources(dependency, below, f"{path}.{dependency.key}", auxiliary=auxiliary)
    for file in (*pack.templates, *(pack.auxiliary if auxiliary else ())):
        name = _join(path.replace(".", "/"), file.name)
        yield name, _Source(file=pack.place(file.name), text=file.text, context=context)


def _join(folder: str, name: str) -> str:
    """Go's path.Join: an empty folder is left out, and of several slashes one stays."""
    joined = posixpath.normpath(f"{folder}/{name}" if folder else name)
    return joined[1:] if joined.startswith("//") else joined


def _context(pack: Pack, path: PackPath, resolved: Resolved) -> template.PackContext:
    """What the pack's templates see: values, metadata, and the same of its dependencies."""
    return template.PackContext(
        pack.metadata.name,
        pack.path,
        {name: _go_value(value) for name, value in resolved[path].items()},
        _metadata(pack),
        {
            dependency.key: _context(dependency, (*path, dependency.key), resolved)
            for dependency in pack.dependencies
        },
    )


def _functions(
    pack: Pack, root: template.PackContext, impure: template.Impurities | None
) -> Mapping[str, template.Function]:
    return template.pack_functions(root, impure, limit=packfolder.limit_of(pack.path))


def _metadata(pack: Pack) -> dict[str, object]:
    """What ``meta`` and ``metas`` read, with Go's types for its lists (ConvertToMapInterface)."""
    described: dict[str, object] = {**pack.metadata.as_map(pack.path)}
    dependencies, integration = described["dependencies"], described.get("integration")
    assert isinstance(dependencies, list)
    described["dependencies"] = template.MapList(dependencies)
    if isinstance(integration, dict):
        flags = integration["flags"]
        texts = template.NilStrings() if flags is None else template.Strings(flags)
        described["integration"] = {**integration, "flags": texts}
    return described


def _go_value(value: types.Value) -> object:
    """A value as templates take it, with what only its HCL type tells (convert.go)."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            return +value  # of the negative zero too a plain int
        case float():
            return float(value)
        case values.TypedList(element=element) | values.TypedSet(element=element):
            items = [_go_value(item) for item in value]
            objects = isinstance(element, types.Map | types.Object)
            return template.MapList(items) if objects else items
        case list():
            return [_go_value(item) for item in value]
        case dict():
            return {name: _go_value(item) for name, item in value.items()}
