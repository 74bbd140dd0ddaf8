"""How it is built: target, arguments, labels, secrets, format, reproducibly, without network, and failing."""

from __future__ import annotations

import base64
import hashlib

from tests.corpus.collection import case
from tests.corpus.outcome import Failure
from tests.corpus.trial import Trial

_HOSTILE = {
    "QUOTES": "a \"b\" 'c' \\ `d`",
    "LINES": "one\ntwo\n",
    "HOME_OF": '${HOME} $HOME {{ env "HOME" }} %{ if true }x%{ endif } [[ .x ]]',
    "COMMAND": "$(touch /x) `touch /x`; touch /x",
    "UNICODE": "ünï 🐋",
    "OPTION": "--privileged",
}
_SECRET = "s3cr\"et $value with 'quotes'\nand a second line of it"


@case
def multi_stage(trial: Trial) -> None:
    """Of several stages the target is built, and what only another stage has is not in the image."""
    base = trial.site.base
    dockerfile = f"""\
FROM {base} AS compile
RUN head -c 1000000 /dev/urandom >/large && echo compiled >/program
FROM {base} AS release
COPY --from=compile /program /program
FROM release AS debug
RUN echo debug >/debug
"""
    build = trial.build(trial.repository({"Dockerfile": dockerfile}), target="release")
    assert build.published.text("program") == "compiled\n"
    assert "large" not in build.published.files
    assert "debug" not in build.published.files


@case
def no_such_target(trial: Trial) -> None:
    """A target that the Dockerfile does not have fails the build."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base} AS release\n"})
    expected = Failure(phase="build", task="build", reason="step_failed", says="releese")
    trial.build(repository, expected, target="releese")


@case
def hostile_arguments(trial: Trial) -> None:
    """Build arguments with quotes, line ends, variables and commands arrive byte for byte, and nothing runs."""
    lines = [f"FROM {trial.site.base}"]
    for name in _HOSTILE:
        lines += [f"ARG {name}", f'RUN printf "%s" "${name}" >/{name}']
    build = trial.build(
        trial.repository({"Dockerfile": "\n".join(lines) + "\n"}), build_args=_HOSTILE
    )
    assert {name: build.published.text(name) for name in _HOSTILE} == _HOSTILE
    assert "x" not in build.published.files


@case
def labels(trial: Trial) -> None:
    """Labels are as they were asked for, and the image says where it comes from."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    asked = {"team": "ünï \"q\" 'x' \\ %{y} {{ z }}", "com.example.two": "a=b, c"}
    build = trial.build(repository, labels=asked, image_tags=["v1"])
    assert asked.items() <= build.published.labels.items()
    told = build.published.annotations
    assert told["org.opencontainers.image.source"] == repository.url
    assert told["org.opencontainers.image.revision"] == repository.commit
    # The lab's commits have one date, which also is the image's.
    assert told["org.opencontainers.image.created"] == "2020-01-01T00:00:00Z"
    assert told["org.opencontainers.image.version"]


@case
def build_secret(trial: Trial) -> None:
    """A build secret by reference is there for the step that mounts it, in no layer, no history and no log."""
    dockerfile = f"""\
FROM {trial.site.base}
RUN --mount=type=secret,id=token sha256sum </run/secrets/token | cut -d' ' -f1 >/sum
RUN --mount=type=secret,id=token echo before; cat /run/secrets/token; echo; base64 -w0 </run/secrets/token; echo after
"""
    reference = trial.site.keep_secret(trial.name, {"token": _SECRET, "other": "never read"})
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        build_secrets={"token": f"{reference}#token"},
        cache="off",
    )
    assert build.published.text("sum").strip() == hashlib.sha256(_SECRET.encode()).hexdigest()
    assert "before" in build.log
    encoded = base64.b64encode(_SECRET.encode())
    for part in (*_SECRET.encode().splitlines(), encoded):
        assert not build.published.holds(part)
        assert part.decode() not in build.log
    assert "run/secrets/token" not in build.published.files


@case
def absent_secret(trial: Trial) -> None:
    """A build whose secret is not there ends, and says which."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    reference = trial.site.keep_secret(trial.name, {"other": "this is"})
    trial.build(
        repository,
        Failure(phase="build", reason="secret_unavailable"),
        build_secrets={"token": f"{reference}-absent#token"},
    )


@case
def ssh_forwarding(trial: Trial) -> None:
    """A step that mounts SSH has an agent with the key by reference; no other step has, and no file has the key."""
    dockerfile = f"""\
FROM {trial.site.base}
RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo yes >/with
RUN test -z "$SSH_AUTH_SOCK" && echo no >/without
"""
    key = trial.site.ssh.private_key
    reference = trial.site.keep_secret(trial.name, {"private_key": key})
    build = trial.build(trial.repository({"Dockerfile": dockerfile}), build_ssh_path=reference)
    assert {"with", "without"} <= set(build.published.files)
    assert not any(build.published.holds(line.encode()) for line in key.splitlines()[1:-1])


@case
def other_platform(trial: Trial) -> None:
    """An image of files alone is built for another platform, and says that it is."""
    repository = trial.repository({"Dockerfile": "FROM scratch\nCOPY data /data\n", "data": "1"})
    build = trial.build(repository, platform="linux/arm64")
    assert build.published.config["architecture"] == "arm64"


@case
def docker_format(trial: Trial) -> None:
    """The image has Docker's format when that is asked for."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\nRUN echo 1 >/1\n"})
    build = trial.build(repository, image_format="docker")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    assert build.published.manifest["mediaType"] == kind
    assert trial.run(build, "cat", "/1") == "1\n"


@case
def reproducible(trial: Trial) -> None:
    """Built twice from nothing, a reproducible build has one digest."""
    dockerfile = f"FROM {trial.site.base}\nCOPY data /data\nRUN echo step >/step\n"
    repository = trial.repository({"Dockerfile": dockerfile, "data": "1"})
    digests = {
        trial.build(repository, reproducible=True, no_cache=True).answer["digest"] for _ in range(2)
    }
    assert len(digests) == 1


@case
def network_off(trial: Trial) -> None:
    """Without network a step reaches no server, although the base image was pulled; with it, the step does."""
    host, _, port = trial.site.other.address.partition(":")
    dockerfile = f"""\
FROM {trial.site.base}
RUN if nc -w 2 {host} {port} </dev/null; then echo reached; else echo cut off; fi >/network
"""
    repository = trial.repository({"Dockerfile": dockerfile})
    off = trial.build(repository, build_network="off", cache="off")
    assert off.published.text("network") == "cut off\n"
    on = trial.build(repository, build_network="on", cache="off")
    assert on.published.text("network") == "reached\n"


@case
def broken_step(trial: Trial) -> None:
    """A step that fails ends the build with its exit code, and the log has the step's words."""
    dockerfile = f"FROM {trial.site.base}\nRUN echo this step is broken; exit 7\n"
    expected = Failure(
        phase="build", task="build", reason="step_failed", exit_code=7, says="this step is broken"
    )
    trial.build(trial.repository({"Dockerfile": dockerfile}), expected)


@case
def build_timeout(trial: Trial) -> None:
    """A build that takes longer than the request allows is stopped."""
    dockerfile = f"FROM {trial.site.base}\nRUN sleep 100\n"
    trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        Failure(phase="build", task="build", reason="timeout"),
        build_resources={"timeout": 5},
    )
