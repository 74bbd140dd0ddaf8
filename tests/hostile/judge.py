"""What becomes of each hostile text: refused, or carried into the jobs as a value and nothing else.

Every text is tried alone first, in every dress, to see whether the request is taken. Those that are taken are then put
into all places of a request at once, turn by turn, and the jobs of each turn are compared with those of a harmless
request in the same dresses: a difference is right only where a job's ``base64Decode`` holds the given value, or where
the value may stand as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import generator
from server import config, jobs
from server.errors import InvalidRequest
from server.record import Record
from server.request import parse_request
from tests import samples
from tests.hostile import cases, exchanges, fields, shapes
from tests.hostile.cases import Slot, World
from tests.hostile.fields import Place

_MESSAGE_LIMIT = 6000  # characters
_CONFIG = config.read_config({})

Jobs = Mapping[str, dict[str, Any]]
Worn = tuple[str, str]  # a dress, and the text in it


@dataclass(slots=True)
class Tally:
    """What was seen of one place."""

    refused: int = 0
    carried: int = 0
    travelled: bool = False
    faults: list[str] = field(default_factory=list)

    @property
    def tried(self) -> int:
        """How many requests had a hostile text in this place."""
        return self.refused + self.carried


def is_refused(request: Mapping[str, Any], place: Place) -> bool:
    """Whether a request is refused; the message then has to be safe to print, and to name the place's field.

    Raises:
        AssertionError: it is not.
    """
    try:
        parse_request(dict(request))
    except InvalidRequest as error:
        message = str(error)
        assert message.isprintable(), f"the message cannot be printed as it is: {message!a}"
        assert len(message) < _MESSAGE_LIMIT, f"the message has {len(message)} characters"
        names = "|".join(map(re.escape, fields.spellings(place)))
        assert re.search(rf"\b(?:{names})\b", message), f"the field is not named: {message!a}"
        return True
    return False


def render(request: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Render every kind of job of a build with this request, as the service sends them to Nomad."""
    parsed = parse_request(dict(request))
    record = Record(
        id=samples.BUILD_ID,
        request=parsed,
        asked=parsed,  # as if the build file, which has been read, had said nothing
        variant="gpu-cache",
        created_at=samples.NOW,
        digest=samples.DIGEST,
        commit=samples.COMMIT,
    )
    # As the store keeps it, and another replica reads it.
    record = Record.model_validate_json(record.model_dump_json())
    found = {kind: jobs.render_job(kind, record, _CONFIG) for kind in get_args(jobs.Kind)}
    return {kind: json.loads(generator.encode_job(job)) for kind, job in found.items()}


def judge(texts: Sequence[str], shares: int = 1) -> dict[str, Tally]:
    """Try the texts in every place, and return what was seen, by the places' names.

    With several shares each place takes one of them, and the places take them in turn.
    """
    tried = {
        place.name: texts[number % shares :: shares] for number, place in enumerate(fields.places())
    }
    tallies = {place.name: Tally() for place in fields.places()}
    worlds = cases.worlds()
    for place in fields.places():
        if place.closed:
            values = [(value, value) for value in tried[place.name]]
            for value in _taken(place, worlds[0].request({}), values, tallies[place.name]):
                tallies[place.name].faults.append(f"{value[:80]!a} is taken")
    for world in worlds:
        harmless = Harmless(world)
        worn = {}
        for slot in world.slots:
            tally = tallies[slot.name]
            if not tally.tried:  # else it had its turns in another world
                worn[slot.name] = list(wear(harmless, slot, tried[slot.name], tally))
        for turn in _turns(worn):
            for name, fault in compare(harmless, turn):
                tallies[name].faults.append(fault)
        for name in harmless.travelled:
            tallies[name].travelled = True
    return tallies


class Harmless:
    """Harmless requests of a world and their jobs, by the dresses that their words wear."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.words = {slot.name: slot.word for slot in world.slots}
        self.request = world.request({})
        self.travelled: set[str] = set()
        self._fitting: dict[tuple[str, str], bool] = {}
        self._jobs: dict[tuple[tuple[str, str], ...], Jobs] = {}

    def jobs(self, forms: Mapping[str, str]) -> Jobs:
        """Return the jobs of a request with a word in each of these dresses; by the places' names."""
        key = tuple(forms.items())
        if key not in self._jobs:
            slots = {slot.name: slot for slot in self.world.slots}
            values = {name: slots[name].harmless(form) for name, form in forms.items()}
            self._jobs[key] = render(self.world.request(values))
            said = shapes.shown(self._jobs[key])
            self.travelled |= {name for name, word in self.words.items() if word in said}
        return self._jobs[key]

    def fits(self, slot: Slot, form: str) -> bool:
        """Whether a harmless word can wear the dress: whether the request takes it, as rendering then has to."""
        key = (slot.name, form)
        if key not in self._fitting:
            try:
                parse_request(self.world.request({slot.name: slot.harmless(form)}))
                self._fitting[key] = True
            except InvalidRequest:
                self._fitting[key] = False
        return self._fitting[key]


