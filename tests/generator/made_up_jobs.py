"""Job files made up at random, from the tables of what a job may hold, in HCL and in JSON.

Strategies of hypothesis; what they draw is mostly right and sometimes wrong. Values are expressions,
as an author would write them: calls, templates, heredocs, references to what the client knows.
"""

from __future__ import annotations

import json
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from generator.hcl import functions, values
from generator.jobspec.schema import fields, job
from generator.jobspec.schema.fields import Form, Kind, Repeat
from tests.generator.made_up_packs import ANYTHING, KEYS, STRINGS, in_braces, in_brackets, quote

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

# What every job file that is made up here declares, for its expressions to refer to.
DECLARATIONS = """
variable "text" {
  default = "given"
}
variable "number" {
  type    = number
  default = 7
}
variable "texts" {
  type    = list(string)
  default = ["one", "two"]
}
variable "set" {
  type    = set(string)
  default = ["b", "a", "b"]
}
variable "map" {
  type    = map(string)
  default = { k = "v", other = "w" }
}
variable "object" {
  type    = object({ a = string, b = list(number) })
  default = { a = "x", b = [1, 2] }
}
variable "nothing" {
  type    = string
  default = null
}
locals {
  local = upper(var.text)
}
"""

# What came after Nomad 1.10: not for the Nomad that is asked here.
NEWER = {"secret", "max_run_duration", "run_on_first_render", "extra_claims"}

# Another result at each call, as by their own tests.
IMPURE = ("uuidv4", "bcrypt")
DEPTH = 3
RARE = 40  # one in so many values is of any type


def one_of(*texts: str) -> SearchStrategy[str]:
    return st.sampled_from(texts)


REFERENCES = one_of(
    "var.text", "var.number", "var.texts", "var.set", "var.map", "var.object", "var.nothing",
    "local.local", "var.texts[0]", "var.map.k", 'var.map["other"]', "var.object.b", "var.texts[*]",
    "var.object.b[1]", "var.absent", "local.absent", "node.datacenter", "attr.cpu.arch",
    "NOMAD_ALLOC_ID", "meta.x-y", "env.HOME", "each.value", "var.texts[5]", "unknown",
)  # fmt: skip
TEMPLATES = one_of(
    '"${var.text}-${var.number}"', '"${NOMAD_PORT_http}"', '"${attr.kernel.name} ${x.y}"',
    '"$${escaped} %%{ too }"', '"a ${  node.class  } b"', '"%{ if var.number > 3 }big%{ endif }"',
    '"%{ for t in var.texts ~}\\n[${t}]\\n%{~ endfor }"', '"$"', '"${"${var.text}"}"',
    '"${ {a = 1}.a }"', '"\\u00e9\\t\\"q\\""', '"e\u0301"', '"${upper("x")}${lower(local.local)}"',
    '"${true ? "a" : 1}"', '"${NOMAD_META_a}}}"', '"{{ key \\"a\\" }}"', '"${env["X"]}"', '"100%"',
    '"a$"',
)  # fmt: skip
BROKEN = one_of(
    '"unclosed ${"', '"bad \\q"', '"%{"', '"${null}"', '"${var.texts}"', '"${[1, 2]}"', "null", "1d",
    "[70000]", '["a", null]', "{ a = null }", "[[]]", "-1", "70000", '"1d"', "2.5",
)  # fmt: skip
HEREDOCS = one_of(
    "<<EOT\nplain\n  ${var.text}\nEOT\n", "<<-EOT\n    a\n      b\n  c\n    EOT\n",
    "<<EOT\n${NOMAD_IP}\n$${x}\nEOT\n", "<<-EOT\n\t%{ if true ~}\n  yes\n%{ endif ~}\n  EOT\n",
    "<<EOT\nEOT\n", "<<EOT\n{{ with secret \"a\" }}{{ .Data }}{{ end }}\nEOT\n",
    "<<EOT\n%{ for k, v in var.map }\n${k}=${v}\n%{ endfor }\nEOT\n",
)  # fmt: skip
OPERATIONS = one_of(
    "var.number + 1", "-var.number", "!true", "var.number % 4 == 3", '"a" == var.text', "1 / 3",
    "var.number > 3 && true", 'var.text != null ? "x" : null', "[for t in var.texts : upper(t)]",
    "{ for k, v in var.map : v => k }", "{ for t in var.texts : length(t) => t... }",
    "[for i, t in var.set : i]", "[for t in var.texts : t if t != \"one\"]", "var.object[*].b",
    "(var.number)", "var.texts == [\"one\", \"two\"]", "true ? [1] : [\"a\"]", "1 / 0", "\"a\" + 1",
    "true ? {} : { a = 1 }", "[var.texts, 1][0][1]", "{ (var.text) = 1, \"${var.text}x\" = 2 }",
)  # fmt: skip

