"""What was asked of a build arrives at Buildah as it was given, and does what it says."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from tests.e2e.ground import Ground
from tests.e2e.pack_builds import (
    PackBuild,
    build,
    fresh_scope,
    keep_secret,
    log_of_steps,
    repository,
)

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

HOSTILE = "two words \"double\" 'single' `id` $(id) ${HOME} $HOME \\ \\n %{x} {{ env }} ☃\nsecond line\n\n"
FIVE = "FROM {base}\n" + "".join(f"RUN echo {number} >/{number}\n" for number in range(5))


def test_a_build_argument_arrives_byte_for_byte(ground: Ground) -> None:
    # The step itself judges: a busy machine may lose a line of a log.
    made = build(
        ground,
        "FROM {base}\nARG ONE\nARG SUM\nARG EMPTY=full\nARG NONE=default\n"
        'RUN [ "$(printf %s "$ONE" | sha256sum)" = "$SUM  -" ]\n'
        'RUN [ "$EMPTY$NONE" = default ]\n',
        build_args={
            "ONE": HOSTILE,
            "SUM": hashlib.sha256(HOSTILE.encode()).hexdigest(),
            "EMPTY": "",
        },
    )
    made.succeed()


def test_labels_and_annotations_are_on_the_image(ground: Ground) -> None:
    source = "https://git.example.com/a?b=c&d"
    made = build(
        ground,
        "FROM {base}\nLABEL of=dockerfile also=this\n",
        labels={"of": 'the "request" \\ ☃', "plain.name": "a=b"},
        annotations={"org.opencontainers.image.source": source, "com.example": "$HOME\nline"},
    )
    made.succeed()
    labels, annotations = made.image()["config"]["Labels"], made.manifest()["annotations"]
    commit = made.result("commit").strip()
    expected = {
        "org.opencontainers.image.source": source,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.created": "2020-01-01T00:00:00Z",
    }
    assert expected.items() <= labels.items()
    assert expected.items() <= annotations.items()
    assert (
        labels.items() >= {"of": 'the "request" \\ ☃', "also": "this", "plain.name": "a=b"}.items()
    )
    # Buildah would expand it in a label.
    assert annotations["com.example"] == "$HOME\nline"
    assert "com.example" not in labels


@pytest.mark.parametrize(
    "values",
    [
        {"build_args": {"A B": "x"}},
        {"build_args": {"--iidfile": "x"}},
        {"labels": {"a=b": "x"}},
        {"labels": {"a": "$HOME"}},
        {"labels": {"a": "two\nlines"}},
        {"annotations": {"a=b": "x"}},
        {"platform": "linux/amd64,linux/arm64"},
        {"platform": "--help"},
        {"target": "--iidfile=/alloc/data/pwned"},
        {"build_secrets": {"a,src=/secrets/auth.json": "nomad:nomad/jobs/x#y"}},
    ],
    ids=str,
)
def test_what_buildah_would_read_otherwise_is_refused(
    ground: Ground, values: dict[str, Any]
) -> None:
    if "build_secrets" in values:
        reference = f"{keep_secret(ground, value='something')}#value"
        values = {"build_secrets": dict.fromkeys(values["build_secrets"], reference)}
    failing = build(ground, "FROM {base}\n", **values)
    assert failing.fail()[0] == "step_failed"
    assert not failing.has_left("digest")
    assert not failing.has_left("pwned")


def test_a_step_has_its_secrets_and_neither_image_nor_log_does(ground: Ground) -> None:
    value = "first-line-of-it\nsecond-line"
    reference = keep_secret(ground, value=value, other="not-this-one")
    made = build(
        ground,
        "FROM {base}\nRUN --mount=type=secret,id=my.key,required=true "
        "cd /run/secrets && cat my.key && sha256sum my.key && ls\nRUN ! ls /run/secrets/my.key\n",
        build_secrets={"my.key": f"{reference}#value"},
    )
    made.succeed()
    assert hashlib.sha256(value.encode()).hexdigest() in made.log()
    assert "first-line-of-it" not in made.log() + str(made.image())


def test_no_step_sees_files_or_processes_of_the_build_task(ground: Ground) -> None:
    secret = keep_secret(ground, username="pusher", password="hunter2-hunter2")
    made = build(
        ground,
        "FROM {base}\nRUN ls -d /secrets /alloc /local; "
        "for p in /proc/[0-9]*; do cat $p/environ; ls $p/root/secrets; done 2>/dev/null; env; true\n",
        registry_credentials=secret,
    )
    made.succeed()
    assert "hunter2-hunter2" not in made.log()
    assert "NOMAD_" not in made.log().partition("COMMIT")[0].partition("RUN")[2]
    assert (
        "auth.json" not in made.log().partition("COMMIT")[0].partition("RUN")[2].partition("\n")[2]
    )


def test_platform_format_and_target_are_as_asked(ground: Ground) -> None:
    made = build(
        ground,
        "FROM scratch AS one\nCOPY Dockerfile /one\nFROM scratch AS two\nCOPY Dockerfile /two\nCMD two\n",
        platform="linux/arm64",
        image_format="docker",
        target="one",
    )
    made.succeed()
    image = made.image()
    assert (image["architecture"], image["os"]) == ("arm64", "linux")
    assert not image["config"].get("Cmd")
    assert made.manifest()["mediaType"] == "application/vnd.docker.distribution.manifest.v2+json"


def test_a_reproducible_build_has_the_same_digest_on_another_node(ground: Ground) -> None:
    url = repository(
        ground,
        {"Dockerfile": "FROM {base}\nARG SOURCE_DATE_EPOCH\nRUN echo $SOURCE_DATE_EPOCH >/x\n"},
    )
    both = [PackBuild(ground, url, reproducible=True, cache_scope=fresh_scope()) for _ in "12"]
    for each in both:
        each.succeed()
        assert "reproducible: " in each.log()
    assert both[0].digest == both[1].digest
    assert both[0].image()["created"] == "2020-01-01T00:00:00Z"


def test_a_cache_in_a_registry_serves_a_node_that_has_none(ground: Ground) -> None:
    url = repository(ground, {"Dockerfile": FIVE})
    cache = f"{ground.lab.registry.address}/cache/{fresh_scope()}"
    first = PackBuild(ground, url, cache_scope=fresh_scope(), cache_from=[cache], cache_to=cache)
    first.succeed()
    assert "Using cache" not in first.log()

    elsewhere = [f"{ground.lab.registry.address}/cache/none", cache]
    second = PackBuild(ground, url, cache_scope=fresh_scope(), cache_from=elsewhere)
    second.succeed()
    assert log_of_steps(second).count("--> Using cache") == 6  # the steps, and the labels
    assert second.digest == first.digest


def test_a_store_is_one_trust_domain_and_is_cleared_when_asked(ground: Ground) -> None:
    url = repository(ground, {"Dockerfile": FIVE})
    ours, theirs = fresh_scope(), fresh_scope()
    steps = {}
    wanted: dict[str, dict[str, Any]] = {
        "first": {"cache_scope": ours},
        "again": {"cache_scope": ours},
        "of another": {"cache_scope": theirs},
        "without cache": {"cache_scope": ours, "no_cache": True},
        "cleared": {"cache_scope": ours, "clear_cache": True},
        "still of another": {"cache_scope": theirs},
    }
    for name, values in wanted.items():
        made = PackBuild(ground, url, **values)
        made.succeed()
        steps[name] = log_of_steps(made).count("--> Using cache")
    assert steps == {
        "first": 0,
        "again": 6,
        "of another": 0,
        "without cache": 0,
        "cleared": 0,
        "still of another": 6,
    }


@pytest.mark.parametrize("variant", ["cpu", "cpu-cache"])
def test_without_a_network_a_build_has_its_base_images_and_nobody_to_talk_to(
    ground: Ground, variant: str
) -> None:
    registry = ground.lab.registry.address
    made = build(
        ground,
        "FROM {base} AS one\nRUN ls /sys/class/net && echo one >/one\n"
        f"FROM {{base}}\nCOPY --from=one /one /one\nRUN ! nc -w 1 {registry.replace(':', ' ')} </dev/null\n",
        variant=variant,
        task="stage",
        build_network="none",
        cache_scope=fresh_scope(),
        registry_credentials=keep_secret(ground, username="pusher", password="hunter2-hunter2"),
    )
    made.succeed()
    assert "\nlo\n" in log_of_steps(made)
    assert "eth0" not in log_of_steps(made)
    assert made.image()["rootfs"]["diff_ids"]


@pytest.mark.parametrize(
    ("dockerfile", "task"),
    [("FROM {base}\nFROM {registry}/none:x\n", "base"), ("FROM {base}\nRUN exit 3\n", "build")],
)
def test_without_a_network_it_is_the_task_that_failed_which_is_told(
    ground: Ground, dockerfile: str, task: str
) -> None:
    text = dockerfile.replace("{registry}", ground.lab.registry.address)
    failing = build(ground, text, task=task, build_network="none")
    assert failing.fail()[0] == "step_failed"
    states = failing.allocation()["TaskStates"]
    assert {name for name, state in states.items() if state["Failed"]} == {task}
