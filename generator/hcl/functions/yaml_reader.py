"""``yamldecode``: one YAML document to a value.

Mirrors go-cty-yaml (decode.go). Its parser and PyYAML's both come from libyaml, so that the events
are the same; what they mean is told here and in yaml_scalars.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

from generator.hcl import conversion, values
from generator.hcl.functions import yaml_scalars
from generator.hcl.functions.parameters import text
from generator.hcl.signatures import Function, FunctionError
from generator.hcl.values import Value

if TYPE_CHECKING:  # PyYAML takes its time to load, and few jobs call this
    import yaml

# Far more than a job holds. Aliases make a short text large, one in the other without any bound.
_DEEPEST: Final = 100
_LARGEST: Final = 1_000_000

_MAPPING_TAGS: Final = (None, "tag:yaml.org,2002:map")
_SEQUENCE_TAGS: Final = (None, "tag:yaml.org,2002:seq")
_MERGE_TAG: Final = "tag:yaml.org,2002:merge"


def decode(source: str) -> Value:
    import yaml

    try:
        return _Reader(yaml.parse(source, Loader=_loader())).read_document()
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        raise FunctionError(_placed(str(error.problem or "invalid YAML syntax"), place)) from None
    except yaml.YAMLError as error:
        msg = str(error).splitlines()[0]
        raise FunctionError(msg) from None


def _loader() -> type[yaml.SafeLoader | yaml.CSafeLoader]:
    """The parser of libyaml, which takes tabs where the parser in Python does not, if it is there."""
    import yaml

    return yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


class _Reader:
    """Events to values, with what the anchors stand for."""

    __slots__ = ("anchors", "events", "pending", "size")

    def __init__(self, events: Iterable[yaml.Event]) -> None:
        self.events: Iterator[yaml.Event] = iter(events)
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.pending: list[str] = []
        self.size = 0

    def read_document(self) -> Value:
        import yaml

        next(self.events)
        start = next(self.events)
        if not isinstance(start, yaml.DocumentStartEvent):
            msg = "missing start of document"
            raise FunctionError(msg)
        value = self._read(next(self.events), 0)
        next(self.events)
        after = next(self.events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _error(after, "unexpected extra content after value")
        return value

    def _read(self, event: yaml.Event, depth: int) -> Value:
        import yaml

        self._grow(event, 1)
        if depth > _DEEPEST:
            raise _error(event, "the document is nested too deeply")
        match event:
            case yaml.AliasEvent(anchor=str(name)):
                return self._resolve(event, name)
            case yaml.ScalarEvent():
                before = self.size
                return self._keep(event.anchor, _scalar(event), before)
            case yaml.CollectionStartEvent():
                before = self.size
                if event.anchor:
                    self.pending.append(event.anchor)
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                read = self._read_mapping if is_mapping else self._read_sequence
                value = read(event, depth + 1)
                if event.anchor:
                    self.pending.remove(event.anchor)
                return self._keep(event.anchor, value, before)
            case _:
                raise _error(event, "unexpected parser event")

    def _read_sequence(self, start: yaml.CollectionStartEvent, depth: int) -> Value:
        import yaml

        if start.tag not in _SEQUENCE_TAGS:
            raise _error(start, f"can't interpret sequence as {start.tag}")
        items: list[Value] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._read(event, depth))
        return items

    def _read_mapping(self, start: yaml.CollectionStartEvent, depth: int) -> Value:
        import yaml

        if start.tag not in _MAPPING_TAGS:
            raise _error(start, f"can't interpret mapping as {start.tag}")
        found: dict[str, Value] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise _error(event, "only strings are allowed as mapping keys")
            if event.tag == _MERGE_TAG or (event.tag is None and event.value == "<<"):
                found.update(_merged(event, self._read(next(self.events), depth)))
                continue
            key = _scalar(event)
            if key is None:
                raise _error(event, "mapping key cannot be null")
            found[conversion.to_text(key)] = self._read(next(self.events), depth)
        return found

    def _keep(self, anchor: str | None, value: Value, before: int) -> Value:
        if anchor:
            self.anchors[anchor] = (value, self.size - before)
        return value

    def _resolve(self, event: yaml.Event, name: str) -> Value:
        if name in self.pending:
            problem = f'cannot refer to anchor "{name}" from inside its own definition'
            raise _error(event, problem)
        if name not in self.anchors:
            raise _error(event, f'reference to undefined anchor "{name}"')
        value, size = self.anchors[name]
        self._grow(event, size)
        return value

    def _grow(self, event: yaml.Event, amount: int) -> None:
        self.size += amount
        if self.size > _LARGEST:
            raise _error(event, f"the document has more than {_LARGEST} values")


def _scalar(event: yaml.ScalarEvent) -> Value:
    tag = "" if event.tag is None else str(event.tag)
    try:
        value = yaml_scalars.resolve(tag, event.value, quoted=event.style in ("'", '"'))
    except FunctionError as error:
        raise _error(event, str(error)) from None
    in_block = tag == "" and event.style in ("|", ">")
    return conversion.to_text(value) if in_block and value is not None else value


def _merged(key: yaml.Event, value: Value) -> dict[str, Value]:
    """What a merge key brings in: a mapping, or since go-cty-yaml 1.2 a sequence of them."""
    match value:
        case dict():
            return value
        case list():
            found: dict[str, Value] = {}
            for each in value:
                if not isinstance(each, dict):
                    problem = f"cannot merge {_name(each)} (from sequence) into mapping"
                    raise _error(key, problem)
                found.update(each)
            return found
        case _:
            raise _error(key, f"cannot merge {_name(value)} into mapping")


def _name(value: Value) -> str:
    return values.friendly_name(values.type_of(value))


def _error(event: yaml.Event, problem: str) -> FunctionError:
    return FunctionError(_placed(problem, event.start_mark))


def _placed(problem: str, mark: Any) -> str:
    """A problem with its place; in the first line go-cty-yaml names none."""
    if mark is None or mark.line == 0:
        return problem
    return f"on line {mark.line + 1}, column {mark.column + 1}: {problem}"


FUNCTIONS: Final = {"yamldecode": Function(decode, (text("src"),))}
