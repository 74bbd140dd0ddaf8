"""Which family a text shows: words of real tools that no build of the corpus has said."""

from __future__ import annotations

import textwrap

import pytest

from server import diagnosis, failures, record


def run_step(said: str, exit_code: int = 1) -> record.Failure:
    """Return what is made of a RUN that says this and ends so."""
    failure = diagnosis.explain("build", "step_failed", "it failed", task="build")
    text = textwrap.dedent(said).strip("\n")
    log = f'STEP 1/2: FROM a\nSTEP 2/2: RUN x\n{text}\nError: building at STEP "RUN x": exit status {exit_code}'
    return failures.examine(failure, log, None, "Dockerfile")


def run_test(said: str, exit_code: int = 1, task: str = "test-1") -> record.Failure:
    """Return what is made of a test command that says this and ends so."""
    reason: record.Reason = "test_failed" if task.startswith("test-") else "service_failed"
    failure = diagnosis.explain("test", reason, "it failed", task=task, exit_code=exit_code)
    return failures.examine(failure, textwrap.dedent(said).strip("\n"), None, "")


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (
            """
            checking for pthread_create in -lpthread... yes
            configure: error: Package requirements (libevent >= 2.1) were not met:
            """,
            "",
        ),
        ("-- Looking for pthread_create in pthread - found\nschema: unknown field 'colour'", ""),
        (
            """
            main.c:(.text+0x2f): undefined reference to `pthread_create'
            collect2: error: ld returned 1 exit status
            """,
            "compile_error",
        ),
        (
            """
            main.c:4:3: error: implicit declaration of function 'pthread_create' [-Wimplicit-function-declaration]
                4 |   pthread_create(&t, 0, f, 0);
            """,
            "compile_error",
        ),
        (
            """
            main.cpp:9:5: error: 'foo' was not declared in this scope
                9 |   } catch (const std::bad_alloc &e) { foo(); }
            """,
            "compile_error",
        ),
        (
            """
            App.java:7: error: cannot find symbol
                } catch (java.lang.OutOfMemoryError error) { foo(); }
            """,
            "compile_error",
        ),
        ("runtime/cgo: pthread_create failed: Resource temporarily unavailable", "process_limit"),
        ("OpenBLAS blas_thread_init: pthread_create failed for thread 7 of 64", "process_limit"),
        ("RuntimeError: can't start new thread", "process_limit"),
        ("runtime: failed to create new OS thread (have 9 already; errno=11)", "process_limit"),
        (
            """
            terminate called after throwing an instance of 'std::bad_alloc'
              what():  std::bad_alloc
            """,
            "out_of_memory",
        ),
        (
            'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
            "out_of_memory",
        ),
        ("Caused by: java.lang.OutOfMemoryError: Metaspace", "out_of_memory"),
        ("java.lang.OutOfMemoryError: Java heap space", "out_of_memory"),
        ("Terminating due to java.lang.OutOfMemoryError: Java heap space", "out_of_memory"),
    ],
)
def test_what_a_program_ran_out_of_is_not_what_another_quotes(said: str, family: str) -> None:
    assert run_step(said).family == family


CONNECTED_IN_THE_END = """
    Connecting to example.org (example.org)|2606:2800::1|:443... failed: Network is unreachable.
    Connecting to example.org (example.org)|93.184.216.34|:443... connected.
    HTTP request sent, awaiting response... 200 OK
"""
SERVER_STARTED_IN_THE_END = """
    curl: (7) Failed to connect to localhost port 8080 after 0 ms: Could not connect to server
    curl: (7) Failed to connect to localhost port 8080 after 0 ms: Could not connect to server
    {"status":"degraded"}
"""


@pytest.mark.parametrize(
    ("said", "exit_code", "family"),
    [
        (f"{CONNECTED_IN_THE_END}    check: the archive has no file VERSION", 3, ""),
        (
            f"{CONNECTED_IN_THE_END}    E: Unable to locate package libfoo-dev",
            100,
            "package_not_found",
        ),
        (SERVER_STARTED_IN_THE_END, 1, ""),
        (
            "Connecting to x (x)|10.0.0.1|:443... failed: Connection refused.",
            4,
            "network",
        ),
        ("Resolving x (x)... failed: Name or service not known.", 2, "network"),
        ("curl: (6) Could not resolve host: x", 6, "network"),
        # What make and tar end with.
        ("curl: (6) Could not resolve host: x", 2, "network"),
    ],
)
def test_a_connection_that_was_made_in_the_end_is_no_reason(
    said: str, exit_code: int, family: str
) -> None:
    assert run_step(said, exit_code).family == family
    assert run_test(said, exit_code).family == family


RETRIED = (
    'time="2026-11-30T09:00:00Z" level=warning msg="Failed, retrying in 1s ... (1/3). Error: initializing source '
    'docker://r.example/a:1: pinging container registry r.example: dial tcp 10.0.0.1:443: i/o timeout"'
)


@pytest.mark.parametrize(
    ("instruction", "words", "family"),
    [
        (
            "FROM r.example/a:1",
            "reading manifest 1 in r.example/a: manifest unknown",
            "image_not_found",
        ),
        (
            "FROM r.example/a:1",
            "reading manifest 1 in r.example/a: unauthorized: x",
            "access_denied",
        ),
        ("FROM r.example/a:1", "something else", "network"),
        (
            "COPY --from=r.example/a:1 a b",
            'no stage or image found with that name "r.example/a:1"',
            "network",
        ),
    ],
)
def test_what_buildah_says_in_the_end_counts_before_the_warnings_of_its_tries(
    instruction: str, words: str, family: str
) -> None:
    log = f"STEP 1/1: FROM b\n{RETRIED}\nError: creating build container: {words}"
    if not instruction.startswith("FROM"):
        log = f'STEP 1/2: FROM b\nSTEP 2/2: {instruction}\n{RETRIED}\nError: building at STEP "{instruction}": {words}'
    assert failures.analyse_build(log, None).family == family


