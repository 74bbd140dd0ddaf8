"""Mistakes in packs, a table: files with one, the place where it is, and what puts it right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Files = Mapping[str, str]

JOB = """job "x" {
  group "g" {
    task "t" {
      driver = "docker"
      config {
BODY
      }
    }
  }
}
"""
T = "templates/x.nomad.tpl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Files with a mistake, where it is, and what is changed to put it right."""

    rule: str
    bad: Files
    at: tuple[str, ...]
    good: Files = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    message: str = ""

    def __str__(self) -> str:
        return f"{self.rule}: {self.message or ', '.join(self.at)}"


def declare(name: str, type_: str = "string", default: str = '""') -> str:
    return f'variable "{name}" {{\n  type = {type_}\n  default = {default}\n}}\n'


def printing(expression: str, **variables: str) -> Files:
    """A pack whose template prints an expression as an image."""
    declared = "".join(
        declare(name, type_, default) for name, (type_, default) in _split(variables)
    )
    return {"variables.hcl": declared, T: JOB.replace("BODY", f"image = {expression}")}


def _split(variables: Mapping[str, str]) -> list[tuple[str, tuple[str, str]]]:
    found = []
    for name, text in variables.items():
        type_, _, default = text.partition(" = ")
        found.append((name, (type_, default)))
    return found


def in_heredoc(text: str) -> str:
    """A job with a template block whose text this is."""
    return JOB.replace(
        "BODY", f'}}\n template {{\n destination = "x"\n data = <<EOF\n{text}\nEOF\n'
    )


