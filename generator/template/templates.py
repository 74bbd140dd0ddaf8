"""A set of Go templates that can call one another by name, as text/template has it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generator import diskcache, errors, limits
from generator.golang import quoting
from generator.template import execution, mistakes, signatures, sites, units
from generator.template import functions as builtins

# What it costs, in steps, to use a text that is compiled already, and to compile one.
_COPIED, _PARSED = 50, 2_000


class TemplateSet:
    """Templates by name, all with the same functions and delimiters.

    A name that is added again takes the place of the old template, unless nothing but space is in
    the new one; the same holds for what the texts define. Text that is printed for no value at all
    is Go's ``<no value>``: who wants it blank, as nomad-pack does, replaces it in the result.
    What a ``traced`` set executes has marks in it, for tracing.read. A ``cache`` keeps compiled
    templates for other processes.
    """

    def __init__(
        self,
        functions: Mapping[str, signatures.Function],
        left: str = "[[",
        right: str = "]]",
        *,
        traced: bool = False,
        cache: diskcache.DiskCache | None = None,
    ) -> None:
        known = signatures.Library(functions, builtins.BUILTINS)
        self._language = units.Language(left, right, known, traced=traced, cache=cache)
        self._templates: dict[str, sites.Template] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._templates

    def find(self, name: str) -> sites.Template | None:
        return self._templates.get(name)

    def names(self) -> Iterable[str]:
        return self._templates

    def expand(self, text: str, dot: object) -> str:
        """What a further text makes of a value, in a copy of this set: nomad-pack's ``tpl``."""
        limits.spend(
            _COPIED + len(self._templates) if limits.seen(text) else _PARSED + len(text) * 32
        )
        copy = TemplateSet({})
        copy._language = self._language
        copy._templates.update(self._templates)
        try:
            copy.add("tpl", text)
        except mistakes.Mistake as mistake:
            msg = f"cannot parse template {mistake.go_text}"
            raise signatures.CallError(msg, hint=mistake.hint) from mistake
        try:
            text = copy.execute("tpl", dot)
        except mistakes.Mistake as mistake:
            msg = f"error during tpl function execution: {mistake.go_text}"
            raise signatures.CallError(msg, hint=mistake.hint) from mistake
        if not self._language.traced:
            return text
        from generator.template import tracing  # no rendering needs it

        return tracing.read(text).text

    def add(self, name: str, text: str, file: str = "") -> None:
        """Parse a text and all it defines; ``file`` is what errors call it, else its name."""
        file = file or name
        for key, template in units.load(name, text, file, self._language).items():
            if key not in self._templates or not template.outline.empty:
                self._templates[key] = template

    def execute(self, name: str, data: object = None) -> str:
        """The text that a template makes of a value."""
        template = self._templates.get(name)
        if template is None:
            msg = f"no template {quoting.quote(name)}"
            raise errors.TemplateError(msg)
        try:
            with limits.metered() as meter:
                return execution.execute(template, self, data, meter)
        except RecursionError as error:
            msg = f"executing {quoting.quote(name)}: a value is nested too deeply"
            raise mistakes.run_mistake(msg, name, template.text, 0, template.file) from error
        except limits.LimitError as limit:
            msg = f"executing {quoting.quote(name)}: {limit}"
            raise mistakes.run_mistake(msg, name, template.text, 0, template.file) from limit