@pytest.mark.parametrize(
    ("said", "family"),
    [
        (
            "2026-11-30T09:00:01.000Z ERROR 534 --- [shop] [main] o.s.boot.SpringApplication : failed",
            "",
        ),
        ("2026-11-30 09:00:00.123 ERROR 534 --- [main] o.s.boot.SpringApplication : failed", ""),
        ("2026-11-30 09:00:00,123 ERROR 404 page is not in the map", ""),
        ("2026-11-30 09:00:00 ERROR 404 page is not in the map", ""),
        ("ERROR 404 page is not in the map", ""),
        ("2026-11-30 09:00:00 ERROR 404: Not Found.", "url_not_found"),
        ("2026-11-30 09:00:00 ERROR 503: Service Unavailable.", "server_error"),
        ("2026-11-30 09:00:00 ERROR 403: Forbidden.", "access_denied"),
        ("ERROR: HTTP error 404 while getting http://x/a.whl", "url_not_found"),
        ("urllib.error.HTTPError: HTTP Error 429: Too Many Requests", "rate_limit"),
    ],
)
def test_a_number_behind_the_word_error_is_an_answer_only_in_a_clients_own_form(
    said: str, family: str
) -> None:
    assert run_step(said, 8).family == family


PRIVATE_MODULE = """
go: github.com/acme/priv@v1.0.0: reading https://proxy.example/github.com/acme/priv/@v/v1.0.0.mod: 404 Not Found
\tserver response:
\tnot found: github.com/acme/priv@v1.0.0: invalid version: git ls-remote -q origin in /go/x: exit status 128:
\t\tfatal: could not read Username for 'https://github.com': terminal prompts disabled
Confirm the import path was entered correctly.
go: example.org/other@v1.0.0: reading https://proxy.example/example.org/other/@v/v1.0.0.mod: 404 Not Found
"""
PRIVATE_BY_GIT = """
go: github.com/acme/priv@v1.0.0: invalid version: git ls-remote -q origin in /go/x: exit status 128:
\tfatal: could not read Username for 'https://github.com': terminal prompts disabled
Confirm the import path was entered correctly.
"""
NO_LINKER = """
   Compiling libc v0.2.150
error: linker `cc` not found
  |
  = note: No such file or directory (os error 2)

error: could not compile `libc` (build script) due to 1 previous error
"""


@pytest.mark.parametrize(
    ("said", "exit_code", "family"),
    [
        (PRIVATE_MODULE, 1, "access_denied"),
        (PRIVATE_BY_GIT, 1, "access_denied"),
        (NO_LINKER, 101, "command_not_found"),
        # What did not matter here: only of the two above is it known that the rest follows from them.
        (
            "curl: (22) The requested URL returned error: 403\nE: Unable to locate package x",
            100,
            "package_not_found",
        ),
        (
            "make: git: No such file or directory\nmain.c:1:1: error: unknown type name 'foo'",
            2,
            "compile_error",
        ),
    ],
)
def test_what_follows_from_a_cause_does_not_hide_it(said: str, exit_code: int, family: str) -> None:
    assert run_step(said, exit_code).family == family


@pytest.mark.parametrize(
    "said",
    [
        "mknod: /dev/fuse: Operation not permitted",
        "mount: /mnt: permission denied.",
        "mount: permission denied (are you root?)",
        "modprobe: ERROR: could not insert 'loop': Operation not permitted",
        'sysctl: setting key "net.core.somaxconn": Operation not permitted',
        "RTNETLINK answers: Operation not permitted",
        "mount: mounting tmpfs on /mnt failed: Permission denied",
        "cp: cannot create special file '/dev/x': Operation not permitted",
        "tar: dev/console: Cannot mknod: Operation not permitted",
        "unshare: unshare failed: Operation not permitted",
        "iptables v1.8.9 (nf_tables): Could not fetch rule set: Permission denied (you must be root)",
    ],
)
def test_what_no_user_may_in_a_build_is_not_answered_with_another_user(said: str) -> None:
    found = run_step(said)
    assert found.family == "not_permitted"
    assert "no user may" in found.hint


def test_what_another_user_may_is_answered_with_that_user() -> None:
    for said in (
        "chown: changing ownership of '/app': Operation not permitted",
        "chmod: /x: Operation not permitted",
    ):
        assert run_step(said).family == "permission_denied"


@pytest.mark.parametrize(
    ("said", "in_step", "in_test"),
    [
        ("sh: 1: DATABASE_URL: parameter not set", "buildArgs", "testEnv"),
        ("x.sh: line 2: DATABASE_URL: unbound variable", "buildArgs", "testEnv"),
        ("cat: /run/secrets/token: No such file or directory", "buildSecrets", "testSecrets"),
    ],
)
def test_a_hint_names_the_fields_of_the_phase_that_failed(
    said: str, in_step: str, in_test: str
) -> None:
    assert in_step in run_step(said).hint
    assert in_test not in run_step(said).hint
    assert in_test in run_test(said).hint
    assert in_step not in run_test(said).hint


def test_a_service_of_the_tests_gets_its_variables_from_the_request_too() -> None:
    assert "services" in run_test("sh: 1: X: parameter not set", task="service-db").hint


def test_a_script_that_cannot_be_run_may_lack_its_first_line() -> None:
    for said in (
        "exec /entrypoint.sh: exec format error",
        "OSError: [Errno 8] Exec format error: './run.sh'",
    ):
        assert "#!" in run_test(said, 255).hint
