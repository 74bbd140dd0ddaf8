"""Inputs made to hurt: small texts that stand for endless work, and large texts of one kind.

Each is what somebody might try first; what the fuzzer finds by itself is in cases/.
"""

from __future__ import annotations

from collections.abc import Mapping

_TASK = 'job "a" {\n group "g" {\n task "t" {\n driver = "docker"\n %s\n }\n }\n}\n'
_CONFIG = _TASK % "config {\n x = %s\n }"


def _locals(start: str, step: str, count: int) -> str:
    """A job with locals that each hold the one before twice."""
    lines = [f"l{n + 1} = " + step.replace("@", f"local.l{n}") for n in range(count)]
    return (
        "locals {\n l0 = " + start + "\n" + "\n".join(lines) + "\n}\n" + _CONFIG % f"local.l{count}"
    )


def _dynamic(kind: str, labels: str, content: str) -> str:
    return f'dynamic "{kind}" {{\n for_each = range(1000)\n {labels}\n content {{\n {content}\n }}\n }}'


_TEMPLATES = _dynamic("template", "", 'data = "x"\n destination = "d"')
_TASKS = _dynamic("task", 'labels = ["t${task.value}"]', 'driver = "x"\n ' + _TEMPLATES)
_DYNAMIC = 'job "a" {\n ' + _dynamic("group", 'labels = ["g${group.value}"]', _TASKS) + "\n}\n"

TEMPLATES = {
    "range": "[[range 1000000000]]x[[end]]",
    "range-range": "[[range 1000]][[range 1000]][[range 1000]]x[[end]][[end]][[end]]",
    "range-empty": "[[range 1000]][[range 1000]][[range 1000]][[end]][[end]][[end]]",
    "range-text": "[[range 100000]]" + "x" * 10_000 + "[[end]]",
    "range-list": "[[$l := until 100000]][[range 100]][[$l]][[end]]",
    "repeat": '[[repeat 100000000 "x"]]',
    "repeat-kept": '[[$l := list]][[range 1000]][[$l = append $l (repeat 8000000 "x")]][[end]]',
    "repeat-wide": '[[$l := list]][[range 1000]][[$l = append $l (repeat 1000000 "\U0001f600")]][[end]]',
    "append": "[[$l := list]][[range 100000]][[$l = append $l 1]][[end]]",
    "printf-width": '[[printf "%1000000000d" 1]]',
    "printf-widths": '[[printf "' + "%1000000d" * 1000 + '" 1]]',
    "printf-digits": '[[printf "%' + "9" * 5000 + 'd" 1]]',
    "print-many": '[[$a := repeat 8000000 "x"]][[print ' + "$a " * 1000 + "]]",
    "indent": '[[indent 1000000000 "x"]]',
    "indent-lines": '[[indent 100000 (repeat 10000 "\\n")]]',
    "nindent": '[[range 100]][[nindent 1000000 "x"]][[end]]',
    "until": "[[len (until 1000000000)]]",
    "until-kept": "[[$l := list]][[range 1000]][[$l = append $l (until 1000000)]][[end]]",
    "until-step": "[[len (untilStep 0 9223372036854775807 1)]]",
    "seq": "[[seq 1000000000]]",
    "tpl-loop": '[[define "a"]][[tpl "[[template \\"a\\" .]]" .]][[end]][[template "a" .]]',
    "tpl-new": '[[range $i := until 100000]][[tpl (print "x" $i) $]][[end]]',
    "template-loop": '[[define "a"]][[template "a" .]][[end]][[template "a" .]]',
    "template-fan": "".join(
        f'[[define "a{n}"]][[template "a{n + 1}"]][[template "a{n + 1}"]][[end]]' for n in range(40)
    ) + '[[define "a40"]]x[[end]][[template "a0"]]',
    "text-doubled": '[[$a := "x"]][[range 40]][[$a = print $a $a]][[end]][[$a]]',
    "list-doubled": "[[$a := list 1]][[range 40]][[$a = list $a $a]][[end]][[$a]]",
    "list-json": "[[$a := list 1]][[range 40]][[$a = list $a $a]][[end]][[toJson $a]]",
    "list-equal": "[[$a := list 1]][[$b := list 1]][[range 40]][[$a = list $a $a]]"
    "[[$b = list $b $b]][[end]][[deepEqual $a $b]]",
    "list-copied": "[[$a := list 1]][[range 40]][[$a = list $a $a]][[end]][[len (deepCopy $a)]]",
    "list-deep": "[[$a := list 1]][[range 100000]][[$a = list $a]][[end]][[$a]]",
    "dict-itself": '[[$d := dict]][[$_ := set $d "x" $d]][[$d]][[toJson $d]]',
    "dict-merged": '[[$d := dict "a" 1]][[$_ := set $d "x" $d]][[merge $d $d (dict "x" $d)]]',
    "regex": '[[regexMatch "^(a+)+$" "' + "a" * 40 + '!"]]',
    "regex-counts": '[[regexMatch "(((a{1000}){1000}){1000})" "aaa"]]',
    "regex-weight": '[[range 100]][[regexMatch "([a-z]{0,300}q[a-z]{300}){1}z" (repeat 100000 "aq")]][[end]]',
    "regex-empty": '[[len (regexReplaceAll "" (repeat 1000000 "a") (repeat 1000 "b"))]]',
    "replace": '[[len (replace "a" (repeat 10000 "b") (repeat 10000 "a"))]]',
    "semver": '[[semverCompare (print (repeat 20000 " ") "!") "1.2.3"]]',
    "semver-digits": '[[semver (print "1." (repeat 5000 "9") ".0")]]',
    "digits": '[[int (repeat 10000 "9")]][[atoi (repeat 10000 "9")]][[toDecimal (repeat 10000 "7")]]',
    "digits-literal": "[[" + "9" * 10_000 + "]]",
    "exponent": "[[1e999999999]]",
    "derive": '[[range 100]][[derivePassword 1 "long" "a" "b" "c"]][[end]]',
    "uniq": "[[len (uniq (until 100000))]]",
    "without": "[[$l := until 10000]][[len (without $l 1 2 3 4 5 6 7 8 9)]]",
    "sort": "[[len (sortAlpha (until 1000000))]]",
    "wrap": '[[len (wrap 1 (repeat 1000000 "a b "))]]',
    "upper": '[[range 1000]][[len (title (repeat 1000000 "é"))]][[end]]',
    "json-deep": '[[fromJson (repeat 100000 "[")]]',
    "json-digits": '[[fromJson (repeat 10000 "9")]]',
    "split": '[[len (splitList "" (repeat 8000000 "a"))]]',
    "date": '[[date (repeat 100000 "2006") 1000000000000000]]',
    "file": '[[fileContents "/dev/zero"]]',
    "parentheses": "[[" + "(" * 100_000 + "1" + ")" * 100_000 + "]]",
    "ifs": "[[if 1]]" * 10_000 + "[[end]]" * 10_000,
    "else-ifs": "[[if 0]]" + "[[else if 0]]x" * 10_000 + "[[end]]",
    "pipes": "[[1" + " | print" * 10_000 + "]]",
    "operands": "[[and " + "1 " * 20_000 + "]]",
    "fields": "[[$x := dict]][[$x" + ".a" * 10_000 + "]]",
    "actions": "[[.]]" * 200_000,
    "lines": '  port = [[ var "number" . ]]\n' * 10_000,
    "defines": "".join(f'[[define "d{n}"]]x[[end]]' for n in range(10_000)),
    "variables": "".join(f"[[$v{n} := {n}]]" for n in range(10_000)),
    "text": "a" * 1_000_000,
    "open-string": '[["' + "a" * 1_000_000,
    "open-escapes": "[[" + '"a\\' * 100_000,
    "open-comment": "[[/*" + "*" * 1_000_000,
}  # fmt: skip

