"""Variables whose text is printed where a quote, a line's end or a ``${`` in it changes the job.

What is flagged, and what is not: text of a user between the quotes of an HCL string, bare among
HCL code, in what a shell will run, and inside the braces of Nomad's own templates. Not flagged are
numbers and truth values, what ``quote``, ``toJson`` and their like have written as a literal (for
all but a shell), base64 and digests; the text of heredocs that no shell runs, which is some file's
content; and what stands where an argument begins: that can only be meant as HCL, or as a name.
"""

from __future__ import annotations

from collections.abc import Iterator

from generator.checking import findings, kinds, observations, surroundings
from generator.checking.findings import Severity

IN_STRING = findings.Rule(
    name="unescaped-in-string",
    severity=Severity.WARNING,
    summary="A variable's text stands between the quotes of an HCL string without being escaped.",
    help="""A quote, a backslash or a line's end in the value ends the string early: the job
cannot be parsed, or is another one than was meant.

    image = "[[ var "image" . ]]"                  # flagged
    image = [[ var "image" . | quote ]]            # right
    image = "redis:[[ var "tag" . ]]"              # flagged
    image = [[ printf "redis:%s" (var "tag" .) | quote ]]
    image = "[[ var "image" . | quote ]]"          # flagged: two pairs of quotes

A value that cannot hold such signs, because a pattern or a list of choices has been asked for, is
told apart by `# packgen:ignore unescaped-in-string: REASON`.""",
)
IN_CODE = findings.Rule(
    name="unescaped-in-code",
    severity=Severity.WARNING,
    summary="A variable's text stands bare among HCL code, of which it may be any.",
    help="""The value can add arguments, blocks and whole tasks to the job.

    count = [[ var "count" . ]]                    # flagged if count is a string
    driver = [[ var "driver" . | quote ]]          # right

Declare a number as `type = number` and a switch as `type = bool`: then nothing else gets in. A
variable that is meant to hold HCL is told apart by `# packgen:ignore unescaped-in-code: REASON`.""",
)
IN_SCRIPT = findings.Rule(
    name="unescaped-in-script",
    severity=Severity.WARNING,
    summary="A variable's text becomes part of a shell script or of Nomad's own template code.",
    help="""What runs the script reads the value as code: `$(…)`, quotes and semicolons in it are
obeyed. `quote` does not help, for a shell expands `$` and backquotes between double quotes.

    args = ["-c", "mkdir -p [[ var "path" . ]]"]   # flagged

Give the script the value by the environment, and use it there between double quotes:

    env  { TARGET = [[ var "path" . | quote ]] }
    args = ["-c", "mkdir -p \\"$TARGET\\""]

or as base64, which no language takes for code: `{{ base64Decode "[[ var "x" . | b64enc ]]" }}`.""",
)

RULES = (IN_STRING, IN_CODE, IN_SCRIPT)


def check(seen: observations.Observations, declared: kinds.Declared) -> Iterator[findings.Finding]:
    """The findings for all that is printed into HCL."""
    for printing in seen.printings:
        found = _rule(printing.state)
        if found is None:
            continue
        rule, hint = found
        value, how = printing.value, f"is printed {_WHERE[rule.name]} as it is"
        if isinstance(value, kinds.Escaped) and rule is not IN_CODE:
            if rule is IN_STRING:
                how = "is printed with quotes of its own inside of an HCL string, which they end"
                hint = "take away the quotes around it"
            elif not printing.state.is_shell:
                continue
            value = value.inner
        texts = [each for each in kinds.sources(value) if _is_text(each, declared)]
        if texts:
            names = " and ".join(dict.fromkeys(f'"{each}"' for each in texts))
            message = f"the text of the variable {names} {how}"
            yield rule.at(printing.place.position, message, hint)


_WHERE = {
    IN_STRING.name: "into an HCL string",
    IN_CODE.name: "as HCL code",
    IN_SCRIPT.name: "into what will be run",
}


def _rule(state: surroundings.State) -> tuple[findings.Rule, str] | None:
    """What is at risk at a place, and what helps there."""
    if state.is_shell:
        return IN_SCRIPT, 'give it to the script by env, and use it there as "$NAME"'
    match state.mode:
        case surroundings.Mode.STRING:
            return IN_STRING, (
                'let the function write the quotes: [[ … | quote ]], or [[ printf "…%s" … | quote ]]'
                " where it is a part of the string"
            )
        case surroundings.Mode.CODE if not state.begins_item:
            return IN_CODE, "write it as a string with | quote, or declare a number or bool"
        case surroundings.Mode.HEREDOC if state.action:
            return (
                IN_SCRIPT,
                'give it to Nomad\'s template as base64: base64Decode "[[ … | b64enc ]]"',
            )
        case _:
            return None


def _is_text(reference: kinds.Reference, declared: kinds.Declared) -> bool:
    return kinds.holds_text(kinds.type_of(reference, declared))