STRING = 'string = "a"'
CASES = [
    # --- what templates read ---------------------------------------------------------------------
    Case(
        rule="undeclared-variable",
        bad=printing('[[ var "imag" . | quote ]]', image=STRING),
        at=(f"{T}:6:16",),
        good=printing('[[ var "image" . | quote ]]', image=STRING),
        message='did you mean "image"?',
    ),
    Case(
        rule="undeclared-variable",
        bad={T: '[[ define "h" ]][[ must_var "a.b" . ]][[ end ]][[ template "h" . ]]'},
        at=(f"{T}:1:29",),
        good={"variables.hcl": declare("a", "any")},
    ),
    Case(
        rule="undeclared-variable",
        bad={"outputs.tpl": 'on port [[ var "port" $ ]]'},
        at=("outputs.tpl:1:16",),
        good={"variables.hcl": declare("port")},
    ),
    Case(
        rule="undeclared-variable",
        bad={
            "metadata.hcl": 'app { url = "" }\npack {\n name = "d"\n version = ""\n}\n'
            'dependency "child" {\n  alias = "c"\n}\n',
            "deps/child/metadata.hcl": 'app { url = "" }\npack {\n name = "child"\n version = ""\n}\n',
            "deps/child/variables.hcl": declare("port", "number", "1"),
            T: '[[ var "prot" .c ]]',
        },
        at=(f"{T}:1:8",),
        good={T: '[[ var "port" .c ]]'},
        message='of the dependency "c"',
    ),
    Case(
        rule="undeclared-attribute",
        bad={
            "variables.hcl": declare("task", "object({ cpu = number })", "{ cpu = 1 }"),
            T: '[[ var "task.memory" . ]][[ $t := var "task" . ]][[ $t.cpus ]]',
        },
        at=(f"{T}:1:8", f"{T}:1:55"),
        good={T: '[[ var "task.cpu" . ]][[ $t := var "task" . ]][[ $t.cpu ]]'},
    ),
    Case(
        rule="undeclared-attribute",
        bad={
            "variables.hcl": declare("ports", "list(object({ to = number }))", "[]"),
            T: '[[ range $p := var "ports" . ]][[ $p.from ]][[ .too ]][[ end ]]'
            '[[ with index (var "ports" .) 0 ]][[ .form ]][[ end ]]',
        },
        at=(f"{T}:1:37", f"{T}:1:48", f"{T}:1:101"),
        good={T: '[[ range $p := var "ports" . ]][[ $p.to ]][[ .to ]][[ end ]]'},
    ),
    Case(
        rule="unused-variable",
        bad={"variables.hcl": declare("a") + declare("b"), T: '[[ var "a" . ]]'},
        at=("variables.hcl:5:10",),
        good={T: '[[ var "a" . ]]', "outputs.tpl": '[[ var "b" . ]]'},
    ),
    Case(
        rule="unused-variable",
        bad={"variables.hcl": declare("a"), T: "x"},
        at=("variables.hcl:1:10",),
        good={T: "[[ range $k, $v := vars . ]][[ $k ]][[ end ]]"},
    ),
    Case(
        rule="unused-variable",
        bad={"variables.hcl": declare("a"), T: "x"},
        at=("variables.hcl:1:10",),
        good={T: '[[ $name := "a" ]][[ var $name . ]][[ var (print "a") . ]]'},
    ),
    Case(
        rule="duplicate-variable",
        bad={"variables.hcl": declare("a") + declare("a"), T: '[[ var "a" . ]]'},
        at=("variables.hcl:1:10",),
        good={"variables.hcl": declare("a")},
        message="declared again in line 5",
    ),
    Case(
        rule="unused-variable",
        bad={"variables.hcl": declare("a") + declare("b"), T: "[[ .my.b ]]"},
        at=("variables.hcl:1:10",),
        good={T: "[[ .my.a ]][[ .my.b ]]"},
    ),
    Case(
        rule="not-a-context",
        bad={
            "variables.hcl": declare("ports", "list(number)", "[1]") + declare("net"),
            T: '[[ range var "ports" . ]][[ var "net" . ]][[ end ]][[ with var "net" . ]]'
            '[[ meta "pack.name" . ]][[ end ]]',
        },
        at=(f"{T}:1:29", f"{T}:1:77"),
        good={
            T: '[[ range var "ports" . ]][[ var "net" $ ]][[ end ]][[ with var "net" . ]]'
            '[[ meta "pack.name" $ ]][[ end ]]'
        },
        message="try $ in its place",
    ),
    Case(
        rule="not-a-context",
        bad={
            "variables.hcl": declare("a"),
            T: '[[ define "h" ]][[ var "a" . ]][[ end ]][[ template "h" (var "a" .) ]]',
        },
        at=(f"{T}:1:20",),
        good={T: '[[ define "h" ]][[ var "a" .ctx ]][[ end ]][[ template "h" (dict "ctx" .) ]]'},
    ),
    Case(
        rule="unknown-metadata",
        bad={T: '[[ meta "pack.nam" . ]][[ must_meta "integration.name" . ]]'},
        at=(f"{T}:1:9", f"{T}:1:37"),
        good={T: '[[ meta "pack.name" . ]][[ meta "app.url" . ]]'},
        message='did you mean "pack.name"?',
    ),
    Case(
        rule="undeclared-dependency",
        bad={T: '[[ var "port" .child ]]'},
        at=(f"{T}:1:15",),
        good={
            "metadata.hcl": 'app { url = "" }\npack {\n name = "d"\n version = ""\n}\n'
            'dependency "child" {\n}\n',
            "deps/child/metadata.hcl": 'app { url = "" }\npack {\n name = "child"\n version = ""\n}\n',
            "deps/child/variables.hcl": declare("port"),
        },
    ),
    Case(
        rule="old-syntax",
        bad={
            "variables.hcl": declare("region"),
            T: "[[ .my.region ]][[ .nomad_pack.pack.name ]][[ .region ]]",
        },
        at=(f"{T}:1:4", f"{T}:1:20", f"{T}:1:47"),
        good={T: '[[ var "region" . ]][[ meta "pack.name" . ]]'},
        message='[[ var "region" . ]]',
    ),
    # --- templates and calls ---------------------------------------------------------------------
    Case(
        rule="template-syntax",
        bad={T: "one\n[[ if true ]]"},
        at=(f"{T}:2:14",),
        good={T: "one\n[[ if true ]][[ end ]]"},
    ),
    Case(
        rule="template-syntax",
        bad={T: "x", "templates/_h.tpl": "[[ nothing ]]"},
        at=("templates/_h.tpl:1:4",),
        good={"templates/_h.tpl": ""},
    ),
    Case(
        rule="undefined-template",
        bad={
            "templates/_h.tpl": '[[ define "job_name" ]]x[[ end ]]',
            T: '[[ template "job_nme" . ]]',
        },
        at=(f"{T}:1:13",),
        good={T: '[[ template "job_name" . ]]'},
        message='did you mean "job_name"?',
    ),
    Case(
        rule="unused-template",
        bad={
            "templates/_h.tpl": '[[ define "a" ]][[ template "b" ]][[ end ]][[ define "b" ]][[ end ]]',
            T: "x",
        },
        at=("templates/_h.tpl:1:11",),
        good={T: '[[ template "a" ]]'},
    ),
    Case(
        rule="duplicate-template",
        bad={
            "templates/_a.tpl": '[[ define "h" ]]a[[ end ]]',
            "templates/_b.tpl": '[[ define "h" ]]b[[ end ]]',
            T: '[[ template "h" ]]',
        },
        at=("templates/_b.tpl:1:11",),
        good={"templates/_b.tpl": '[[ define "g" ]]b[[ end ]]'},
    ),
    Case(
        rule="wrong-arguments",
        bad={
            "variables.hcl": declare("f"),
            T: '[[ if var "f" . ]][[ fileContents var "f" . ]][[ end ]]',
        },
        at=(f"{T}:1:22",),
        good={T: '[[ if var "f" . ]][[ fileContents (var "f" .) ]][[ end ]]'},
        message="parentheses",
    ),
    Case(
        rule="wrong-arguments",
        bad={"variables.hcl": declare("f"), T: '[[ printf "%s" var "f" . ]]'},
        at=(f"{T}:1:16",),
        good={T: '[[ printf "%s" (var "f" .) ]]'},
    ),
    Case(
        rule="impure-function",
        bad={
            "variables.hcl": declare("m", "map(string)", "{}"),
            T: '[[ if false ]][[ uuidv4 ]][[ now ]][[ end ]][[ range keys (var "m" .) ]][[ end ]]',
        },
        at=(f"{T}:1:18", f"{T}:1:30", f"{T}:1:54"),
        good={
            T: '[[ range keys (var "m" .) | sortAlpha ]][[ end ]][[ len (keys (var "m" .)) ]]'
            '[[ range sortAlpha (values (var "m" .)) ]][[ end ]]'
        },
    ),
    # --- text that becomes code ------------------------------------------------------------------
    Case(
        rule="unescaped-in-string",
        bad=printing('"[[ var "i" . ]]:[[ var "n" . ]]"', i=STRING, n="number = 1"),
        at=(f"{T}:6:13",),
        good=printing('[[ var "i" . | quote ]]', i=STRING),
        message="| quote",
    ),
    Case(
        rule="unescaped-in-string",
        bad=printing('"[[ join "," (var "l" .) ]]"', l='list(string) = ["a"]'),
        at=(f"{T}:6:13",),
        good=printing('[[ var "l" . | join "," | quote ]]', l='list(string) = ["a"]'),
    ),
    Case(
        rule="unescaped-in-string",
        bad=printing('[[ printf "\\"redis:%s\\"" (upper (var "i" .)) ]]', i=STRING),
        at=(f"{T}:6:12",),
        good=printing('[[ printf "redis:%s" (upper (var "i" .)) | quote ]]', i=STRING),
    ),
    Case(
        rule="unescaped-in-string",
        bad={
            "variables.hcl": declare("i"),
            "templates/_h.tpl": '[[ define "h" ]][[ var "i" . ]][[ end ]]',
            T: JOB.replace("BODY", 'image = "[[ template "h" . ]]"'),
        },
        at=("templates/_h.tpl:1:20",),
        good={"templates/_h.tpl": '[[ define "h" ]][[ var "i" . | b64enc ]][[ end ]]'},
    ),
    Case(
        rule="unescaped-in-string",
        bad=printing('"[[ range $i := var "l" . ]][[ $i ]][[ end ]]"', l='list(string) = ["a"]'),
        at=(f"{T}:6:40",),
        good=printing('"[[ range $i := var "l" . ]][[ $i ]][[ end ]]"', l="list(number) = [1]"),
    ),
    Case(
        rule="unescaped-in-string",
        bad=printing('"[[ var "i" . | quote ]]"', i=STRING),
        at=(f"{T}:6:13",),
        good=printing('"[[ var "i" . | b64enc ]]"', i=STRING),
        message="take away the quotes",
    ),
    Case(
        rule="unescaped-in-code",
        bad=printing('[[ var "i" . ]]', i=STRING),
        at=(f"{T}:6:12",),
        good=printing('[[ var "i" . | toJson ]]', i=STRING),
    ),
    Case(
        rule="unescaped-in-code",
        bad=printing('"${[[ var "i" . ]]}"', i=STRING),
        at=(f"{T}:6:15",),
        good=printing('"${[[ var "i" . ]]}"', i="bool = true"),
    ),
    Case(
        rule="unescaped-in-code",
        bad=printing('[[ var "i" . ]]', i='any = "a"'),
        at=(f"{T}:6:12",),
        # What begins an argument can only be meant as HCL.
        good={T: JOB.replace("BODY", '\n[[ var "i" . ]]\n')},
    ),
    Case(
        rule="unescaped-in-script",
        bad=printing(
            '"x"\n command = "/bin/sh"\n args = ["-c", "ls [[ var "i" . | squote ]]"]', i=STRING
        ),
        at=(f"{T}:8:23",),
        good=printing(
            '"x"\n command = "/bin/ls"\n args = ["-c", [[ var "i" . | quote ]]]', i=STRING
        ),
        message="env",
    ),
    Case(
        rule="unescaped-in-script",
        bad={
            "variables.hcl": declare("i"),
            T: in_heredoc('#!/bin/sh\nls [[ var "i" . | quote ]]'),
        },
        at=(f"{T}:11:7",),
        good={
            T: in_heredoc('list: [[ var "i" . ]]'),
        },
    ),
    Case(
        rule="unescaped-in-script",
        bad={
            "variables.hcl": declare("i"),
            T: in_heredoc('{{ key "[[ var "i" . ]]" }}'),
        },
        at=(f"{T}:10:12",),
        good={
            T: in_heredoc('{{ key [[ var "i" . | quote ]] }}'),
        },
    ),
    Case(
        rule="unescaped-in-script",
        bad={"variables.hcl": declare("i"), "templates/run.sh.tpl": 'ls [[ var "i" . | quote ]]'},
        at=("templates/run.sh.tpl:1:7",),
        good={"templates/run.sh.tpl": 'ls "$(echo [[ var "i" . | b64enc ]] | base64 -d)"'},
    ),
    # --- values ----------------------------------------------------------------------------------
    Case(
        rule="value-type",
        bad={
            "variables.hcl": declare("n", "number", "1")
            + declare("o", "object({ a = list(string) })", "null"),
            "variants/v.hcl": 'n = "many"\no = { a = "x" }\n',
            T: '[[ var "n" . ]][[ var "o" . ]]',
        },
        at=("variants/v.hcl:1:1", "variants/v.hcl:2:1"),
        good={"variants/v.hcl": 'n = 2\no = { a = ["x"] }\n'},
        message="a number is required",
    ),
    Case(
        rule="value-conversion",
        bad={
            "variables.hcl": declare("b", "bool", "true")
            + declare("l", "list(object({ n = number }))", "[]"),
            "cases/c.json": '{"b": "false",\n "l": [{"n": "1"}]}',
            T: '[[ var "b" . ]][[ var "l" . ]]',
        },
        at=("cases/c.json:1:2", "cases/c.json:2:2"),
        good={"cases/c.json": '{"b": false,\n "l": [{"n": 1}]}'},
        message='"l[0].n" is a string here and declared as number',
    ),
    Case(
        rule="unknown-variable",
        bad={
            "variables.hcl": declare("count"),
            ".ci/vars.hcl": "coutn = 1\nchild.x = 1\n",
            T: '[[ var "count" . ]]',
        },
        at=(".ci/vars.hcl:1:1", ".ci/vars.hcl:2:1"),
        good={".ci/vars.hcl": 'count = "1"\n'},
        message='did you mean "count"?',
    ),
    Case(
        rule="var-file",
        bad={"cases/c.hcl": "a = \n", T: "x"},
        at=("cases/c.hcl:1:5",),
        good={"cases/c.hcl": ""},
    ),
    Case(
        rule="default-type",
        bad={
            "variables.hcl": declare("a", "number", '"many"') + declare("b", "list(string)", '"x"'),
            T: "x",
        },
        at=("variables.hcl:3:13", "variables.hcl:7:13"),
        good={
            "variables.hcl": declare("a", "number", '"1"') + declare("b", "list(string)", '["x"]')
        },
    ),
    # --- files -----------------------------------------------------------------------------------
    Case(
        rule="invalid-variables",
        bad={"variables.hcl": 'variable "a" {\n  sensitive = true\n}\nlocals {}\n', T: "x"},
        at=("variables.hcl:2:3", "variables.hcl:4:1"),
        good={"variables.hcl": 'variable "a" {\n}\n'},
    ),
    Case(
        rule="invalid-metadata",
        bad={"metadata.hcl": 'app { url = "" }\npack { name = "x" }\n', T: "x"},
        at=("metadata.hcl:2:6",),
        good={"metadata.hcl": 'app { url = "" }\npack {\n name = "x"\n version = ""\n}\n'},
    ),
    Case(
        rule="missing-dependency",
        bad={
            "metadata.hcl": 'app { url = "" }\npack {\n name = "x"\n version = ""\n}\ndependency "child" {\n}\n',
            T: "x",
        },
        at=("metadata.hcl:6:1",),
        good={
            "deps/child/metadata.hcl": 'app { url = "" }\npack {\n name = "child"\n version = ""\n}\n',
            "deps/child/variables.hcl": "",
        },
    ),
    Case(
        rule="unreadable-pack",
        bad={"templates/_latin.tpl": "\udcff", T: "x"},
        at=("metadata.hcl:1:1",),
        good={"templates/_latin.tpl": "ÿ"},
    ),
    Case(
        rule="no-job-template",
        bad={"templates/x.conf.tpl": "x"},
        at=("metadata.hcl:1:1",),
        good={T: "x"},
    ),
    Case(
        rule="misplaced-file",
        bad={
            "templates/a.nomad": "",
            "template/b.nomad.tpl": "",
            "output.tpl": "",
            "templates/c.nomad.hcl.tpl": "x",
            T: "x",
        },
        at=(
            "output.tpl:1:1",
            "template/b.nomad.tpl:1:1",
            "templates/a.nomad:1:1",
            "templates/c.nomad.hcl.tpl:1:1",
        ),
        removed=(
            "templates/a.nomad",
            "template/b.nomad.tpl",
            "output.tpl",
            "templates/c.nomad.hcl.tpl",
        ),
    ),
    Case(
        rule="stray-dependency",
        bad={
            "deps/child/metadata.hcl": 'app { url = "" }\npack {\n name = "child"\n version = ""\n}\n',
            "deps/child/variables.hcl": "",
            T: "x",
        },
        at=("deps/child/metadata.hcl:1:1",),
        good={
            "metadata.hcl": 'app { url = "" }\npack {\n name = "x"\n version = ""\n}\n'
            'dependency "child" {\n enabled = false\n}\n'
        },
    ),
    Case(
        rule="missing-description",
        bad={"variables.hcl": 'variable "a" {\n}\n', T: '[[ var "a" . ]]'},
        at=("metadata.hcl:3:1", "variables.hcl:1:10"),
        good={
            "metadata.hcl": 'app { url = "" }\npack {\n name = "x"\n version = ""\n description = "x"\n}\n',
            "variables.hcl": 'variable "a" {\n description = "x"\n}\n',
        },
    ),
    # --- renders ---------------------------------------------------------------------------------
    Case(
        rule="render-failure",
        bad={
            "cases/c.hcl": "a = 1\n",
            "variables.hcl": declare("a", "any", "0"),
            T: '[[ if var "a" . ]]\n[[ fail "no" ]][[ end ]]',
        },
        at=(f"{T}:2:4",),
        good={"cases/c.hcl": "a = 0\n"},
        message='(with the case "c")',
    ),
    Case(
        rule="render-failure",
        bad={"cases/c.hcl": "", "variables.hcl": 'variable "a" {\n}\n', T: '[[ var "a" . ]]'},
        at=("variables.hcl:1:10",),
        good={"cases/c.hcl": "a = 0\n"},
        message='missing required variable: "a"',
    ),
    Case(
        rule="render-failure",
        bad={
            "variables.hcl": 'variable "b" {\n}\nvariable "a" {\n default = null\n}\n',
            T: '[[ var "a" . ]][[ var "b" . ]]',
            "cases/c.hcl": "b = 1\n",
        },
        at=("variables.hcl:3:10",),
        good={"cases/c.hcl": "a = 0\nb = 1\n"},
        message='missing required variable: "a"',
    ),
    Case(
        rule="outputs-failure",
        bad={"outputs.tpl": 'x [[ fail "no" ]]', T: "x"},
        at=("outputs.tpl:1:6",),
        good={"outputs.tpl": "x"},
    ),
    Case(
        rule="unrendered",
        bad={
            "variables.hcl": 'variable "b" {\n default = 1\n}\nvariable "a" {\n}\n',
            T: '[[ var "a" . ]]',
        },
        at=("variables.hcl:4:10",),
        good={"cases/c.hcl": 'a = "x"\n'},
    ),
    Case(
        rule="unrendered",
        bad={T: "[[ uuidv4 ]]"},
        at=("variables.hcl:1:1",),
        good={T: "x"},
    ),
    # --- comments --------------------------------------------------------------------------------
    Case(
        rule="unknown-rule",
        bad={"variables.hcl": "# packgen:ignore unused-varable: x\n", T: "x"},
        at=("variables.hcl:1:1",),
        good={"variables.hcl": "# packgen:ignore unused-variable: x\n"},
        message='did you mean "unused-variable"?',
    ),
    Case(
        rule="missing-reason",
        bad={"variables.hcl": f"# packgen:ignore unused-variable\n{declare('a')}", T: "x"},
        at=("variables.hcl:1:1",),
        good={"variables.hcl": f"# packgen:ignore unused-variable: for later\n{declare('a')}"},
    ),
    Case(
        rule="unused-ignore",
        bad={T: "[[- /* packgen:ignore unused-variable: x */]]\nx"},
        at=(f"{T}:1:5",),
        good={T: "x"},
    ),
]
