"""The test pack at work: all results are there with their exit codes, and one task is the one that failed."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

import generator
from server import cluster, diagnosis
from server.lab import images, recipes
from tests import waiting
from tests.contract.api import Json, Nomad, unique
from tests.contract.test_values import HOSTILE

pytestmark = pytest.mark.docker
SERVES = "trap 'exit 0' TERM; while :; do echo hello $GREETED | nc -l -p 5432 & wait; done"
# The service takes one connection at a time.
ASK = "until nc db 5432; do sleep 0.1; done"


@pytest.fixture(scope="session")
def builder(tmp_path_factory: pytest.TempPathFactory, image: str) -> str:
    """The image that waits for services' ports."""
    folder: Path = tmp_path_factory.mktemp("builder")
    return images.ensure(recipes.BUILDER, folder)


class Tests:
    """One job of the pack that has ended."""

    __test__ = False

    def __init__(self, nomad: Nomad, image: str, **values: Any) -> None:
        self._nomad = nomad
        given = {"build_id": unique("t"), "image": image, "cpu": 50, "memory": 64} | values
        job: Any = generator.render_job(generator.find_pack("test"), variant="cpu", values=given)
        nomad.register(job)
        self._answer = nomad.ended(job["ID"])
        self.allocation = cluster.read_allocation(self._answer)

    @property
    def exit_codes(self) -> dict[str, int | None]:
        return {task.name: task.exit_code for task in self.allocation.tasks}

    @property
    def failure(self) -> tuple[str, str, str]:
        """Task, reason and message, as the service would tell them from what the script says."""
        found = diagnosis.diagnose("test", self.allocation, self.result("reason"))
        return found.task, found.reason, found.message

    def log(self, task: str) -> str:
        return self._nomad.logs(self.allocation.id, task)

    def result(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        if name not in self.results(folder):
            return ""
        return self._nomad.get(
            f"/v1/client/fs/cat/{self.allocation.id}?path=alloc/data/{path}"
        ).text

    def results(self, folder: str) -> list[str]:
        answer = self._nomad.get(f"/v1/client/fs/ls/{self.allocation.id}?path=alloc/data/{folder}")
        return sorted(each["Name"] for each in answer.json)


def shells(*commands: str) -> list[Json]:
    return [{"shell": command} for command in commands]


def service(image: str, **fields: Any) -> Json:
    return {
        "name": "db",
        "image": image,
        "command": ["sh", "-c", SERVES],
        "cpu": 50,
        "memory": 64,
        **fields,
    }


def test_every_command_comes_to_its_own_end_and_the_first_that_failed_is_reported(
    nomad: Nomad, image: str
) -> None:
    commands = shells("sleep 2; echo slow", "exit 3", "sleep 1; echo last words; exit 4", "exit 5")
    tests = Tests(nomad, image, commands=commands)

    assert tests.exit_codes == {"test-1": 0, "test-2": 3, "test-3": 4, "test-4": 5}
    assert [tests.result(f"results/test-{n}") for n in (1, 2, 3, 4)] == ["0\n", "3\n", "4\n", "5\n"]
    assert "slow\n" in tests.log("test-1")
    assert "last words\n" in tests.log("test-3")
    assert tests.allocation.client_status == "failed"
    assert tests.failure == ("test-2", "test_failed", "the command ended with exit code 3")


def test_a_command_that_takes_too_long_is_stopped_and_says_so(nomad: Nomad, image: str) -> None:
    commands = shells("sleep 60", "echo fine")
    tests = Tests(nomad, image, commands=commands, command_timeout=1)

    assert tests.exit_codes["test-2"] == 0
    assert tests.failure == ("test-1", "timeout", "the command did not end within 1 seconds")


def test_an_argument_list_that_fails_stops_the_others_and_is_the_one_reported(
    nomad: Nomad, image: str
) -> None:
    commands = [{"shell": "sleep 60"}, {"arguments": ["sh", "-c", "sleep 1; exit 9"]}]
    tests = Tests(nomad, image, commands=commands)

    assert tests.exit_codes == {"test-1": 143, "test-2": 9}
    assert tests.results("results") == []
    assert tests.failure[:2] == ("test-2", "test_failed")


def test_the_image_itself_is_a_test(nomad: Nomad, image: str) -> None:
    tests = Tests(nomad, image, entry_point=True)
    assert (tests.exit_codes, tests.allocation.ended_well) == ({"entry-point": 0}, True)


def test_services_are_reached_by_name_once_they_are_ready(
    nomad: Nomad, image: str, builder: str
) -> None:
    slow = ["sh", "-c", f"sleep 1; {SERVES}"]
    tests = Tests(
        nomad,
        image,
        commands=[{"shell": ASK}, {"arguments": ["sh", "-c", ASK]}],
        services=[
            service(image, command=slow, env={"GREETED": "tests"}, port=5432),
            service(image, name="other", command=["sleep", "600"], ready_command=ASK),
        ],
        builder_image=builder,
    )

    assert tests.exit_codes["test-1"] == 0, tests.log("test-1")
    assert tests.exit_codes["ready"] == tests.exit_codes["ready-other"] == 0
    assert tests.allocation.ended_well
    assert "hello tests\n" in tests.log("test-1")
    assert not tests.allocation.stopped


@pytest.mark.parametrize(
    ("given", "task", "message"),
    [
        (
            {"command": ["sleep", "600"], "port": 5432},
            "ready",
            "service db took no connection on port 5432 within 1 seconds",
        ),
        (
            {"ready_command": "echo not yet; exit 7"},
            "ready-db",
            "service db was not ready within 1 seconds: its command ended with exit code 7",
        ),
    ],
)
def test_a_service_that_is_not_ready_in_time_fails_the_tests_before_they_start(
    nomad: Nomad, image: str, builder: str, given: Json, task: str, message: str
) -> None:
    services = [service(image, ready_timeout=1, **given)]
    tests = Tests(nomad, image, commands=shells("echo"), services=services, builder_image=builder)

    assert tests.result("reason") == f"service_failed\n{message}\n"
    failed = diagnosis.failed_task(tests.allocation)
    assert failed is not None
    assert (failed.name, tests.exit_codes["test-1"]) == (task, None)


def test_a_service_that_dies_fails_the_tests(nomad: Nomad, image: str) -> None:
    dying = service(image, command=["sh", "-c", "sleep 1; echo out of order"])
    tests = Tests(nomad, image, commands=shells("sleep 60"), services=[dying])

    failed = diagnosis.failed_task(tests.allocation)
    assert failed is not None
    assert (failed.name, tests.exit_codes["test-1"]) == ("service-db", 143)
    assert tests.result("reason") == ""
    assert tests.log("service-db") == "out of order\n"


def test_tests_without_a_network_have_none(nomad: Nomad, image: str) -> None:
    look = "ls /sys/class/net >/alloc/data/"
    commands = [{"shell": f"{look}a"}, {"arguments": ["sh", "-c", f"{look}b"]}]
    tests = Tests(nomad, image, commands=commands, network="none")
    assert tests.result("a") == tests.result("b") == "lo\n"


def test_reports_are_kept_whatever_becomes_of_the_command(nomad: Nomad, image: str) -> None:
    write = "mkdir out; echo '<testsuite/>' >out/a.xml; head -c 2097153 /dev/zero >big; exit "
    tests = Tests(
        nomad,
        image,
        commands=shells(f"{write}0", f"{write}1"),
        working_directory="/tmp",
        reports=["out/a.xml", "/tmp/none.xml", "big"],
    )

    assert tests.exit_codes == {"test-1": 0, "test-2": 1}
    assert tests.results("reports") == ["test-1-1.xml", "test-2-1.xml"]
    assert tests.result("reports/test-2-1.xml") == "<testsuite/>\n"
    assert "there is no report /tmp/none.xml\n" in tests.log("test-1")
    assert "the report big is larger than 2 MiB and is not kept\n" in tests.log("test-1")


def test_whatever_is_given_arrives_and_nothing_of_it_is_evaluated(nomad: Nomad, image: str) -> None:
    show = 'for each; do printf %s "$each" | base64 -w 0; echo; done >/alloc/data/'
    names = [f"V{number}" for number in range(len(HOSTILE))]
    values = " ".join(f'"${name}"' for name in names)
    tests = Tests(
        nomad,
        image,
        commands=[
            {"arguments": ["sh", "-c", f"{show}arguments", "sh", *HOSTILE]},
            {"shell": f"set -- {values}; {show}variables"},
            {"shell": "cat <<'E' >/alloc/data/command\n" + HOSTILE[6:8][0] + "${HOME} %{x}\nE"},
        ],
        env=dict(zip(names, HOSTILE, strict=True)),
    )

    assert tests.allocation.ended_well, tests.exit_codes
    for name in ("arguments", "variables"):
        lines = tests.result(name).splitlines()
        assert [base64.b64decode(line).decode() for line in lines] == HOSTILE
    assert tests.result("command") == HOSTILE[6] + "${HOME} %{x}\n"


def write_secret(nomad: Nomad, path: str, token: str) -> None:
    """Write a variable; an agent that has just started has no key to write it with yet."""
    body = {"Path": path, "Items": {"token": token}}
    waiting.wait_for(lambda: nomad.put(f"/v1/var/{path}", body).status == 200, "the keyring")


def test_a_secret_arrives_by_reference(nomad: Nomad, image: str) -> None:
    build_id = unique("t")
    secret = 'a "secret" ${HOME}\nof two lines <&>'
    path = f"nomad/jobs/test-{build_id}"
    write_secret(nomad, path, secret)
    tests = Tests(
        nomad,
        image,
        build_id=build_id,
        commands=[
            {"shell": 'printf %s "$TOKEN" >/alloc/data/shell'},
            {"arguments": ["sh", "-c", 'printf %s "$TOKEN" >/alloc/data/arguments']},
        ],
        secrets={"TOKEN": f"nomad:{path}#token"},
    )
    assert tests.result("shell") == tests.result("arguments") == secret


def test_a_secret_is_in_no_log_and_in_no_report_of_a_shell_command(
    nomad: Nomad, image: str
) -> None:
    build_id = unique("t")
    path = f"nomad/jobs/test-{build_id}"
    write_secret(nomad, path, "correct horse battery")
    tell = 'echo "it is $TOKEN"; echo "<testsuite name=\'$TOKEN\'/>" >r.xml; exit '
    tests = Tests(
        nomad,
        image,
        build_id=build_id,
        commands=shells(f"{tell}0", f"{tell}3"),
        secrets={"TOKEN": f"nomad:{path}#token"},
        working_directory="/tmp",
        reports=["r.xml"],
    )

    assert tests.exit_codes == {"test-1": 0, "test-2": 3}
    for task in ("test-1", "test-2"):
        assert "it is ***\n" in tests.log(task)
        assert "battery" not in tests.log(task)
        assert tests.result(f"reports/{task}-1.xml") == "<testsuite name='***'/>\n"
