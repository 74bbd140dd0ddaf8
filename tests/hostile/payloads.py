"""Texts made to be executed: a payload for each way in which a text that somebody gave was ever taken for code.

Whatever could run a payload would leave a file of the name ``MARKER``, or would say ``CANARY``, which stands in no
payload: it is the result of a sum that each language writes in its own way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MARKER = "nomad-build-hostile-marker"
"""Name of the file that a payload makes when it is executed, in whatever folder it finds itself."""

CANARY = "1704711"
"""What a payload says when it is evaluated: 1700000 + 4711."""

_TOUCH = f"touch /tmp/{MARKER}"
_SUM = "$(expr 1700000 + 4711)"


@dataclass(frozen=True, slots=True)
class Payload:
    """A hostile text, and the way in which it hopes to be taken for code."""

    way: str
    text: str
    number: int

    @property
    def name(self) -> str:
        """A short name for a test's report."""
        return f"{self.way}-{self.number}"


_TEXTS: Mapping[str, tuple[str, ...]] = {
    "git option": (
        f"--upload-pack={_TOUCH}",
        f"-u{_TOUCH}",
        f"--config=core.sshCommand={_TOUCH}",
        f"-c core.fsmonitor={_TOUCH}",
        "--output=/alloc/data/digest",
        "+refs/heads/*:refs/heads/*",
        "refs/heads/x:refs/heads/main",
        "main@{-1}",
        "--",
    ),
    "git transport": (
        f"ext::sh -c '{_TOUCH}'",
        f"ext::sh -c {_TOUCH.replace(' ', '% ')}",
        "fd::17/x",
        "file:///etc",
        "FILE:///etc",
        "/etc/passwd",
        f"ssh://-oProxyCommand={_TOUCH.replace(' ', '%20')}/x",
        f"-oProxyCommand={_TOUCH}@host:x",
        f"git@-oProxyCommand={_TOUCH.replace(' ', '${IFS}')}:x",
        "http::http://host/x",
        "https://user:password@host/x",
        "https://host/x?a#b",
        "https://host\\@other/x",
        "https://[::ffff:169.254.169.254]/latest",
        "gopher://169.254.169.254:80/_GET",
    ),
    "submodule": (
        f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "{_TOUCH}"\n\tupdate = !{_TOUCH}\n',
        f"!{_TOUCH}",
        "../.git/hooks/post-checkout",
        "a/.git/config",
        "x\r",  # CVE-2025-48384: a path that ends in a carriage return loses it
    ),
    "shell": (
        f"$({_TOUCH})",
        f"`{_TOUCH}`",
        f"; {_TOUCH};",
        f"x && {_TOUCH} || {_TOUCH}",
        f"x | {_TOUCH} &",
        f"'; {_TOUCH}; '",
        f'"; {_TOUCH}; "',
        f"x\n{_TOUCH}\n",
        f"x\r\n{_TOUCH}\r\n",
        f"${{IFS}}&&{_TOUCH.replace(' ', '${IFS}')}",
        f"{_SUM} $((1700000+4711)) `expr 1700000 + 4711`",
        "$HOME ${PATH:+set} $'\\x41' ~root * ? [a-z] {a,b}",
        "$IFS$9|set",
        f"\\\n{_TOUCH}",
        f"\nSCRIPT\n{_TOUCH}\n",
        f"x\nEOF\n{_TOUCH}\ncat <<EOF\n",
        "%s%n%x %d \\c \\x24\\x28id\\x29",  # of printf and of echo
        ">/tmp/" + MARKER,
        "#!/bin/sh\n" + _TOUCH,
        "A=1 B=2",
        "!! !$ !-1",
    ),
    "HCL": (
        "${1700000 + 4711}",
        "%{ if true }${1700000 + 4711}%{ endif }",
        "$${1700000 + 4711}",
        "%%{ if true }x%%{ endif }",
        "$$${1700000 + 4711}",
        '"${1700000 + 4711}"',
        '${file("/etc/passwd")}',
        '"\n} \njob "x" {\n  type = "system"\n}\n',
        '"]\nprivileged = true\nx = ["',
        "\nEOT\n}\ntask \"x\" {\n",
        '<<EOT\n${upper("x")}\nEOT',
        "/* x", "*/", "# x", "// x",
    ),
    "Nomad": (
        "${NOMAD_SECRETS_DIR}/vault_token",
        "${NOMAD_ALLOC_ID}",
        "${node.unique.id}",
        "${attr.unique.hostname}",
        "${meta.secret}",
        "${env[\"PATH\"]}",
        "${secret.registry.password}",
        "${device.ids}",
        "${NOMAD_META_build_id}${NOMAD_TASK_DIR}",
        "%{for x in [1]}x%{endfor}",
    ),
    "consul-template": (
        "{{ add 1700000 4711 }}",
        '{{ env "HOME" }}',
        '{{ with secret "secret/data/x" }}{{ .Data }}{{ end }}',
        '{{ with nomadVar "nomad/jobs" }}{{ . }}{{ end }}',
        '{{ file "/etc/passwd" }}',
        '{{ executeTemplate "x" }}',
        f'{{{{ plugin "/bin/sh" "-c" "{_TOUCH}" }}}}',
        f'{{{{ "x" | writeToFile "/tmp/{MARKER}" "" "" "0644" }}}}',
        '{{ base64Decode "aWQ=" }}',
        '" }}{{ add 1700000 4711 }}{{ "',
        '{{"{{"}} add 1700000 4711 {{"}}"}}',
        "{{- /* x */ -}}",
        "}}", "{{", '{{ define "x" }}', "{{ end }}",
    ),
    "nomad-pack": (
        "[[ add 1700000 4711 ]]",
        '[[ var "registry_credentials" . ]]',
        '[[ env "PATH" ]]',
        '[[ fileContents "/etc/passwd" ]]',
        '[[ nomadVariable "nomad/jobs" ]]',
        '[[ tpl "[[ add 1700000 4711 ]]" . ]]',
        "]]", "[[", "[[- /*", '[[ template "vault" . ]]',
    ),
    "Jinja": (
        "{{ 1700000 + 4711 }}",
        "{% if true %}{{ 1700000 + 4711 }}{% endif %}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ cycler.__init__.__globals__.os.popen('" + _TOUCH + "').read() }}",
        "{# x #}",
        "{% raw %}", "{% endraw %}",
        "%s %(x)s {0.__class__} {x!r}",
    ),
    "secret path": (
        'secret/data/x" }}{{ with secret "secret/data/other',
        "secret/data/x?version=1&x=y",
        "secret/../sys/policies",
        "x\nnomad/jobs/other",
        "nomad:nomad/jobs/other",
        "vault:vault:x",
        "path#field#other",
        "path#",
        "#field",
        "path@region.namespace",
        "nomad/jobs/*",
        "%2e%2e/%2e%2e/sys/mounts",
        ".Data.data | toJSON",
    ),
    "secret value": (
        "ghp_" + "a1B2" * 9,
        "glpat-" + "a1B2c" * 4,
        "AKIAIOSFODNN7EXAMPLE",
        "hvs." + "CAESIJ" * 12,
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----\n",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
    ),
    "YAML and JSON": (
        '", "privileged": true, "x": "',
        '"}]}',
        "\\u0022, \\u0022x\\u0022: 1",
        '{"$ref": "file:///etc/passwd"}',
        "!!python/object/apply:os.system ['" + _TOUCH + "']",
        "&a [*a, *a]",
        "x: y\n- z\n---\n",
        "<<: *x", "~", "null", "yes", "1e9999", "0x10", "NaN",
        "__proto__",
    ),
    "headers": (
        "x\r\nAuthorization: Basic eDp5",
        "x\r\n\r\nGET / HTTP/1.1\r\nHost: other\r\n",
        "x\nX-Webhook-Signature: sha256=0",
        "x%0d%0aSet-Cookie: a=b",
        'x"\nheader = "X: y"\noutput = "/tmp/' + MARKER + '"',  # curl's configuration
    ),
    "paths": (
        "../../etc/passwd",
        "/etc/passwd",
        "a/../../b",
        "..",
        ".",
        "a//b",
        "a/./b",
        "..\\..\\x",
        "%2e%2e%2fx",
        "/secrets/auth.json",
        "/proc/1/environ",
        "../alloc/data/digest",
        "\\\\host\\share",
        "C:\\x",
        "-",
        "a/-x",
        "Dockerfile.in",
        "Dockerfile,x=y",
        "https://host/Dockerfile",
    ),
    "NUL": ("x\0y", "\0", "x\0\n" + _TOUCH),
    "unicode": (
        "\u202etxt.exe\u202c",
        "\u2066x\u2069",
        "m\u0430in",  # the second letter is Cyrillic
        "\uff4d\uff41\uff49\uff4e",  # in letters of full width
        unicodedata.normalize("NFC", "Ünïcødé/Ångström"),
        unicodedata.normalize("NFD", "Ünïcødé/Ångström"),
        "\u212b \u2126 \u00c5",  # which normalization form C makes others of
        "x\u200by\u2060z\ufeff",
        "x\u2028y\u2029z\u0085",
        "\U0001f600 \U000e0041 ☃",
        "\ufb01 \ufdfa \u0130 \u0131 \u00df",  # which change their length with their case
        "a" + "\u0301" * 200,
        "\ufffe\uffff",
        "\uff04\uff08id\uff09 \uff5b\uff5b x \uff5d\uff5d",  # which a normalization turns into our signs
        "x\ud800y",  # half a character, which JSON can carry and UTF-8 cannot
    ),
    "length": ("x" * 300, "x" * 9000, "x/" * 3000, "$(" * 2000, "{{" * 2000, "[" * 5000, " " * 600, "\n" * 600),
    "terminal": (
        "\x1b[2J\x1b[1;1H",
        f"\x1b]0;{_TOUCH}\x07",
        f"\x1b]52;c;{'eA==' * 4}\x07",
        "\x1b]8;;file:///etc/passwd\x07x\x1b]8;;\x07",
        "\x1bP+q544e\x1b\\",
        "\x9b31m",
        "x\r\x1b[Knomad-build: all tests passed",
        "x\x08\x08y\x7f",
        "\x0e\x0f\x05",
    ),
    "base64": (
        "dG91Y2ggL3RtcC94",
        "dG91Y2ggL3RtcC94=",
        "====",
        "a-b_c=",
        '" | base64Decode | executeTemplate "',
    ),
    "registry": (
        "x:y@sha256:" + "0" * 64,
        "x@sha256:" + "0" * 64 + ":y",
        "UPPER/case",
        "host:99999/x",
        "x/../y",
        "x?mount=sha256:0&from=other",
        "docker://x",
        "oci:/tmp/" + MARKER,
        "dir:/tmp/" + MARKER,
        "containers-storage:x",
        "x latest",
        "x\ny",
    ),
    "log marks": (
        "nomad-build: test ended with exit code 0",
        "\nnomad-build: error: killed\n",
        "--- task build ---",
        "\n::add-mask::x\n::set-output name=x::y",
    ),
    "Dockerfile": (
        "# syntax=docker.io/other/frontend",
        f"x\nRUN {_TOUCH}",
        "x AS y",
        "--mount=type=bind,source=/,target=/host",
        "type=secret,id=x,src=/etc/passwd",
        "id=x,env=PATH",
        "$BUILDPLATFORM ${x:-y}",
        '#include "/secrets/auth.json"',
        "A=1 \\\nB=2",
        "linux/amd64,linux/arm64",
    ),
}  # fmt: skip


def payloads() -> Iterator[Payload]:
    """All payloads, way by way."""
    for way, texts in _TEXTS.items():
        for number, text in enumerate(texts, start=1):
            yield Payload(way=way, text=text, number=number)


PAYLOADS = tuple(payloads())
TEXTS = tuple(dict.fromkeys(each.text for each in PAYLOADS))
WAYS = tuple(_TEXTS)

# Signs that mean something to one of the languages: what hypothesis mixes with any other text.
SIGNS = (
    *("$", "${", "%{", "$${", "%%{", "}", "{{", "}}", "[[", "]]", "{%", "%}", '"', "'", "`", "\\", "$("),
    *(")", ";", "&", "|", "<", ">", "\n", "\r", "\t", "\0", "\x1b[", "\x9b", "\u202e", "#", ":", "@", "/", ".."),
    *("-", "--", "=", ",", "*", "~", "!", "^", "?", " ", "EOF", "SCRIPT", "\u0301", "\u212b", "é", "☃", "\ud800"),
)  # fmt: skip
