"""What the packs promise of a job, whatever it is given, asserted on every job that they give.

A snapshot shows that a job has not changed; these tests show that it is right. What becomes of the
values that somebody gives is the matter of test_given_values.py, the scripts' of test_scripts.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.packs.conftest import kind_of

Job = dict[str, Any]
Jobs = dict[str, Job]

# The tasks of each pack, and the user each runs as; empty is the image's own. Those of the test pack are in TESTS.
USERS = {
    "plan": {"source": "1000:1000"},
    "build": {"source": "1000:1000", "build": "build"},
    "build without a network": {
        "source": "1000:1000",
        "base": "build",
        "build": "build",
        "stage": "build",
    },
    "publish": {"publish": "1000:1000"},
    "publish with an SBOM": {"copy": "1000:1000", "sbom": "1000:1000", "publish": "1000:1000"},
    "cleanup": {"cleanup": "1000:1000"},
    "prune": {"prune": "build"},
}

# The kinds of tasks of the test pack: those that test, and those that see to the services. All have their image's user.
TESTS = ("test", "entry")
SERVICES = ("service-", "ready-", "ready")

# All that a task may say to the docker driver; whatever is not named here is not used.
PLAIN = {"image", "entrypoint", "network_mode", "cap_drop"}
WITH_BUILDAH = PLAIN | {"cap_add", "security_opt"}
DRIVER_CONFIG = {
    "source": PLAIN,
    "base": WITH_BUILDAH,
    "build": WITH_BUILDAH | {"runtime"},
    "stage": WITH_BUILDAH,
    "test": {"image", "entrypoint", "network_mode", "runtime", "work_dir", "extra_hosts"},
    "entry": {"image", "network_mode", "runtime", "work_dir", "extra_hosts"},
    "service-": {"image", "args", "extra_hosts"},
    "ready-": {"image", "entrypoint", "extra_hosts"},
    "ready": {"image", "entrypoint", "extra_hosts", "cap_drop"},
    "publish": PLAIN,
    "copy": PLAIN,
    "sbom": {"image", "args", "network_mode", "cap_drop"},
    "cleanup": PLAIN,
    "prune": WITH_BUILDAH,
}

READS_SECRETS = ("{{ with nomadVar ", "{{ with secret ")


def is_offline(given: dict[str, Any]) -> bool:
    """Whether the steps of a build have no network."""
    return bool(given.get("build_network") == "none")


def of_places(given: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where the credentials of each place that an image is published to have to be: task, file, reference."""
    others = (place["credentials"] for place in given.get("destinations", ()))
    for number, reference in enumerate((given.get("registry_credentials"), *others), start=1):
        for task in ("copy", "publish") if given.get("sbom") else ("publish",):
            filtered = f"values/registry_password_{number}"
            for file in ("auth.json", f"curl_{number}.conf", filtered) if reference else ():
                yield task, file, reference
        if number == 1 and reference and given.get("sbom"):
            yield "sbom", "config.json", reference


def credentials(pack: str, given: dict[str, Any]) -> dict[str, dict[str, list[str]]]:
    """Where secrets have to be: task -> file -> references that the file is read by."""
    wanted: dict[str, dict[str, list[str]]] = {}

    def want(task: str, file: str, reference: str) -> None:
        wanted.setdefault(task, {}).setdefault(f"secrets/{file}", []).append(reference)

    registry = given.get("registry_credentials")
    if registry:
        pulling = ("base", "stage") if is_offline(given) else ("build",)
        for task in pulling if pack == "build" else (pack,):
            want(task, "auth.json", registry)
        if pack != "publish":
            for task in pulling if pack == "build" else (pack,):
                want(task, "values/registry_password", registry)
    for task, file, reference in of_places(given) if pack == "publish" else ():
        want(task, file, reference)
    if pack in ("plan", "build"):
        of_git = {"ssh_key": ("private_key", "known_hosts")}.get(
            given.get("git_credentials_type", ""), ("username", "password")
        )
        for field in of_git if given.get("git_credentials") else ():
            folder = "values/" if field in ("password", "private_key") else ""
            want("source", f"{folder}git_{field}", given["git_credentials"])
        secrets = given.get("build_secrets", {})
        for number, name in enumerate(sorted(secrets), start=1):
            want("build", f"values/build_secret_{number}", secrets[name])
        if given.get("ssh_key"):
            want("build", "values/ssh_key", given["ssh_key"])
    return wanted


