"""What a repository may try against the machine, other owners, and whoever reads the log."""

from __future__ import annotations

import unicodedata

from tests.corpus.collection import case
from tests.corpus.outcome import Failure
from tests.corpus.trial import Trial

_PRY = """\
#!/bin/sh
# Print whatever can be found of the task around this step.
id
for place in "" /proc/1/root /proc/self/root /proc/[0-9]*/root /proc/[0-9]*/cwd; do
  for folder in /secrets /local /alloc /cache /run/secrets /opt/nomad /var/run/docker.sock; do
    ls -laR "$place$folder" && find "$place$folder" -type f -exec cat {} +
  done
done
cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline
mkdir /mnt/x; mount -t proc proc /mnt/x && cat /mnt/x/*/environ; mount -t tmpfs none /mnt/x && echo mounted
for link in /proc/[0-9]*/fd/*; do [ -f "$link" ] && head -c 100000 "$link"; done
env
"""


@case
def control_sequences(trial: Trial) -> None:
    """What a step writes to take over a terminal reaches no reader of the log; its words do."""
    hostile = r"\033[31mred\033[0m \033]0;title\007 \033[2J \r overwritten \b\b \x9b1m \342\200\256 reversed visible"
    dockerfile = f"FROM {trial.site.base}\nRUN printf '{hostile}\\n'\n"
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        test_commands=[f"printf '{hostile}\\n'"],
        cache="off",
    )
    assert sum("visible" in line for line in build.lines) >= 2
    for line in build.lines:
        assert not [sign for sign in line if unicodedata.category(sign) in ("Cc", "Cf")], line


@case
def prying_step(trial: Trial) -> None:
    """A step that looks for credentials, other owners' caches and other allocations finds none of them."""
    guarded = trial.site.guarded
    assert guarded.credentials is not None
    login = {"username": guarded.credentials.user, "password": guarded.credentials.password}
    reference = trial.site.keep_secret(trial.name, login)
    marker = "a marker that only another owner may read"
    other = trial.site.ground.lab.cache / "somebody-else"
    other.mkdir(exist_ok=True)
    (other / "marker").write_text(marker)
    dockerfile = f"FROM {trial.site.base}\nCOPY pry /pry\nRUN sh /pry >/found 2>&1; wc -c /found\n"
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile, "pry": _PRY}),
        registry_url=f"{guarded.address}/corpus",
        registry_credentials_path=reference,
    )
    found = build.published.files["found"]
    assert b"uid=0" in found
    secret = login["password"]
    for text in (marker, secret, "nomad-build: ", trial.site.ssh.private_key.splitlines()[1]):
        assert text.encode() not in found, text
    assert not build.published.holds(secret.encode())


@case
def cache_mount_that_leads_out(trial: Trial) -> None:
    """A cache mount whose source climbs out of the cache is refused (CVE-2024-9675)."""
    dockerfile = f"""\
FROM {trial.site.base}
RUN --mount=type=cache,id=x,source=../../../../../../../../secrets,target=/taken ls -laR /taken >/found
"""
    trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        Failure(phase="build", task="build", reason="step_failed"),
    )


@case
def bind_mount_that_leads_out(trial: Trial) -> None:
    """A bind mount whose source climbs out of the context sees nothing of the task (CVE-2024-1753)."""
    dockerfile = f"""\
FROM {trial.site.base}
RUN --mount=type=bind,source=../../../../../../../../etc,target=/taken cat /taken/passwd >/found
"""
    trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        Failure(phase="build", task="build", reason="step_failed"),
    )