CONSTANTS = ANYTHING
SCALARS = st.one_of(STRINGS, REFERENCES, TEMPLATES, OPERATIONS, BROKEN)


def _argument(type_: values.Type, inner: SearchStrategy[str]) -> SearchStrategy[str]:
    """An expression that is likely of a parameter's type."""
    match type_:
        case values.STRING:
            right = st.one_of(STRINGS, STRINGS, TEMPLATES, one_of("var.text", "local.local"))
        case values.NUMBER:
            right = st.one_of(st.integers(-3, 40).map(str), one_of("2.5", "var.number", '"5"'))
        case values.BOOL:
            right = one_of("true", "false", '"true"')
        case values.List() | values.Set():
            right = st.one_of(
                one_of("var.texts", "var.set", "[]", "[1, 2, 2]", "[[1], [2, [3]]]"),
                st.lists(inner, max_size=3).map(in_brackets),
            )
        case _:
            right = st.one_of(
                one_of("var.texts", "var.set", "var.map", "var.object", "var.nothing", "[1, 2]"),
                st.lists(inner, max_size=3).map(in_brackets),
                st.lists(st.tuples(KEYS, inner), max_size=3).map(in_braces),
                inner,
            )
    return st.one_of(right, right, right, inner)


@st.composite
def calls(draw: DrawFn, inner: SearchStrategy[str]) -> str:
    """A call of any function, with about as many arguments as it takes."""
    names = sorted(functions.FUNCTIONS.keys() - set(IMPURE))
    name = draw(st.sampled_from(names))
    function = functions.FUNCTIONS[name]
    parameters = list(function.parameters)
    if function.variadic is not None:
        parameters += [function.variadic] * draw(st.integers(0, 3))
    if name == "convert":
        type_ = draw(one_of("string", "list(string)", "map(any)", "set(number)", "number", "any"))
        return f"convert({draw(inner)}, {type_})"
    arguments = [draw(_argument(each.type, inner)) for each in parameters]
    if name in ("formatdate", "timeadd"):
        moment = draw(one_of('"2024-02-29T13:05:09Z"', '"2024-12-31T23:59:59-07:00"'))
        other = draw(one_of("\"YYYY-MM-DD'T'hh:mm:ssZ\"", '"EEEE, D MMM YY hh:mm AA"', '"-36h5m"'))
        arguments = [other, moment] if name == "formatdate" else [moment, other]
    elif name.startswith("cidr") and arguments:
        arguments[0] = draw(one_of('"10.1.2.0/24"', '"fd00::/48"', '"10.0.0.0/8"'))
    elif name in ("format", "formatlist") and arguments:
        arguments[0] = draw(one_of('"%s-%d"', '"%v %#v"', '"%5.2f|%-6q"', '"%%%x"', '"%[2]s %s"'))
    elif name in ("jsondecode", "yamldecode", "csvdecode", "base64decode"):
        arguments = [draw(DECODABLE)]
    ellipsis = draw(st.sampled_from(["", "", "", "", "", "..."]))
    return f"{name}({', '.join(arguments)}{ellipsis if arguments else ''})"