def test_a_job_is_a_batch_job_with_one_group_and_the_tasks_of_its_pack(
    pack: str, job: Job, tasks: Jobs, given: dict[str, Any]
) -> None:
    assert job["Type"] == "batch"
    meta = job["Meta"]
    again = f"-{meta['attempt']}" if meta.get("attempt", "1") != "1" else ""
    assert job["ID"] == f"{pack}-{meta['run_id' if pack == 'prune' else 'build_id']}{again}"
    assert job["Meta"]["phase"] == pack
    assert [group["Name"] for group in job["TaskGroups"]] == [pack]
    if pack == "test":
        assert {kind_of(name) for name in tasks} <= {*TESTS, *SERVICES}
        assert {kind_of(name) for name in tasks} & set(TESTS)
    kind = "build without a network" if is_offline(given) else pack
    kind = "publish with an SBOM" if given.get("sbom") else kind
    users = USERS.get(kind, dict.fromkeys(tasks, ""))
    assert {name: task["User"] for name, task in tasks.items()} == users
    assert {task["Driver"] for task in tasks.values()} == {"docker"}


def test_only_what_others_wait_for_comes_before_them(
    pack: str, tasks: Jobs, given: dict[str, Any]
) -> None:
    lifecycles = {name: task["Lifecycle"] for name, task in tasks.items() if "Lifecycle" in task}

    before: set[str] = set()
    if pack == "build":
        before = {"source", "base", "build"} if is_offline(given) else {"source"}
    if pack == "test":
        before = set(SERVICES)
    if pack == "publish":
        before = {"copy"}
    assert lifecycles == {
        name: {"Hook": "prestart", "Sidecar": kind_of(name) == "service-"}
        for name in tasks
        if kind_of(name) in before
    }


def test_without_a_network_steps_run_where_there_is_none_and_no_credentials_of_a_registry(
    tasks: Jobs, templates: dict[str, Jobs], given: dict[str, Any]
) -> None:
    if not is_offline(given):
        assert not {"base", "stage"} & tasks.keys()
        return
    modes = {name: task["Config"].get("network_mode", "") for name, task in tasks.items()}
    elsewhere = given.get("network_mode", "")
    assert modes == {"source": elsewhere, "base": elsewhere, "build": "none", "stage": elsewhere}
    assert "secrets/auth.json" not in templates["build"]
    # The other two with Buildah run no step: neither has what the script that runs them asks for.
    for name in ("base", "stage"):
        assert "local/options.sh" not in templates[name]
        values = {path for path in templates[name] if path.startswith("secrets/values/")}
        assert values <= {"secrets/values/registry_password"}


def test_only_beside_services_the_tests_have_a_network_of_their_own(
    job: Job, tasks: Jobs, given: dict[str, Any]
) -> None:
    (group,) = job["TaskGroups"]
    names = [service["name"] for service in given.get("services", [])]

    modes = [network["Mode"] for network in group.get("Networks", [])]
    assert modes == (["bridge"] if names else [])
    for name, task in tasks.items():
        # One file of hosts serves all tasks: whoever asked for less would take names from the others.
        assert task["Config"].get("extra_hosts", []) == [f"{each}:127.0.0.1" for each in names], (
            name
        )
        assert not (names and "network_mode" in task["Config"]), name


def test_tests_that_shall_reach_nothing_have_no_network(tasks: Jobs, given: dict[str, Any]) -> None:
    if given.get("network") == "none":
        assert {task["Config"]["network_mode"] for task in tasks.values()} == {"none"}


