"""A walk through all that a pack renders, without any value: what is read, called and printed where.

Both ways of a condition are taken, a loop's body once, a helper once for each kind of argument that
it gets. What stands around a printed value in HCL is followed through helpers and branches; where
two branches do not leave the same surroundings, nothing is said about what comes after them.
What is seen in helpers that nobody calls is kept apart: no render gets there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import assert_never

from generator.checking import expressions, kinds, observations, surroundings, trees
from generator.checking.expressions import Scope
from generator.template import nodes

# Helpers that call one another with ever new arguments and surroundings could keep a walk busy for
# ever: so often each is looked at, and so deep one in the other.
MAX_WALKS = 100
MAX_CALLS = 50

State = surroundings.State | None


def walk(forest: trees.Forest) -> observations.Observations:
    """What is seen in all templates of a pack and its dependencies."""
    declared = {path: found.declarations for path, found in forest.packs.items()}
    walker = _Walk(forest=forest, declared=declared)
    walker.seen.anywhere = bool(forest.mistakes)  # nobody knows what is in what cannot be read
    for root in forest.roots:
        if root.source.executed:
            walker.template(root, kinds.Context(root.source.owner), _start(root.source))
    seen = walker.seen
    walker.seen = seen.uncalled = observations.Observations()
    for found in forest.templates.values():
        if found.defined and found.name not in walker.visited:
            walker.template(found, kinds.Context(found.source.owner), None)
    return seen


def _start(source: trees.Source) -> State:
    """What the text of a file is read as, None for any other than HCL and scripts."""
    if source.is_hcl:
        return surroundings.START
    return surroundings.SCRIPT if source.is_script else None


@dataclass(slots=True, kw_only=True)
class _Walk(expressions.Expressions):
    visited: set[str] = field(default_factory=set)
    known: dict[tuple[str, kinds.Kind, State], State] = field(default_factory=dict)
    running: set[tuple[str, kinds.Kind]] = field(default_factory=set)
    walks: Counter[str] = field(default_factory=Counter)

    def template(self, found: trees.Template, dot: kinds.Kind, state: State) -> State:
        """The surroundings after a template; where it calls itself, those before it."""
        self.visited.add(found.name)
        key, call = (found.name, dot, state), (found.name, dot)
        if key in self.known:
            return self.known[key]
        if call in self.running or len(self.running) >= MAX_CALLS:
            return state
        self.walks[found.name] += 1
        if self.walks[found.name] > MAX_WALKS:
            return None
        self.running.add(call)
        scope = Scope(dot)
        scope.declare("$", dot)
        after = self.known[key] = self.body(found.body, scope, found.source, state)
        self.running.discard(call)
        return after

    def body(self, body: nodes.Body, scope: Scope, source: trees.Source, state: State) -> State:
        for statement in body:
            state = self.statement(statement, scope, source, state)
        return state

    def statement(
        self, node: nodes.Statement, scope: Scope, source: trees.Source, state: State
    ) -> State:
        match node:
            case nodes.Text():
                return None if state is None else surroundings.read(state, node.text)
            case nodes.Action():
                value = self.pipe(node.pipe, scope, source)
                if node.pipe.variables:
                    return state
                return self.printing(value, trees.Place(source, node.offset), state)
            case nodes.If() | nodes.With() | nodes.Range():
                return self.branches(node, scope, source, state)
            case nodes.Invocation():
                return self.invocation(node, scope, source, state)
            case nodes.Break() | nodes.Continue():
                return state
            case _:
                assert_never(node)

    def branches(
        self,
        node: nodes.If | nodes.With | nodes.Range,
        scope: Scope,
        source: trees.Source,
        state: State,
    ) -> State:
        with scope.inner():
            self._enter(node, scope, source)
            taken = self.body(node.body, scope, source, state)
        with scope.inner():
            otherwise = self.body(node.otherwise or (), scope, source, state)
        return surroundings.join(taken, otherwise)

    def _enter(
        self, node: nodes.If | nodes.With | nodes.Range, scope: Scope, source: trees.Source
    ) -> None:
        """What dot and the variables are in the body."""
        if not isinstance(node, nodes.Range):
            value = self.pipe(node.pipe, scope, source)
            if isinstance(node, nodes.With):
                scope.dot = value
            return
        value = self.commands(node.pipe, scope, source)
        inner = kinds.element(value)
        key = self.key(value)
        names = [variable.name for variable in node.pipe.variables]
        for name, kind in zip(names, [inner] if len(names) == 1 else [key, inner], strict=False):
            if node.pipe.assigns:
                scope.assign(name, kind)
            else:
                scope.declare(name, kind)
        scope.dot = inner

    def key(self, value: kinds.Kind) -> kinds.Kind:
        """The first of a loop's two variables: a number, or a map's key, of which nothing is said."""
        match value:
            case kinds.Items() | kinds.Plain():
                return kinds.PLAIN
            case _:
                return kinds.UNKNOWN

    def invocation(
        self, node: nodes.Invocation, scope: Scope, source: trees.Source, state: State
    ) -> State:
        place = trees.Place(source, node.offset)
        self.seen.invocations.add(observations.Call(place=place, name=node.name))
        dot = kinds.PLAIN if node.pipe is None else self.pipe(node.pipe, scope, source)
        found = self.forest.templates.get(node.name)
        if found is None:
            return None
        return self.template(found, dot, state)

    def printing(self, value: kinds.Kind, place: trees.Place, state: State) -> State:
        """The surroundings after a value was printed; its constant parts are HCL too."""
        if state is None:
            return None
        match value:
            case kinds.Constant(text):
                return surroundings.read(state, text)
            case kinds.Mixed(parts):
                after: State = state
                for part in parts:
                    after = self.printing(part, place, after)
                return after
            case _:
                printing = observations.Printing(place=place, value=value, state=state)
                self.seen.printings.add(printing)
                return surroundings.printed(state)