DECODABLE = st.one_of(
    one_of(
        '"{\\"a\\": [1, null, 2.5]}"', '"[]"', '"a,b\\n1,2\\n"', '"aGk="', '"a: [1, on]\\nb: |\\n x"',
        '"- &x {a: 1}\\n- *x\\n- <<: *x\\n  b: ~"', '"1e3"', '"\\"x\\""', '"{"', '"a: 2001-1-1"',
    ),
    st.text("ab:-[]{},&*!|>'\"\n #1.~?%", max_size=14).map(quote),
)  # fmt: skip

EXPRESSIONS = st.recursive(
    st.one_of(ANYTHING, SCALARS), lambda inner: st.one_of(calls(inner), calls(inner)), max_leaves=4
)
BY_KIND: dict[Kind, SearchStrategy[str]] = {
    Kind.TEXT: st.one_of(STRINGS, TEMPLATES, one_of("var.text", "5", "true", "NOMAD_JOB_NAME")),
    Kind.FLAG: one_of("true", "false", '"true"', "var.number > 1", "!false", '"1"'),
    Kind.DURATION: one_of(
        '"30s"', '"1h5m"', '"1.5h"', '"-3m"', '"100ms"', '"0"', "5", '"${var.number}s"', "1e9",
        '"2h30m0.5s"',
    ),
    Kind.TEXTS: one_of(
        '["a", "b"]', "[]", "var.texts", "var.set", "[1, true]", '[for t in var.texts : "${t}!"]',
        '["${NOMAD_PORT_a}"]', 'concat(var.texts, ["x"])',
    ),
    Kind.PORTS: one_of("[80, 443]", "[]", '["80"]', "[var.number]"),
    Kind.TEXT_MAP: one_of(
        '{ a = "b" }', "var.map", "{}", "{ a = 5, b = true }", '{ "q r" = "s" }',
        'merge(var.map, { z = "${x.y}" })',
    ),
}  # fmt: skip
_NUMBER = st.one_of(
    st.integers(0, 127).map(str), one_of("var.number", '"12"', "1.0", "2 * 3", "1e2")
)


def value(kind: Kind) -> SearchStrategy[str]:
    """An expression for an argument of this kind; now and then one of any type."""
    right = BY_KIND.get(kind, _NUMBER)
    wrong = st.one_of(EXPRESSIONS, BROKEN)
    return st.integers(1, RARE).flatmap(lambda n: wrong if n == 1 else right)


@st.composite
def free_body(draw: DrawFn, depth: int) -> str:
    """A driver's config: any arguments and blocks."""
    lines: list[str] = []
    names = draw(
        st.lists(one_of("image", "args", "x", "mount", "port_map"), max_size=3, unique=True)
    )
    for name in names:
        choice = draw(st.integers(0, 5))
        if choice == 0 and depth > 0:
            label = draw(one_of("", '"label" ', "bare ", '"a" "b" '))
            for _ in range(draw(st.integers(1, 2))):
                lines.append(f"{name} {label}{{\n{draw(free_body(depth - 1))}}}")
        elif choice == 1:
            lines.append(f"{name} = {draw(HEREDOCS)}")
        elif choice == 2:
            lines.append(f"{name} = {{\n  a = {draw(EXPRESSIONS)}\n  b : 1\n}}")
        else:
            lines.append(f"{name} = {draw(EXPRESSIONS)}")
    return "".join(f"{line}\n" for line in lines)


@st.composite
def map_body(draw: DrawFn, kind: Kind) -> str:
    names = draw(st.lists(one_of("a", "B", "c-d", "_e"), max_size=3, unique=True))
    return "".join(f"{name} = {draw(value(kind))}\n" for name in names)