def test_nothing_is_started_a_second_time(job: Job, tasks: Jobs) -> None:
    (group,) = job["TaskGroups"]

    assert group["RestartPolicy"] == {"Attempts": 0, "Mode": "fail"}
    assert group["ReschedulePolicy"] == {"Attempts": 0, "Unlimited": False}
    # Without a time to come back in, Nomad replaces what is on a silent node whatever "Replace" says.
    day = 24 * 3600 * 10**9
    assert group["Disconnect"] == {"LostAfter": day, "Replace": False}
    assert not any("RestartPolicy" in task for task in tasks.values())


def test_the_driver_is_told_nothing_but_what_each_task_needs(tasks: Jobs) -> None:
    # So there is no privileged, volumes, mount, devices, pid_mode, userns_mode, ipc_mode, uts_mode …
    for name, task in tasks.items():
        assert set(task["Config"]) <= DRIVER_CONFIG[kind_of(name)], name


def test_tasks_drop_all_capabilities_and_only_those_with_buildah_take_three_back(
    tasks: Jobs,
) -> None:
    for name, task in tasks.items():
        config = task["Config"]
        if kind_of(name) in ("test", "entry", "service-", "ready-"):
            # Somebody else's image runs as it would anywhere, under the driver's own confinement.
            assert not {"cap_drop", "cap_add", "security_opt"} & set(config)
        elif name in ("base", "build", "stage", "prune"):
            assert config["cap_drop"] == ["all"]
            assert config["cap_add"] == ["setuid", "setgid", "sys_chroot"]
            assert config["security_opt"]
        else:
            assert config["cap_drop"] == ["all"]
            assert not {"cap_add", "security_opt"} & set(config)


def test_buildah_confines_a_step_by_chroot(tasks: Jobs) -> None:
    isolation = {name: task.get("Env", {}).get("BUILDAH_ISOLATION") for name, task in tasks.items()}

    with_store = tasks.keys() & {"base", "build", "stage"}
    assert isolation == {name: "chroot" if name in with_store else None for name in tasks}


def test_the_only_volume_is_the_cache_of_build_and_prune(
    pack: str, job: Job, tasks: Jobs, given: dict[str, Any]
) -> None:
    (group,) = job["TaskGroups"]
    cached = pack == "prune" or (pack == "build" and job["Meta"]["variant"].endswith("-cache"))
    volumes = {name: volume["Type"] for name, volume in group.get("Volumes", {}).items()}
    mounts = {
        name: [mount["Volume"] for mount in task["VolumeMounts"]]
        for name, task in tasks.items()
        if "VolumeMounts" in task
    }

    assert volumes == ({"cache": "host"} if cached else {})
    with_store = tasks.keys() & {"base", "build", "stage", "prune"}
    assert mounts == ({name: ["cache"] for name in with_store} if cached else {})
    if pack == "build":
        # A folder of the volume for each trust domain, and never the volume itself.
        scope = given.get("cache_scope", "default")
        for name in with_store:
            wanted = f"/cache/{scope}" if cached else "/alloc/data/store"
            assert tasks[name]["Env"]["STORE"] == wanted


def test_graphics_processors_go_to_build_and_test_of_a_gpu_variant_only(
    job: Job, tasks: Jobs
) -> None:
    with_gpu = job["Meta"].get("variant", "").startswith("gpu")

    for name, task in tasks.items():
        devices = [device["Name"] for device in task["Resources"].get("Devices", [])]
        wanted = with_gpu and kind_of(name) in ("build", *TESTS)
        assert devices == (["nvidia/gpu"] if wanted else []), name
        assert task["Config"].get("runtime") == ("nvidia" if wanted else None), name


