"""Tasks of the docker driver: what a container gets, says and leaves, how it fails and is killed."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.contract.api import Json, Nomad, event_types, find_event, job, task, unique
from tests.contract.conftest import VOLUME

pytestmark = pytest.mark.docker
SECOND = 1_000_000_000
ABSENT = "127.0.0.1:1/no/such:1"
HOST_VOLUME = {"Volumes": {"shared": {"Name": "shared", "Type": "host", "Source": VOLUME}}}


def shell(name: str, image: str, script: str, config: Json = None, **fields: Json) -> Json:
    settings = {"image": image, "command": "sh", "args": ["-c", script], **(config or {})}
    return task(name, settings, driver="docker", **fields)


def template(text: str, destination: str, **fields: Json) -> Json:
    return {
        "EmbeddedTmpl": text,
        "DestPath": destination,
        "ChangeMode": "noop",
        **fields,
    }


def never_starting(image: str) -> dict[str, Json]:
    """Tasks that are given up before they start, by what is wrong with them."""
    return {
        "reference": shell("t", image, "echo ${nothing}"),
        "template function": shell(
            "t", image, "true", Templates=[template("{{ nope }}", "local/x")]
        ),
        "template argument": shell(
            "t", image, "true", Templates=[template('{{ base64Decode "!!" }}', "local/x")]
        ),
        "command": shell("t", image, "true", config={"command": "/no/such"}),
        "capability": shell("t", image, "true", config={"cap_add": ["sys_admin"]}),
        "privileged": shell("t", image, "true", config={"privileged": True}),
        "runtime": shell("t", image, "true", config={"runtime": "odd"}),
        "image": shell("t", ABSENT, "true"),
        "key": shell("t", image, "true", config={"no_such_key": "x"}),
        "type": shell("t", image, "true", config={"args": "text"}),
    }


@pytest.fixture(scope="module")
def given_up(nomad: Nomad, image: str) -> dict[str, str]:
    """The jobs of those tasks, registered at once: Nomad takes four seconds to end each."""
    jobs = {}
    for problem, each in never_starting(image).items():
        jobs[problem] = unique("docker")
        nomad.register(job(jobs[problem], each))
    return jobs


def run(nomad: Nomad, *tasks: Json, group: Json = None, **fields: Json) -> Json:
    job_id = unique("docker")
    nomad.register(job(job_id, *tasks, group=group, **fields))
    return nomad.ended(job_id)


def said(nomad: Nomad, allocation: Json, name: str = "t") -> str:
    assert allocation["ClientStatus"] == "complete", allocation["TaskStates"]
    return nomad.logs(allocation["ID"], name)


def test_output_of_both_streams_is_kept(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, shell("t", image, "echo out; echo err >&2; sleep 0.3"))
    assert said(nomad, allocation) == "out\n"
    assert nomad.logs(allocation["ID"], "t", "stderr") == "err\n"
    assert event_types(allocation, "t") == ["Received", "Task Setup", "Started", "Terminated"]


def test_the_environment_tells_where_the_task_runs(nomad: Nomad, image: str) -> None:
    allocation = run(
        nomad,
        shell("t", image, "env; sleep 0.3", Env={"OWN": "a b"}, Meta={"from-task": "2"}),
        Meta={"from_job": "1"},
    )
    found = dict(line.split("=", 1) for line in said(nomad, allocation).splitlines())
    expected = {
        "NOMAD_ALLOC_DIR": "/alloc",
        "NOMAD_TASK_DIR": "/local",
        "NOMAD_SECRETS_DIR": "/secrets",
        "NOMAD_ALLOC_ID": allocation["ID"],
        "NOMAD_SHORT_ALLOC_ID": allocation["ID"][:8],
        "NOMAD_ALLOC_NAME": allocation["Name"],
        "NOMAD_ALLOC_INDEX": "0",
        "NOMAD_GROUP_NAME": "main",
        "NOMAD_TASK_NAME": "t",
        "NOMAD_JOB_ID": allocation["JobID"],
        "NOMAD_JOB_NAME": allocation["JobID"],
        "NOMAD_NAMESPACE": "default",
        "NOMAD_REGION": "global",
        "NOMAD_DC": "dc1",
        "NOMAD_CPU_LIMIT": "20",
        "NOMAD_MEMORY_LIMIT": "32",
        "NOMAD_META_from_job": "1",
        "NOMAD_META_FROM_JOB": "1",
        "NOMAD_META_from_task": "2",
        "NOMAD_META_FROM_TASK": "2",
        "OWN": "a b",
    }
    assert {key: found.get(key) for key in expected} == expected


def test_references_are_evaluated_in_env_and_config(nomad: Nomad, image: str) -> None:
    script = 'echo "$A|$B|$C"; echo "${NOMAD_META_x}|$${kept}|%%{kept}|${meta.none}"'
    environment = {
        "A": "${NOMAD_TASK_DIR}/x",
        "B": "${attr.kernel.name}",
        "C": "${unknown}-${attr.unknown}",
    }
    allocation = run(
        nomad,
        shell("t", image, script.replace("|${meta.none}", "") + "; sleep 0.3", Env=environment),
        Meta={"x": "y"},
    )
    first, second = said(nomad, allocation).splitlines()
    assert first == "/local/x|linux|${unknown}-${attr.unknown}"
    assert second == "y||%{kept}"


def test_an_unknown_reference_in_config_fails_validation(
    nomad: Nomad, given_up: dict[str, str]
) -> None:
    allocation = nomad.ended(given_up["reference"])
    failure = find_event(allocation, "t", "Failed Validation")
    assert 'There is no variable named "nothing"' in failure["DisplayMessage"]


def test_templates_bring_any_text_byte_for_byte(nomad: Nomad, image: str) -> None:
    nasty = "${HOME} %{if} {{ .x }} `id` \"quoted\" 'single' \\ back\ttab\nnew line\n€ ü"
    encoded = base64.b64encode(nasty.encode()).decode()
    block = template(
        '{{ base64Decode "' + encoded + '" }}', "secrets/text", Perms="0400", Uid=1000, Gid=1000
    )
    script = "cat /secrets/text; stat -c ' %a %u %g' /secrets/text; sleep 0.3"
    allocation = run(nomad, shell("t", image, script, Templates=[block]))
    assert said(nomad, allocation) == f"{nasty} 400 1000 1000\n"


def test_templates_see_the_environment_and_may_make_it(nomad: Nomad, image: str) -> None:
    blocks = [
        template('{{ env "NOMAD_JOB_ID" }}', "local/deep/er/file"),
        template("FROM=template\nQUOTED='two words'\n", "local/env", Envvars=True),
    ]
    script = 'cat /local/deep/er/file; echo " $FROM $QUOTED"; sleep 0.3'
    allocation = run(nomad, shell("t", image, script, Templates=blocks))
    assert said(nomad, allocation) == f"{allocation['JobID']} template two words\n"


def test_a_task_waits_for_a_variable_that_is_missing(nomad: Nomad, image: str) -> None:
    job_id = unique("docker")
    path = f"nomad/jobs/{job_id}"
    text = '{{ with nomadVar "' + path + '" }}{{ .user }}:{{ .password }}{{ end }}'
    block = template(text, "secrets/login")
    nomad.register(
        job(job_id, shell("t", image, "cat /secrets/login; echo; sleep 0.3", Templates=[block]))
    )

    def waits(allocation: Json) -> bool:
        states = allocation["TaskStates"] or {}
        return any(
            event["Type"] == "Template" for event in states.get("t", {"Events": []})["Events"]
        )

    waiting = nomad.allocation(job_id, waits)
    assert (waiting["ClientStatus"], waiting["TaskStates"]["t"]["State"]) == ("pending", "pending")
    assert find_event(waiting, "t", "Template")["DisplayMessage"] == (
        f"Missing: nomad.var.block({path}@default.global)"
    )
    nomad.put(f"/v1/var/{path}", {"Items": {"user": "me", "password": "{{ s3cret }}"}})
    assert said(nomad, nomad.ended(job_id)) == "me:{{ s3cret }}\n"


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (
            "template function",
            '(dynamic): parse: template: :1: function "nope" not defined',
        ),
        (
            "template argument",
            '(dynamic): execute: template: :1:3: executing "" at <base64Decode "!!">: error calling '
            "base64Decode: base64Decode: illegal base64 data at input byte 0",
        ),
    ],
)
def test_a_wrong_template_kills_the_task(
    nomad: Nomad, given_up: dict[str, str], problem: str, message: str
) -> None:
    allocation = nomad.ended(given_up[problem])
    assert event_types(allocation, "t") == ["Received", "Task Setup", "Killing"]
    killing = find_event(allocation, "t", "Killing")
    assert killing["DisplayMessage"] == f"Template failed: {message}"
    assert allocation["TaskStates"]["t"]["Failed"] is True


def test_tasks_share_the_alloc_folder_and_nothing_else(nomad: Nomad, image: str) -> None:
    allocation = run(
        nomad,
        shell(
            "first",
            image,
            "echo shared > /alloc/data/file; echo own > /local/file",
            Lifecycle={"Hook": "prestart"},
            User="1000",
        ),
        shell("t", image, "cat /alloc/data/file; ls /local; sleep 0.3", User="1001"),
    )
    assert said(nomad, allocation) == "shared\n"


def test_a_host_volume_is_mounted_as_it_is(nomad: Nomad, image: str, volume: Path) -> None:
    (volume / "given").write_text("from the host\n")
    before = volume.stat()
    mounts = [{"Volume": "shared", "Destination": "/cache"}]
    allocation = run(
        nomad,
        shell("t", image, "cat /cache/given; id -u; sleep 0.3", VolumeMounts=mounts, User="1000"),
        group=HOST_VOLUME,
    )
    assert said(nomad, allocation) == "from the host\n1000\n"
    after = volume.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (
        before.st_uid,
        before.st_gid,
        before.st_mode,
    )


def test_a_volume_may_be_mounted_read_only(nomad: Nomad, image: str) -> None:
    mounts = [{"Volume": "shared", "Destination": "/cache", "ReadOnly": True}]
    allocation = run(
        nomad,
        shell("t", image, "touch /cache/x || echo refused; sleep 0.3", VolumeMounts=mounts),
        group=HOST_VOLUME,
    )
    assert said(nomad, allocation) == "refused\n"


def test_capabilities_are_what_was_asked_for(nomad: Nomad, image: str) -> None:
    config = {"cap_drop": ["all"], "cap_add": ["setuid", "setgid", "sys_chroot"]}
    allocation = run(
        nomad, shell("t", image, "grep CapEff /proc/self/status; sleep 0.3", config=config)
    )
    bits = int(said(nomad, allocation).split()[1], 16)
    assert bits == 1 << 7 | 1 << 6 | 1 << 18


def test_capabilities_are_nomads_defaults_else(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, shell("t", image, "grep CapEff /proc/self/status; sleep 0.3"))
    bits = int(said(nomad, allocation).split()[1], 16)
    net_raw = 1 << 13
    assert bits == 0xA80425FB & ~net_raw


def test_limits_and_places_of_the_config_hold(nomad: Nomad, image: str) -> None:
    config = {
        "work_dir": "/tmp",
        "ulimit": [{"nofile": "321:321"}],
        "extra_hosts": ["example.test:127.0.0.9"],
        "network_mode": "none",
        "pids_limit": 50,
        "shm_size": 1048576,
        "readonly_rootfs": True,
    }
    script = (
        "pwd; ulimit -n; grep -c example.test /etc/hosts; touch /x || echo read-only; "
        "ls /sys/class/net; sleep 0.3"
    )
    allocation = run(nomad, shell("t", image, script, config=config))
    assert said(nomad, allocation).split() == ["/tmp", "321", "1", "read-only", "lo"]


def test_entrypoint_and_command_are_joined(nomad: Nomad, image: str) -> None:
    config = {
        "image": image,
        "entrypoint": ["sh", "-c", 'echo "$0 $@"; sleep 0.3'],
        "command": "a",
        "args": ["b c", "d"],
    }
    assert said(nomad, run(nomad, task("t", config, driver="docker"))) == "a b c d\n"


def test_an_exit_code_is_told_as_dockers(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, shell("t", image, "exit 3"))
    ended = find_event(allocation, "t", "Terminated")
    message = "Docker container exited with non-zero exit code: 3"
    assert ended["Details"] == {
        "exit_code": "3",
        "exit_message": message,
        "oom_killed": "false",
        "signal": "0",
    }
    assert ended["DisplayMessage"] == f'Exit Code: 3, Exit Message: "{message}"'


def test_a_task_that_takes_too_much_memory_is_told_apart(nomad: Nomad, image: str) -> None:
    allocation = run(nomad, shell("t", image, "a=x; while true; do a=$a$a; done"))
    details = find_event(allocation, "t", "Terminated")["Details"]
    assert details["exit_code"] == "137"
    assert (details["oom_killed"], details["exit_message"]) == ("true", "OOM Killed")


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ("command", "Failed to start container "),
        ("capability", "driver does not allow the following capabilities: sys_admin"),
        ("privileged", "Docker privileged mode is disabled on this Nomad agent"),
        ("runtime", 'requested runtime "odd" is not allowed'),
    ],
)
def test_what_docker_or_the_agent_refuses_is_a_driver_failure(
    nomad: Nomad, given_up: dict[str, str], problem: str, message: str
) -> None:
    allocation = nomad.ended(given_up[problem])
    failure = find_event(allocation, "t", "Driver Failure")
    assert message in failure["Details"]["driver_error"]
    assert allocation["ClientStatus"] == "failed"


def test_an_image_that_cannot_be_pulled_is_named(nomad: Nomad, given_up: dict[str, str]) -> None:
    allocation = nomad.ended(given_up["image"])
    assert event_types(allocation, "t") == [
        "Received", "Task Setup", "Driver", "Driver Failure", "Not Restarting",
    ]  # fmt: skip
    assert find_event(allocation, "t", "Driver")["Details"] == {"image": ABSENT}
    failure = find_event(allocation, "t", "Driver Failure")["DriverError"]
    assert failure.startswith(f"Failed to pull `{ABSENT}`: Error response from daemon: ")
    assert failure.endswith("connection refused")


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (
            "key",
            'Invalid label: No argument or block type is named "no_such_key".',
        ),
        (
            "type",
            "Incorrect attribute value type: Inappropriate value for attribute "
            '"args": list of string required, but have string.',
        ),
    ],
)
def test_a_wrong_config_fails_validation(
    nomad: Nomad, given_up: dict[str, str], problem: str, message: str
) -> None:
    allocation = nomad.ended(given_up[problem])
    failure = find_event(allocation, "t", "Failed Validation")
    assert failure["ValidationError"] == (
        f"2 errors occurred:\n\t* failed to parse config: \n\t* {message}\n\n"
    )


def test_a_task_may_end_itself_when_it_is_killed(nomad: Nomad, image: str) -> None:
    script = "trap 'echo bye; exit 5' TERM; echo up; while true; do sleep 0.1; done"
    job_id = unique("docker")
    nomad.register(job(job_id, shell("t", image, script)))
    running = nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    wait_for_output(nomad, running, "up")
    nomad.delete(f"/v1/job/{job_id}")
    allocation = nomad.ended(job_id)
    assert event_types(allocation, "t") == [
        "Received", "Task Setup", "Started", "Killing", "Terminated", "Killed",
    ]  # fmt: skip
    assert find_event(allocation, "t", "Terminated")["ExitCode"] == 5
    assert nomad.logs(running["ID"], "t") == "up\nbye\n"


def test_a_task_that_does_not_end_is_killed_after_its_time(nomad: Nomad, image: str) -> None:
    script = "trap '' TERM; echo up; while true; do sleep 0.1; done"
    job_id = unique("docker")
    nomad.register(job(job_id, shell("t", image, script, KillTimeout=SECOND)))
    running = nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    wait_for_output(nomad, running, "up")
    nomad.delete(f"/v1/job/{job_id}")
    assert find_event(nomad.ended(job_id), "t", "Terminated")["ExitCode"] == 137


def test_a_task_may_choose_the_signal(nomad: Nomad, image: str) -> None:
    script = "trap 'exit 9' INT; echo up; while true; do sleep 0.1; done"
    job_id = unique("docker")
    nomad.register(job(job_id, shell("t", image, script, KillSignal="SIGINT")))
    running = nomad.allocation(job_id, lambda each: each["ClientStatus"] == "running")
    wait_for_output(nomad, running, "up")
    nomad.delete(f"/v1/job/{job_id}")
    assert find_event(nomad.ended(job_id), "t", "Terminated")["ExitCode"] == 9


def wait_for_output(nomad: Nomad, allocation: Json, text: str) -> None:
    """Follow a task's output until it has said something."""
    path = f"/v1/client/fs/logs/{allocation['ID']}?task=t&type=stdout&follow=true&plain=true"
    received = b""
    with nomad.stream(path) as answer:
        for chunk in answer.iter_content(chunk_size=None):
            received += chunk
            if text.encode() in received:
                return