@st.composite
def body(draw: DrawFn, schema: fields.Schema, depth: int) -> str:
    """The content of a block with this table."""
    match schema.form:
        case Form.FREE | Form.CONSTANTS:
            return draw(free_body(depth))
        case Form.TEXT_MAP:
            return draw(map_body(Kind.TEXT))
        case Form.TEXTS_MAP:
            return draw(map_body(Kind.TEXTS))
        case _:
            pass
    attributes = [each for each in schema.attributes.values() if each.name not in NEWER]
    known = [each for each in schema.blocks.values() if not _is_newer(schema, each)]
    chosen = (
        draw(st.lists(st.sampled_from(attributes), max_size=3, unique=True)) if attributes else []
    )
    chosen += [each for each in attributes if each.required and each not in chosen]
    lines = [f"{each.name} = {draw(value(each.kind))}" for each in chosen]
    if draw(st.integers(0, 80)) == 0:
        lines.append(draw(one_of("absent = 1", "absent {\n}", "# a comment", "/* two\nlines */")))
    if depth > 0 and known:
        kinds = draw(st.lists(st.sampled_from(known), max_size=2, unique=True))
        if "task" in schema.blocks and draw(st.booleans()):
            kinds.append(schema.blocks["task"])
        for nested in kinds:
            lines += draw(blocks(nested, depth - 1))
    draw(st.randoms(use_true_random=False)).shuffle(lines)
    return "".join(f"{line}\n" for line in lines)


def _is_newer(schema: fields.Schema, nested: fields.Nested) -> bool:
    in_sidecar_task = nested.name == "identity" and "volume_mount" in schema.blocks
    return nested.name in NEWER or (in_sidecar_task and "template" not in schema.blocks)


@st.composite
def blocks(draw: DrawFn, nested: fields.Nested, depth: int) -> list[str]:
    """The block, perhaps several times or ``dynamic``, or an argument with a map."""
    if nested.assignable and draw(st.booleans()):
        return [f"{nested.name} = {draw(value(Kind.TEXT_MAP))}"]
    often = 1 if nested.repeat is Repeat.ONCE else draw(st.integers(1, 2))
    made: list[str] = []
    for index in range(often):
        content = draw(body(nested.schema, depth))
        names = ["cpu", "mem"] if nested.label == fields.LABEL else [f"n{index}", "a", "x y"]
        label = draw(st.sampled_from(names)) if nested.label else ""
        if draw(st.integers(0, 7)) == 0:
            made.append(draw(dynamic(nested, content)))
        elif content.count("\n") == 1 and "{" not in content and "<<" not in content:
            made.append(f"{nested.name} {quote(label) if label else ''} {{ {content.rstrip()} }}")
        else:
            made.append(f"{nested.name} {quote(label) if label else ''} {{\n{content}}}")
    return made


@st.composite
def dynamic(draw: DrawFn, nested: fields.Nested, content: str) -> str:
    each = draw(one_of("var.texts", "var.map", "var.set", "[1]", "{}", '[{ a = "b" }]', "[[2]]"))
    name = draw(st.sampled_from([nested.name, nested.name, nested.name, "it"]))
    iterator = "" if name == nested.name else f"iterator = {name}\n"
    label = draw(one_of(f'["l-${{{name}.key}}"]', f"[{name}.key]", f"[{name}.value]", '["x"]'))
    labels = f"labels = {label}\n" if nested.label else ""
    inside = f"for_each = {each}\n{iterator}{labels}content {{\n{content}}}\n"
    return f'dynamic "{nested.name}" {{\n{inside}}}'


@st.composite
def jobs(draw: DrawFn) -> str:
    """A whole job file."""
    return f'{DECLARATIONS}\njob "made-up" {{\n{draw(body(job.JOB, DEPTH))}}}\n'


@st.composite
def jobs_of_one_expression(draw: DrawFn) -> str:
    """A job file with one expression, where a value of any type may be."""
    config = f"config {{\n      value = {draw(EXPRESSIONS)}\n    }}"
    task = f'task "t" {{\n    {config}\n  }}'
    return f'{DECLARATIONS}\njob "made-up" {{\n  group "g" {{\n  {task}\n  }}\n}}\n'


