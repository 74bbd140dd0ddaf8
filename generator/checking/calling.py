"""Templates that cannot be parsed, and calls in them that can only fail or that nobody makes."""

from __future__ import annotations

from collections.abc import Iterator

from generator import errors
from generator.checking import findings, observations, trees
from generator.checking.findings import Finding, Severity
from generator.errors import Position

TEMPLATE_SYNTAX = findings.Rule(
    name="template-syntax",
    severity=Severity.ERROR,
    summary="A template cannot be parsed.",
    help="""No file of the pack can be rendered then, whatever the values are.

    [[ if var "x" . ]] …                           # flagged: there is no [[ end ]]""",
)
UNDEFINED_TEMPLATE = findings.Rule(
    name="undefined-template",
    severity=Severity.ERROR,
    summary="A template is called that no file defines.",
    help="""When the call is reached, the render fails.

    [[ template "job_nme" . ]]                     # flagged: [[ define "job_name" ]] is meant""",
)
UNUSED_TEMPLATE = findings.Rule(
    name="unused-template",
    severity=Severity.NOTE,
    summary="A template is defined, and nothing calls it.",
    help="""Remove it, or call it with [[ template "NAME" . ]].""",
)
DUPLICATE_TEMPLATE = findings.Rule(
    name="duplicate-template",
    severity=Severity.WARNING,
    summary="Two files define a template of the same name.",
    help="""Names of templates are global, also among dependencies. nomad-pack reads the files in
no fixed order, and the last one counts: two renders of the same pack may differ.""",
)
WRONG_ARGUMENTS = findings.Rule(
    name="wrong-arguments",
    severity=Severity.ERROR,
    summary="A function is called with more or fewer arguments than it takes.",
    help="""When the call is reached, the render fails. Most often parentheses are missing:

    [[ fileContents var "path" . ]]                # flagged: fileContents gets three arguments
    [[ fileContents (var "path" .) ]]              # right""",
)
IMPURE_FUNCTION = findings.Rule(
    name="impure-function",
    severity=Severity.WARNING,
    summary="A function is called whose result is another each time or on each machine.",
    help="""The same pack and the same values give another job then: a plan is never empty, and a
snapshot never stays. The clock, random values, keys, the environment and a running Nomad are meant,
and `keys` and `values` of a map, which come in no fixed order.

    fsid = [[ uuidv4 ]]                            # flagged: make it a variable
    [[ range keys $map ]]                          # flagged: | sortAlpha gives an order
    [[ range $key, $value := $map ]]               # right: range sorts a map's keys""",
)

RULES = (
    TEMPLATE_SYNTAX,
    UNDEFINED_TEMPLATE,
    UNUSED_TEMPLATE,
    DUPLICATE_TEMPLATE,
    WRONG_ARGUMENTS,
    IMPURE_FUNCTION,
)

_CLOCK, _RANDOM, _KEYS = "the time", "random values", "new keys"
_ENVIRONMENT, _CLUSTER, _ORDER = "the environment", "a running Nomad", "no fixed order"
_IMPURE = {
    **dict.fromkeys(("ago", "now"), _CLOCK),
    **dict.fromkeys(
        (
            "randAlpha", "randAlphaNum", "randAscii", "randBytes", "randInt", "randNumeric",
            "shuffle", "uuidv4",
        ),
        _RANDOM,
    ),
    **dict.fromkeys(
        (
            "bcrypt", "buildCustomCert", "encryptAES", "genCA", "genCAWithKey", "genPrivateKey",
            "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert",
            "genSignedCertWithKey", "htpasswd",
        ),
        _KEYS,
    ),
    **dict.fromkeys(("env", "expandenv", "getHostByName"), _ENVIRONMENT),
    **dict.fromkeys(("nomadNamespace", "nomadNamespaces", "nomadRegions"), _CLUSTER),
    **dict.fromkeys(("keys", "values"), _ORDER),
}  # fmt: skip


def check(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    """The findings on the templates of a pack."""
    yield from _unreadable(forest)
    yield from _undefined(seen, forest)
    yield from _unused(seen, forest)
    yield from _duplicates(forest)
    for wrong in seen.miscounts:
        hint = "what a function is given has to be in parentheses when it is a call itself"
        yield WRONG_ARGUMENTS.at(wrong.place.position, wrong.message, hint)
    for call in seen.calls:
        if call.name in _IMPURE and not (call.ordered and _IMPURE[call.name] is _ORDER):
            yield _impure(call)


def _unreadable(forest: trees.Forest) -> Iterator[Finding]:
    for mistake in forest.mistakes:
        position = mistake.position or Position("", 1, 1)
        yield TEMPLATE_SYNTAX.at(position, mistake.message, mistake.hint)


def _undefined(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    if forest.mistakes:
        return  # the definition may be in a file that cannot be read
    for call in seen.invocations:
        if call.name not in forest.templates:
            message = f'no file defines the template "{call.name}"'
            hint = errors.suggest(call.name, _defined(forest))
            yield UNDEFINED_TEMPLATE.at(call.place.position, message, hint)


def _unused(seen: observations.Observations, forest: trees.Forest) -> Iterator[Finding]:
    if forest.mistakes or any(call.name == "tpl" for call in seen.calls):
        return
    called = {call.name for call in seen.invocations}
    if seen.uncalled:
        called |= {call.name for call in seen.uncalled.invocations}
    for name, found in forest.templates.items():
        if found.defined and not found.source.shared and name not in called:
            message = f'the template "{name}" is defined, and nothing calls it'
            yield UNUSED_TEMPLATE.at(found.place.position, message)


def _duplicates(forest: trees.Forest) -> Iterator[Finding]:
    for first, second in forest.again:
        message = f'the template "{second.name}" is defined in {first.source.file} too'
        hint = "nomad-pack takes now one, now the other: give one of them another name"
        yield DUPLICATE_TEMPLATE.at(second.place.position, message, hint)


def _defined(forest: trees.Forest) -> list[str]:
    return [name for name, found in forest.templates.items() if found.defined]


def _impure(call: observations.Call) -> Finding:
    cause = _IMPURE[call.name]
    if cause is _ORDER:
        message = f"{call.name} gives a map's parts in no fixed order, which differs from render to render"
        hint = "add | sortAlpha, or use range $key, $value := MAP, which sorts"
    else:
        message = f"what {call.name} gives depends on {cause}, and differs from render to render"
        hint = "make it a variable, so that whoever renders the pack chooses it once"
    return IMPURE_FUNCTION.at(call.place.position, message, hint)