EXPRESSIONS = {
    "for": "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a]]]",
    "for-object": '{for a in range(1000) : a => [for b in range(1000) : "${a}${b}"]}',
    "for-doubled": "[for a in [[1]] : " + "".join(
        f"[for {chr(98 + n)} in [[{chr(97 + n)}, {chr(97 + n)}]] : " for n in range(24)
    ) + "z" + "]" * 25,
    "setproduct": "setproduct(range(1000), range(1000), range(1000))",
    "setproduct-wide": "setproduct(" + ", ".join(['["a", "b"]'] * 40) + ")",
    "setintersection": "setintersection([for a in range(1000) : [a]], [for a in range(1000) : [a]])",
    "format-width": 'format("%1000000000d", 1)',
    "format-widths": 'format("' + "%9999d" * 9000 + '", ' + "1, " * 8999 + "1)",
    "numbers": '["${1e8000}"]',
    "exponent": "1e999999999",
    "digits": "9" * 100_000,
    "parseint": 'parseint("' + "9" * 100_000 + '", 10)',
    "cidrsubnets": 'cidrsubnets("0.0.0.0/0", ' + ", ".join(["32"] * 10_000) + ")",
    "regex": 'regex_replace("' + "a" * 40 + '!", "(a+)+$", "b")',
    "replace": 'replace("' + "a" * 10_000 + '", "a", "' + "b" * 10_000 + '")',
    "join": 'join("' + "x" * 10_000 + '", [for a in range(1000) : "a"])',
    "yaml-aliases": 'yamldecode("a: &a [x,x,x,x,x,x,x,x,x]\\n' + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\\n" for n in range(12)
    ) + '")',
    "yaml-deep": 'yamldecode("' + "[" * 100_000 + '")',
    "yaml-indented": 'yamldecode("' + "".join(" " * n + "a:\\n" for n in range(1000)) + '")',
    "json-deep": 'jsondecode("' + "[" * 100_000 + '")',
    "json-digits": 'jsondecode("' + "9" * 10_000 + '")',
    "parentheses": "(" * 100_000,
    "brackets": "[" * 100_000,
    "nots": "!" * 100_000 + "true",
    "sequences": '"${' * 10_000,
    "conditionals": "true ? 1 : " * 50_000 + "1",
    "sum": "1+" * 100_000 + "1",
    "indexes": "a" + "[0]" * 100_000,
    "attributes": "a" + ".b" * 100_000,
    "splats": "a" + "[*]" * 10_000,
    "tuple": "[" + "1," * 100_000 + "1]",
    "distinct": "distinct([" + ", ".join(f'"{n}"' for n in range(20_000)) + "])",
    "distinct-lists": "distinct([for a in range(1000) : [a]])",
    "merge": "merge([for a in range(1024) : {for b in range(1024) : \"${a}-${b}\" => 1}]...)",
    "strrev": 'strrev(join("", [for a in range(1000) : "' + "x" * 1000 + '"]))',
    "chomp": 'chomp("' + "\\n" * 100_000 + 'x")',
    "heredoc": "<<EOT\n" + "  x\n" * 100_000 + "EOT\n",
    "heredoc-indented": "<<-EOT\n" + "  x\n" * 100_000 + "EOT\n",
    "open-string": '"' + "a" * 1_000_000,
    "open-comments": "/*" * 100_000,
    "dollars": '"' + "$" * 100_000 + '"',
    "directives": '"' + "%{if true}" * 10_000 + '"',
    "name": "é" * 1_000_000,
}  # fmt: skip

