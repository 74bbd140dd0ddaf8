"""What Jinja2 is made to do, and what it must not do by itself."""

from __future__ import annotations

from jinja2 import sandbox

from generator import template
from generator.template import environment


def test_the_environment_is_sandboxed_and_offers_nothing_but_our_operations() -> None:
    assert isinstance(environment.ENVIRONMENT, sandbox.SandboxedEnvironment)
    assert not environment.ENVIRONMENT.globals
    assert not environment.ENVIRONMENT.tests


def test_no_function_is_called_while_a_template_is_compiled() -> None:
    calls: list[str] = []

    def spy(text: str) -> str:
        calls.append(text)
        return text

    templates = template.TemplateSet({"spy": spy})
    templates.add(
        "t",
        '[[ spy "a" ]][[ spy (spy "b") | spy ]][[ $x := spy "c" ]][[ if spy "d" ]][[ end ]]'
        '[[ range 1 ]][[ spy "e" ]][[ end ]][[ and (spy "f") (spy "g") ]][[ print (spy "h") 1 ]]',
    )
    assert calls == []
    templates.execute("t")
    assert calls == ["a", "b", "b", "b", "c", "d", "e", "f", "g", "h"]


def test_a_text_is_compiled_once_for_all_sets_that_call_the_same_signatures() -> None:
    def one(text: str) -> str:
        return f"one {text}"

    def other(text: str) -> str:
        return f"other {text}"

    results, compiled = [], set()
    for function in (one, other):
        templates = template.TemplateSet({"f": function})
        templates.add("cached", '[[ f "x" ]] of the cache')
        results.append(templates.execute("cached"))
        found = templates.find("cached")
        assert found is not None
        compiled.add(found.macro)

    assert results == ["one x of the cache", "other x of the cache"]
    assert len(compiled) == 1


def test_a_function_with_other_parameters_is_not_mistaken_for_the_cached_one() -> None:
    def one(text: str) -> str:
        return text

    def two(text: str, more: str) -> str:
        return text + more

    first = template.TemplateSet({"f": one})
    first.add("arity", '[[ f "x" ]] of two arities')
    assert first.execute("arity") == "x of two arities"
    second = template.TemplateSet({"f": two})
    second.add("arity", '[[ f "x" ]] of two arities')
    try:
        second.execute("arity")
    except template.Mistake as mistake:
        assert "wrong number of args for f: want 2 got 1" in mistake.message
    else:
        raise AssertionError


def test_python_cannot_be_reached_through_fields() -> None:
    for text in ("[[ .__class__ ]]", "[[ .s.__class__ ]]", '[[ (print "x").join ]]'):
        templates = template.TemplateSet({})
        templates.add("t", text)
        try:
            assert templates.execute("t", {"s": "x"}) == "<no value>"
        except template.Mistake as mistake:
            assert "can't evaluate field" in mistake.message
