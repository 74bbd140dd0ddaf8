"""What a walk through the templates of a pack has seen: the facts that its rules are about."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from generator.checking import kinds, surroundings
from generator.checking.trees import Place
from generator.variables import PackPath

Fact = TypeVar("Fact", bound=Hashable)


class Seen(dict[Fact, None], Generic[Fact]):
    """Facts in the order in which they were seen first."""

    def add(self, fact: Fact) -> None:
        self[fact] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``var "key" CONTEXT`` with a constant key, or ``must_var``; the place is that of the key."""

    place: Place
    path: PackPath
    key: str
    must: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """An attribute that the declared type of a value lacks."""

    place: Place
    value: kinds.Reference
    name: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongContext:
    """A call of ``var`` or its like with something that is no pack's context; the key if constant."""

    place: Place
    function: str
    given: str
    key: str = ""
    key_place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """``.names`` on the context of a pack that has no such dependency."""

    place: Place
    path: PackPath
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call of a function, or an invocation of a template; the message says what is wrong.

    ``ordered``: no matter in which order a list comes of it, the outcome is the same.
    """

    place: Place
    name: str
    message: str = ""
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Printing:
    """A value printed into HCL."""

    place: Place
    value: kinds.Kind
    state: surroundings.State


@dataclass(slots=True)
class Observations:
    """All facts.

    ``wholes`` are the packs whose variables are read by names that are not constant; ``loose`` the
    keys that are read of nobody knows which pack, and ``anywhere`` says that any may be.
    ``uncalled`` is what was seen in templates that nothing calls.
    """

    readings: Seen[Reading] = field(default_factory=Seen)
    metadata: Seen[Reading] = field(default_factory=Seen)
    absences: Seen[Absence] = field(default_factory=Seen)
    contexts: Seen[WrongContext] = field(default_factory=Seen)
    missing: Seen[Missing] = field(default_factory=Seen)
    miscounts: Seen[Call] = field(default_factory=Seen)
    calls: Seen[Call] = field(default_factory=Seen)
    invocations: Seen[Call] = field(default_factory=Seen)
    printings: Seen[Printing] = field(default_factory=Seen)
    wholes: set[PackPath] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    anywhere: bool = False
    uncalled: Observations | None = None
