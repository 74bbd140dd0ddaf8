"""How the image is tested: without a shell, with services, reports and limits, and failing."""

from __future__ import annotations

from typing import Any

from server.lab import ports
from tests.corpus.collection import case
from tests.corpus.outcome import Failure
from tests.corpus.trial import Trial

_JUNIT = """\
<testsuites><testsuite name="suite" tests="3" failures="1" skipped="1" time="0.5">
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="it is bad">trace</failure></testcase>
<testcase classname="a" name="left"><skipped/></testcase>
</testsuite></testsuites>
"""


@case
def no_shell(trial: Trial) -> None:
    """An image without a shell is tested by argument lists and by its own entry point."""
    dockerfile = f"""\
FROM {trial.site.base} AS tools
FROM scratch
COPY --from=tools /bin/busybox /busybox
ENTRYPOINT ["/busybox", "sh", "-c", "/busybox echo from the entry point; /busybox sleep 3"]
"""
    # Without a script of ours nothing waits for Nomad's collector, which loses what a task says that ends at once.
    says = '/busybox echo "$0" "$1"; /busybox sleep 3'
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        test_commands=[
            ["/busybox", "sh", "-c", says, "two words", "$HOME"],
            ["/busybox", "true"],
        ],
        test_entry_point=True,
    )
    assert "two words $HOME" in build.lines
    assert "from the entry point" in build.lines
    assert trial.run(build) == "from the entry point\n"


@case
def failing_entry_point(trial: Trial) -> None:
    """An entry point that fails is a failed test of that name."""
    dockerfile = (
        f'FROM {trial.site.base}\nENTRYPOINT ["sh", "-c", "echo broken; sleep 3; exit 4"]\n'
    )
    expected = Failure(
        phase="test", task="entry-point", reason="test_failed", exit_code=4, says="broken"
    )
    trial.build(trial.repository({"Dockerfile": dockerfile}), expected, test_entry_point=True)


@case
def non_root(trial: Trial) -> None:
    """An image whose user is not root is tested as that user, in its own folder."""
    dockerfile = f"FROM {trial.site.base}\nWORKDIR /work\nUSER 1234:1234\n"
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile}),
        test_commands=['test "$(id -u):$(id -g)" = 1234:1234', 'test "$PWD" = /work'],
    )
    assert build.published.config["config"]["User"] == "1234:1234"


@case
def environment(trial: Trial) -> None:
    """Tests have their environment byte for byte, their secrets, their folder; and no log has a secret."""
    text = "a 'b' \"c\" ${HOME} $(id) %{x}\nline two"
    reference = trial.site.keep_secret(trial.name, {"token": "only the test may know"})
    dockerfile = f"FROM {trial.site.base}\nCOPY text /text\nRUN mkdir -p /work/folder\n"
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile, "text": text}),
        test_commands=[
            'printf %s "$TEXT" | cmp - /text',
            'test "$TOKEN" = "only the test may know" && echo "told: $TOKEN"',
            'test "$PWD" = /work/folder',
        ],
        test_env={"TEXT": text},
        test_secrets={"TOKEN": f"{reference}#token"},
        test_working_directory="/work/folder",
    )
    assert "told: " in build.log
    assert "only the test may know" not in build.log


@case
def second_of_three_fails(trial: Trial) -> None:
    """Of three tests the second fails: the build names it and its exit code, and the others have run."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    expected = Failure(
        phase="test", task="test-2", reason="test_failed", exit_code=3, says="this one fails"
    )
    build = trial.build(
        repository,
        expected,
        test_commands=["echo first", "echo this one fails; exit 3", "echo third"],
    )
    assert {"first", "third"} <= set(build.lines)


@case
def out_of_memory(trial: Trial) -> None:
    """A test that needs more memory than it has is said to have been out of memory."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    trial.build(
        repository,
        Failure(phase="test", reason="out_of_memory"),
        test_commands=["head -c 500000000 /dev/zero | tail"],
        test_resources={"memory": 64},
    )


@case
def test_timeout(trial: Trial) -> None:
    """A test that does not end is stopped at its deadline."""
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    trial.build(
        repository,
        Failure(phase="test", task="test-1", reason="timeout"),
        test_commands=["sleep 100"],
        test_resources={"timeout": 3},
    )


@case
def test_network_off(trial: Trial) -> None:
    """A test without network reaches no server."""
    host, _, port = trial.site.other.address.partition(":")
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    reach = f"nc -w 2 {host} {port} </dev/null"
    trial.build(repository, test_commands=[f"! {reach}"], test_network="off")
    trial.build(repository, test_commands=[reach])


def _database(trial: Trial, **changes: Any) -> dict[str, Any]:
    """A service: the tiny image, in which a server answers one line with another."""
    port = ports.free()
    answer = 'read -r line && echo "$GREETING $line"'
    serve = f"echo '{answer}' >/answer && exec nc -ll -p {port} -e sh /answer"
    return {
        "name": "database",
        "image": trial.site.base,
        "command": ["sh", "-c", serve],
        "env": {"GREETING": "hello ${HOME}"},
        "port": port,
        "ready_command": f"nc -w 2 127.0.0.1 {port} </dev/null",
        "ready_timeout": 30,
    } | changes


@case
def with_a_database(trial: Trial) -> None:
    """A test reaches a service by its name once that is ready; the image knows nothing of it."""
    service = _database(trial)
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    trial.build(
        repository,
        test_commands=[
            f"echo world | nc -w 5 database {service['port']} | grep -xF 'hello ${{HOME}} world'"
        ],
        services=[service],
    )


@case
def service_that_ends(trial: Trial) -> None:
    """A service that ends before it is ready fails the test phase, and is named."""
    service = _database(trial, command=["sh", "-c", "echo no room for data; sleep 3; exit 5"])
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    expected = Failure(
        phase="test", task="service-database", reason="service_failed", exit_code=5, says="no room"
    )
    build = trial.build(repository, expected, test_commands=["true"], services=[service])
    assert "no room for data" in build.lines


@case
def service_that_is_never_ready(trial: Trial) -> None:
    """A service that is not ready in time fails the test phase, and is named."""
    service = _database(trial, ready_command="false", ready_timeout=3)
    repository = trial.repository({"Dockerfile": f"FROM {trial.site.base}\n"})
    expected = Failure(phase="test", reason="service_failed", says="database")
    trial.build(repository, expected, test_commands=["true"], services=[service])


@case
def junit_report(trial: Trial) -> None:
    """A JUnit report is summarised in the answer, although the test failed."""
    dockerfile = f"FROM {trial.site.base}\nCOPY report.xml /\n"
    expected = Failure(phase="test", task="test-1", reason="test_failed", exit_code=1)
    build = trial.build(
        trial.repository({"Dockerfile": dockerfile, "report.xml": _JUNIT}),
        expected,
        test_commands=["mkdir /reports; cp /report.xml /reports/junit.xml; exit 1"],
        test_reports=["/reports/junit.xml"],
    )
    told = build.answer["tests"]
    assert (told["tests"], told["passed"], told["failed"], told["skipped"]) == (3, 1, 1, 1)
    assert [each["name"] for each in told["failures"]] == ["bad"]
