"""Next steps for mistakes in templates that are easily made."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from generator import errors

CONTEXT = (
    "var, meta and their like want the pack's context: inside of range, with and define dot is"
    " something else; write $ there, or pass the context on"
)

_HELM = "that is a function of Helm's, not of Nomad Pack's"
_CONSUL = (
    "that is a function of consul-template's: for a template that Nomad itself renders write"
    " {{ … }}, which is left as it is"
)
# What other tools' templates know, and what serves here.
_FOREIGN = {
    "include": f'{_HELM}: [[ template "name" . ]] prints a template, tpl expands a text',
    "required": f"{_HELM}: must_var fails where no variable is declared",
    "toYaml": f"{_HELM}: JSON is YAML too, and toJson writes it",
    "fromYaml": f"{_HELM}: fromJson reads JSON",
    "toToml": _HELM,
    "lookup": _HELM,
    **dict.fromkeys(
        ("key", "keyExists", "keyOrDefault", "ls", "nomadService", "nomadServices", "nomadVar",
         "nomadVarExists", "nomadVarList", "secret", "secrets", "service", "services", "tree"),
        _CONSUL,
    ),
    **dict.fromkeys(("elseif", "elif", "elsif"), "that is written [[ else if … ]]"),
    **dict.fromkeys(("endif", "endrange", "endwith", "fi", "done"), "that is written [[ end ]]"),
    **dict.fromkeys(("for", "foreach", "each"), "that is written [[ range … ]] … [[ end ]]"),
    "unless": "that is written [[ if not … ]]",
    "set!": "a variable is given another value with =",
}  # fmt: skip


def function(name: str, known: Iterable[str]) -> str | None:
    """The hint for a function that does not exist."""
    return _FOREIGN.get(name) or errors.suggest(name, known)


def variable(name: str, known: Iterable[str], declared: Collection[str]) -> str | None:
    """The hint for a template's variable that is not, or not any more, known where it is used."""
    if name in declared:
        return f"{name} is only known until the end of the block that it is declared in"
    return errors.suggest(name, known, f"a variable is declared with [[ {name} := … ]]")


def key(name: str, known: Iterable[str]) -> str | None:
    """The hint for a name that a map does not have."""
    names = sorted(known)
    if not names:
        return "nothing is declared there"
    folded = {each.casefold(): each for each in names}
    near = folded.get(name.casefold())
    if near:
        return f'did you mean "{near}"?'
    return errors.suggest(name, names, f"there are {', '.join(names[:10])}")