def test_every_script_has_a_deadline(pack: str, tasks: Jobs, templates: dict[str, Jobs]) -> None:
    for name, task in tasks.items():
        if name == "sbom":
            # There is no shell, nor any program but the scanner: publish waits for it, and not for ever.
            assert "wait_for_sbom" in templates["publish"]["local/evidence.sh"]["EmbeddedTmpl"]
            continue
        # A plan goes on where the source task of a build ends.
        script = f"local/{'plan' if pack == 'plan' else kind_of(name).removesuffix('-')}.sh"
        if script not in templates[name]:
            # What runs as it is, without a shell: the service's own deadline is left.
            assert kind_of(name) in ("test", "entry", "service-"), name
            continue
        entrypoint = task["Config"]["entrypoint"]
        if kind_of(name) in ("test", "ready-"):
            # The image need not have the program: where it has, each command gets the deadline.
            assert entrypoint == ["/bin/sh", f"/{script}"]
            assert "local/input/timeout" in templates[name]
            assert 'timeout -k 10 "$1"' in templates[name]["local/bound.sh"]["EmbeddedTmpl"]
            assert 'run "$limit"' in templates[name][script]["EmbeddedTmpl"]
        else:
            program, option, grace, seconds, *rest = entrypoint
            assert (program, option, grace) == ("timeout", "-k", "10")
            assert seconds.isdecimal()
            assert rest == ["/bin/sh", f"/{script}"]
        assert script in templates[name]


def test_no_template_restarts_or_signals_a_task(tasks: Jobs) -> None:
    for task in tasks.values():
        assert {template["ChangeMode"] for template in task.get("Templates", ())} <= {"noop"}


def test_files_with_secrets_are_for_their_user_alone(templates: dict[str, Jobs]) -> None:
    for of_task in templates.values():
        for path, template in of_task.items():
            secret = any(sign in template["EmbeddedTmpl"] for sign in READS_SECRETS)
            assert path.startswith("secrets/") == secret, path
            if secret and template.get("Envvars"):
                # Nomad reads it for the task, which need not.
                assert (template["Perms"], template.get("Uid")) == ("0400", None)
            elif path.startswith("secrets/values/variable_"):
                # The filter of the log runs as the user of the image under test, which nobody knows.
                assert (template["Perms"], template["Uid"]) == ("0444", 1000)
            elif secret:
                assert (template["Perms"], template["Uid"], template["Gid"]) == ("0400", 1000, 1000)
            else:
                assert "nomadVar" not in template["EmbeddedTmpl"], path
                wanted = "0755" if path == "local/credential.sh" else "0644"
                assert template["Perms"] == wanted, path


def test_whatever_secret_a_script_has_its_log_is_filtered(templates: dict[str, Jobs]) -> None:
    for name, of_task in templates.items():
        if name == "sbom":
            continue  # The scanner is told to be quiet, and has no shell to filter what it says.
        secrets = {path for path in of_task if path.startswith("secrets/")}
        assert not secrets or any(path.startswith("secrets/values/") for path in secrets), secrets
        assert ("local/functions.sh" in of_task) == ("local/mask.sh" in of_task)


def test_credentials_are_in_the_tasks_that_need_them_and_in_no_other(
    pack: str, templates: dict[str, Jobs], given: dict[str, Any]
) -> None:
    found = {
        name: {path for path in of_task if path.startswith("secrets/")}
        for name, of_task in templates.items()
    }

    wanted = credentials(pack, given)
    for name in templates:
        if "secrets" in given and kind_of(name) in TESTS:
            files = wanted.setdefault(name, {})
            files["secrets/environment"] = []
            for number in range(1, len(given["secrets"]) + 1):
                files[f"secrets/values/variable_{number}"] = []
    assert found == {name: set(wanted.get(name, {})) for name in templates}


def test_a_task_speaks_to_vault_only_by_a_role_and_never_gets_the_token(
    pack: str, tasks: Jobs, given: dict[str, Any]
) -> None:
    block = {
        "Role": given.get("vault_role", "nomad-build"),
        "Env": False,
        "DisableFile": True,
        "ChangeMode": "noop",
    }

    for name, task in tasks.items():
        references = [each for of in credentials(pack, given).get(name, {}).values() for each in of]
        if kind_of(name) in TESTS:
            references = [*given.get("secrets", {}).values()]
        wanted = any(reference.startswith("vault:") for reference in references)
        found = task.get("Vault", {})
        assert {key: found[key] for key in block if key in found} == (block if wanted else {}), name
        assert not found.get("Policies"), name
