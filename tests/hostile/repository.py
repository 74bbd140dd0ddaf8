"""A repository that attacks whoever builds it, and the values to build it with.

Its Dockerfile writes down what it was given, for a test to compare; its steps try what a step must not be able to do,
and say what came of it.
"""

from __future__ import annotations

from server.errors import InvalidRequest
from server.lab.gitserver import Entry, Link
from server.request import parse_request
from tests import samples
from tests.hostile.payloads import CANARY, MARKER, PAYLOADS

BRANCH = "x/$(id)`id`${HOME}{{env}}%{if}'\"|&;<x>"
# Of a path with a quote or a comma buildah would make several, and in one with a bracket or backslash it finds nothing.
DOCKERFILE = "docker $(id) `id` ${HOME} {{ env }} %{if} 'x' ☃/Docker; file"
CONTEXT = "context $(id) `id` ${HOME} {{ env }} é"

# What a step tries, and what it says of each: "kept out", or what it got.
_PROBE = f"""#!/bin/sh
say() {{ printf 'probe: %s: %s\\n' "$1" "$2"; }}
for folder in /alloc /alloc/data /local /secrets /cache /cache/e2e; do
  if ls "$folder" >/dev/null 2>&1; then say "$folder" "is there"; else say "$folder" "kept out"; fi
done
for folder in /alloc/data /local /secrets /cache; do
  mkdir -p "$folder" && touch "$folder/{MARKER}"
done
for file in environ root/secrets root/cache root/local cwd/local; do
  if cat "/proc/1/$file" >/dev/null 2>&1 || ls "/proc/1/$file/" >/dev/null 2>&1; then
    say "/proc/1/$file" "was read"
  else
    say "/proc/1/$file" "kept out"
  fi
done
for file in /proc/[0-9]*/environ; do
  ! tr '\\0' '\\n' <"$file" 2>/dev/null | grep -qE '^(NOMAD_|GIT_|REGISTRY_AUTH|STORE)' || say "$file" "was read"
done
mknod /tmp/disk b 8 0 2>/dev/null
if cat /tmp/disk >/dev/null 2>&1; then say disk "was read"; else say disk "kept out"; fi
if mount -t proc none /mnt 2>/dev/null; then say mount "was made"; else say mount "kept out"; fi
"""
# What a log must not pass on, and what nobody may evaluate on its way.
_NOISE = """#!/bin/sh
printf '\\033[2J\\033[1;1H\\033]0;title\\007\\033]52;c;eA==\\007\\233\\033P+q\\033\\\\ a\\bb\\rc\\n'
printf '%s\\n' 'noise: {{ add 1700000 4711 }} ${1700000 + 4711} ${attr.unique.hostname} %{if true}x%{endif}'
printf '%s\\n' '--- task build ---' 'nomad-build: error: nothing' '[[ add 1700000 4711 ]] $(expr 1700000 + 4711)'
printf 'noise: \\342\\200\\256txet\\342\\200\\254 end\\n'
"""
_CHECK = """#!/bin/sh
[ "$(printf %s "$1" | base64 | tr -d '\\n')" = "$2" ] || { echo "not as given: $1"; exit 1; }
"""
_DOCKERFILE = """# syntax=docker.io/other/frontend
FROM {base}
ARG HOSTILE
COPY . /context
COPY --chmod=0755 probe noise check /bin/
RUN printf %s "$HOSTILE" >/hostile_arg
RUN <<'END'
printf '%s' '$(touch /tmp/{marker})' >/heredoc
END
RUN probe
RUN noise
"""


def files(base: str) -> dict[str, Entry]:
    """The repository's files; ``base`` is an image with a shell."""
    inside: dict[str, Entry] = {
        "probe": _PROBE,
        "noise": _NOISE,
        "check": _CHECK,
        f"$(touch {MARKER})": "x",
        f"`touch {MARKER}`; touch {MARKER}": "x",
        "-rf": "x",
        "--help": "x",
        "new\nline": "x",
        "\x1b[2J\x1b]0;title\x07": "x",
        "\"double\" 'single' \\": "x",
        "{{ env `HOME` }} ${HOME} %{if true} [[ x ]]": "x",
        "e\u0301 \u00e9 \u202e": "x",
        "root": Link("/"),
        "secrets": Link("/secrets"),
        "up": Link("../../../../../../secrets"),
    }
    return {
        DOCKERFILE: _DOCKERFILE.format(base=base, marker=MARKER),
        **{f"{CONTEXT}/{name}": entry for name, entry in inside.items()},
        ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch% /tmp/{MARKER}"\n',
        ".gitattributes": "* filter=hostile diff=hostile merge=hostile\n",
        ".gitconfig": f"[core]\n\tfsmonitor = touch /tmp/{MARKER}\n",
        ".dockerignore": "# ../../secrets\n!../../secrets\n",
        ".env": f"X=$(touch /tmp/{MARKER})\n",
    }


# Dockerfiles that try to have what their task keeps secret; what they find they say.
REACHING = {
    "a folder mounted from a link": "RUN --mount=type=bind,source=up,target=/s {look}",
    "a folder mounted from above": "RUN --mount=type=bind,source=../../../../../secrets,target=/s {look}",
    "a cache from above": "RUN --mount=type=cache,id=../../../../../../secrets,target=/s {look}",
    "a cache whose source leads up": "RUN --mount=type=cache,from=x,source=../../../../secrets,target=/s {look}",
    "a secret by its file": "RUN --mount=type=secret,id=x,src=/secrets/auth.json,target=/s/auth.json {look}",
    "a copy through a link": "COPY up/ /s/\nRUN {look}",
    "a copy from above": "COPY ../../../../../secrets/ /s/\nRUN {look}",
    "an added link": "ADD up/auth.json /s/\nRUN {look}",
    "the process of the task": "RUN ln -s /proc/1/root/secrets /s; {look}",
}
REACHED = "probe: reached"
_LOOK = 'if [ -n "$(find -L /s -type f 2>/dev/null)" ]; then echo "probe: reach""ed"; fi'


def reaching(base: str, step: str) -> dict[str, Entry]:
    """A repository whose Dockerfile has such a step."""
    return {
        "Dockerfile": f"FROM {base} AS x\n{step.format(look=_LOOK)}\n",
        "up": Link("../../../../../../../../secrets"),
    }


def text_for(field: str, limit: int, skip: int = 0, separator: str = "\n") -> str:
    """One value with as many payloads as a map of the request takes in at most ``limit`` characters.

    ``skip`` says how many of the first ones are left out, so that fields differ.
    """
    found: list[str] = []
    for payload in PAYLOADS[skip:]:
        text = separator.join([*found, payload.text])
        try:
            parse_request(samples.FIELDS | {field: {"HOSTILE": text}})
        except InvalidRequest:
            continue
        if len(text) <= limit:
            found.append(payload.text)
    return separator.join(found)


def is_evaluated(text: str) -> bool:
    """Whether somebody has done the payloads' sum."""
    return CANARY in text