JOBS = {
    "text-doubled": _locals('"xxxxxxxxxx"', '"${@}${@}"', 40),
    "list-doubled": _locals('["x"]', "[@, @]", 40),
    "locals": _locals('["x"]', "@", 2_000),
    "dynamic": _DYNAMIC,
    "blocks": 'job "a" {\n' + "".join(
        f'group "g{n}" {{\n task "t" {{\n driver = "x"\n }}\n}}\n' for n in range(2_000)
    ) + "}\n",
    "open-blocks": "a {\n" * 50_000,
    "closers": "}" * 100_000,
    "number": _CONFIG % "1e5000",
    "small-number": _CONFIG % "1.5e-5000",
    "duration": _TASK % ('kill_timeout = "' + "9" * 10_000 + 'h"'),
    "deep": _TASK % ("config {\n" + "a {\n" * 95 + "}\n" * 96),
    "variable": 'variable "v" {\n type = ' + "list(" * 5_000 + "any" + ")" * 5_000 + "\n}\n",
    "validation": 'variable "v" {\n default = 1\n validation {\n condition = '
    'length([for a in range(1000) : [for b in range(1000) : a]]) > 0\n error_message = "No."\n }\n}\n',
}  # fmt: skip

JSON = {
    "deep": '"job":' + '{"a":' * 100_000,
    "list": '"job":{"a":{"group":{"g":{"task":{"t":{"driver":"x","config":{"x":['
    + "1," * 100_000
    + "1]}}}}}}}}",
    "digits": '"job":{"a":{"priority":' + "9" * 10_000 + "}}}",
    "open-string": '"' + "a" * 1_000_000,
    "escapes": '"' + "\\u0061" * 100_000 + '":1}',
}

TEXTS = {
    "open-blocks": "a {\n" * 100_000,
    "brackets": "a = " + "[" * 100_000,
    "lines": "line d\n" * 20_000,
    "long-line": "a = " + "x." * 100_000,
    "wide": "a = 1\n" * 20_000 + "b" * 50_000 + " = 1",
    "open-heredoc": "a = <<E\n" + "$" * 500_000,
    "marker": "<<" + "a" * 500_000,
    "dots": "1" + "." * 200_000,
    "numbers": "a = " + "1." * 200_000,
    "comments": "/*" * 200_000,
    "quotes": '"' * 200_001,
}

INPUTS: Mapping[str, Mapping[str, str]] = {
    "template": TEMPLATES,
    "expression": EXPRESSIONS,
    "job": JOBS,
    "json": JSON,
    "formatter": TEXTS,
}
