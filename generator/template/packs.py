"""nomad-pack's own functions: what a pack's templates ask of their context, of files and of ``tpl``.

As nomad-pack's renderer/funcs.go and internal/pkg/variable/parser/template_context.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.template import context as contexts
from generator.template import (
    files,
    impurities,
    printing,
    signatures,
    sites,
    sprig,
    suggestions,
    values,
)
from generator.template.sprig import refusals


def must_var(key: str, context: contexts.Contextual) -> object:
    data = contexts.data_of(context)
    return _find(data.find_variable, key, data.variables)


def _find(find: Callable[[str], object], key: str, known: dict[str, object]) -> object:
    """What is found by a path; where it breaks off, the error says what there is instead."""
    try:
        return find(key)
    except signatures.CallError as error:
        error.hint = _nearest(key, known)
        raise


def _find_or_blank(find: Callable[[str], object], key: str) -> object:
    """What is found by a path, and an empty text where it breaks off, for whatever reason."""
    try:
        return find(key)
    except signatures.CallError:
        return ""


def _nearest(key: str, known: dict[str, object]) -> str | None:
    """The hint for a path that breaks off: what there is instead."""
    found: object = known
    for name in key.split("."):
        if not isinstance(found, dict):
            return (
                f"what {name} is looked up in has no names, it is of type {values.type_name(found)}"
            )
        if name not in found:
            return suggestions.key(name, found)
        found = found[name]
    return None


def var(key: str, context: contexts.Contextual) -> object:
    return _find_or_blank(contexts.data_of(context).find_variable, key)


def all_variables(context: contexts.Contextual) -> object:
    return contexts.data_of(context).variables


def must_meta(key: str, context: contexts.Contextual) -> object:
    data = contexts.data_of(context)
    return _find(data.find_metadata, key, data.metadata)


def meta(key: str, context: contexts.Contextual) -> object:
    return _find_or_blank(contexts.data_of(context).find_metadata, key)


def all_metadata(context: contexts.Contextual) -> object:
    return contexts.data_of(context).metadata


def dependencies(context: contexts.PackContext) -> object:
    return contexts.Dependencies(
        {key: each for key, each in context.items() if key != contexts.SELF}
    )


def dependency_tree(context: contexts.PackContext) -> object:
    """The paths of all dependencies; those of siblings pile up, as they do in nomad-pack."""
    paths = values.Strings()
    for key, child in _children(context):
        paths.append(f".{key}")
        _add_paths(child, f".{key}", paths)
    return paths


def _add_paths(context: contexts.PackContext, path: str, paths: values.Strings) -> None:
    for key, child in _children(context):
        path = f"{path}.{key}"
        paths.append(path)
        _add_paths(child, path, paths)


def _children(context: contexts.PackContext) -> list[tuple[str, contexts.PackContext]]:
    found = ((key, each) for key, each in context.items() if isinstance(each, contexts.PackContext))
    return sorted(found, key=lambda entry: entry[0])


def to_string_list(value: object) -> str:
    """A list as HCL writes it; what is no ``[]interface {}`` is quoted as a whole, as Go does."""
    if isinstance(value, list) and type(value) in (list, values.NilList):
        elements: list[object] = value
    else:
        elements = [value]
    return f"[{', '.join(printing.sprintf('%q', each) for each in elements)}]"


def expand(frame: sites.Frame, text: str, dot: object) -> str:
    """``tpl``: a text expanded among the templates that it is called from."""
    return frame.family.expand(text, dot).replace(printing.NO_VALUE, "")


_REFUSED: Mapping[str, signatures.Function] = {
    name: refusals.absent(
        f"{name} asks a running Nomad", "what a job depends on is best given by a variable"
    )
    for name in ("nomadNamespace", "nomadNamespaces", "nomadRegions")
}


class _Debugging(signatures.Table):
    """The functions that show values with their Go types, imported when one is called."""

    _names = (
        "customSpew", "spewDump", "spewPrintf", "withContinueOnMethod", "withDisableCapacities",
        "withDisableMethods", "withDisablePointerAddresses", "withDisablePointerMethods",
        "withIndent", "withMaxDepth", "withSortKeys", "withSpewKeys",
    )  # fmt: skip

    def __init__(self, root: contexts.PackContext) -> None:
        self._root = root
        self._made: Mapping[str, signatures.Function] = {}

    def __getitem__(self, name: str) -> signatures.Function:
        if name not in self._names:
            raise KeyError(name)
        if not self._made:
            from generator.template.spew import functions

            self._made = functions.make(lambda: _variables(self._root))
        return self._made[name]


def _variables(context: contexts.PackContext) -> list[object]:
    """All values that the templates of a pack may read."""
    return [context.data.variables, *map(_variables, context.dependencies.values())]


def pack_functions(
    root: contexts.PackContext,
    outside: impurities.Impurities | None = None,
    *,
    limit: str | None = None,
) -> Mapping[str, signatures.Function]:
    """All functions that nomad-pack gives the templates of a pack and its dependencies.

    Without a world ``outside``, those that ask for it fail, and no file is read but the pack's and
    what its links lead to within the limit.
    """
    reader = files.Reader(root.path if outside is None else None, limit)

    def pack_path() -> str:
        return root.path

    def file_relative(file: str, context: contexts.Contextual) -> str:
        return reader.read_relative(file, contexts.data_of(context).metadata)

    own: dict[str, signatures.Function] = {
        "deps": dependencies,
        "deps_tree": dependency_tree,
        "fileContents": reader.read,
        "fileRelative": file_relative,
        "meta": meta,
        "metas": all_metadata,
        "must_meta": must_meta,
        "must_var": must_var,
        "packPath": pack_path,
        "toStringList": to_string_list,
        "tpl": expand,
        "var": var,
        "vars": all_variables,
    }
    return signatures.Library(own, _REFUSED, _Debugging(root), sprig.sprig_functions(outside))