# --- JSON ----------------------------------------------------------------------------------------

JSON_TEXTS: SearchStrategy[Json] = st.sampled_from(
    ["a", "${var.text}", "${NOMAD_X}", "x ${a.b} y", "30s", "5", "true", "a$", "é", 'q"\n']
)
JSON_SCALARS: SearchStrategy[Json] = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 70000), st.sampled_from([1.5, 2.0, 1e21, "${", "%{"]),
    JSON_TEXTS, STRINGS.map(lambda text: text[1:-1]),
)  # fmt: skip
JSON: SearchStrategy[Json] = st.recursive(
    JSON_SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(st.sampled_from(["a", "b", "//", "${var.text}"]), inner, max_size=2),
    ),
    max_leaves=5,
)
JSON_BY_KIND: dict[Kind, SearchStrategy[Json]] = {
    Kind.TEXT: JSON_TEXTS,
    Kind.FLAG: st.sampled_from([True, False, "true", "${var.number > 1}"]),
    Kind.DURATION: st.sampled_from(["30s", "1h", 5, "${var.number}s"]),
    Kind.TEXTS: st.sampled_from([["a", "${var.text}"], [], "${var.texts}", [1, True]]),
    Kind.PORTS: st.sampled_from([[80], ["80"]]),
    Kind.TEXT_MAP: st.sampled_from([{"a": "b"}, {}, {"a": 5}, "${var.map}"]),
}


@st.composite
def json_body(draw: DrawFn, schema: fields.Schema, depth: int) -> Json:
    if schema.form in (Form.FREE, Form.CONSTANTS, Form.TEXT_MAP, Form.TEXTS_MAP):
        inner = JSON_TEXTS if schema.form is Form.TEXT_MAP else JSON
        found = draw(st.dictionaries(st.sampled_from(["a", "b", "//"]), inner, max_size=2))
        return dict(found)
    result: dict[str, Json] = {}
    for attribute in schema.attributes.values():
        if attribute.required or (attribute.name not in NEWER and draw(st.integers(0, 6)) == 0):
            right = JSON_BY_KIND.get(attribute.kind, st.sampled_from([3, "4", "${var.number}"]))
            result[attribute.name] = draw(JSON if draw(st.integers(1, RARE)) == 1 else right)
    for nested in schema.blocks.values():
        if depth > 0 and not _is_newer(schema, nested) and draw(st.integers(0, 7)) == 0:
            result[nested.name] = draw(json_block(nested, depth - 1))
    return result


@st.composite
def json_block(draw: DrawFn, nested: fields.Nested, depth: int) -> Json:
    one = json_body(nested.schema, depth)
    wrong = st.integers(1, RARE).flatmap(lambda n: JSON_SCALARS if n == 1 else one)
    several = st.one_of(one, wrong, st.lists(one, min_size=1, max_size=2))
    if nested.repeat is Repeat.ONCE:
        several = st.one_of(one, wrong)
    if nested.label is None:
        return draw(several)
    labels = st.sampled_from(["cpu", "mem"] if nested.label == fields.LABEL else ["a", "b", "x y"])
    labelled: SearchStrategy[Json] = st.dictionaries(labels, several, min_size=1, max_size=2)
    found: Json = draw(st.one_of(labelled, labelled, st.lists(labelled, min_size=1, max_size=2)))
    return found


@st.composite
def json_jobs(draw: DrawFn) -> str:
    """A whole job file in JSON."""
    declared = {
        "text": {"default": "given"},
        "number": {"type": "number", "default": 7},
        "texts": {"type": "list(string)", "default": ["one", "two"]},
        "map": {"type": "map(string)", "default": {"k": "v"}},
    }
    made = {"variable": declared, "job": {"made-up": draw(json_body(job.JOB, DEPTH))}}
    return json.dumps(
        made, indent=draw(st.sampled_from([None, 1])), ensure_ascii=draw(st.booleans())
    )