def wear(harmless: Harmless, slot: Slot, texts: Sequence[str], tally: Tally) -> Iterator[Worn]:
    """Try a place's values, and return each text that a request is taken with in one of its dresses."""
    values = [(cases.dress(form, text), text) for form in slot.case.dresses for text in texts]
    taken = list(_taken(slot.place, harmless.request, values, tally))
    tally.carried = len(taken)
    forms = [form for form in slot.case.dresses if taken and harmless.fits(slot, form)]
    seen = set()
    for value, text in taken:
        # A bare text may wear a dress by itself, and only what it wears has a harmless twin.
        form = max((form for form in forms if _wears(value, form)), key=len, default=None)
        if form is None:
            tally.faults.append(f"{value[:80]!a} is taken, but is like no dress: it needs one")
        elif text not in seen:
            seen.add(text)
            yield form, _inside(value, form)


def _taken(
    place: Place, request: Mapping[str, Any], values: Iterable[tuple[str, str]], tally: Tally
) -> Iterator[tuple[str, str]]:
    """The values that a request is taken with, and the texts in them; those that are refused are counted."""
    for value, text in values:
        try:
            if is_refused(place.put(request, value), place):
                tally.refused += 1
            else:
                yield value, text
        except AssertionError as error:
            tally.faults.append(f"{value[:80]!a}: {error}")


def _wears(value: str, form: str) -> bool:
    before, _, after = form.partition(cases.HOLE)
    return (
        value.startswith(before)
        and value.endswith(after)
        and len(value) >= len(before) + len(after)
    )


def _inside(value: str, form: str) -> str:
    before, _, after = form.partition(cases.HOLE)
    return value[len(before) : len(value) - len(after)]


def _turns(worn: Mapping[str, list[Worn]]) -> Iterator[dict[str, Worn]]:
    """One of each place's texts at a time, until each has had its turn; those in the same dress follow each other."""
    by_dress = {name: sorted(each, key=lambda worn: worn[0]) for name, each in worn.items()}
    for turn in range(max(map(len, worn.values()), default=0)):
        yield {name: each[min(turn, len(each) - 1)] for name, each in by_dress.items() if each}


def compare(harmless: Harmless, turn: Mapping[str, Worn]) -> Iterator[tuple[str, str]]:
    """Find what is wrong with the jobs of a request with these texts: the name of a place, and a sentence."""
    world, words = harmless.world, harmless.words
    plain = harmless.jobs({name: form for name, (form, _) in turn.items()})
    given = {name: cases.dress(*each) for name, each in turn.items()}
    try:
        hostile = render(world.request(given))
    except (InvalidRequest, generator.GeneratorError) as error:
        for name, why in _blame(world, given, error).items():
            yield name, f"{given[name][:80]!a} is taken, then: {why}"
        return
    values: dict[str, str] = {}
    for slot in world.slots:
        if slot.name in turn:
            values |= slot.expected(*turn[slot.name])
    places = {word: name for name, word in words.items()}
    for word, fault in faults(plain, hostile, values, world):
        for name in [places[word]] if word in places else list(turn):
            yield name, fault


def _blame(world: World, given: Mapping[str, str], error: Exception) -> dict[str, str]:
    """Find the places because of which the jobs cannot be rendered; all of them if none does it alone."""
    found = {}
    for name, value in given.items():
        try:
            render(world.request({name: value}))
        except generator.GeneratorError as alone:
            found[name] = str(alone)
    return found or dict.fromkeys(given, str(error))


def faults(
    plain: Jobs, hostile: Jobs, values: Mapping[str, str], world: World
) -> Iterator[tuple[str, str]]:
    """Find what is wrong with jobs that have values where others have words: a word it is about, and a sentence."""
    for kind in plain:
        for each in shapes.differences(plain[kind], hostile[kind]):
            inside = [slot for slot in world.slots if slot.word in each.before]
            right = False
            match each.kind:
                case "argument":
                    right = exchanges.is_argument(each, values)
                case "text":
                    right = bool(inside) and all(_may_stand(slot, each, values) for slot in inside)
                case "structure":
                    pass
            if not right:
                changed = f"{each.before[:200]!a} became {each.after[:200]!a}"
                word = inside[0].word if inside else ""
                yield word, f"{kind}: {each.path}: {each.kind} {changed}"


def _may_stand(slot: Slot, found: shapes.Difference, values: Mapping[str, str]) -> bool:
    """Whether the place's value may stand there as it is."""
    if found.path in slot.case.words:
        return exchanges.is_literal(found, values)
    return found.path in slot.case.names and exchanges.is_name(found, values)
