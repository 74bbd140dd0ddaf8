"""What the packs promise of a job, whatever it is given, asserted on every job that they give.

A snapshot shows that a job has not changed; these tests show that it is right. What becomes of the
values that somebody gives is the matter of test_given_values.py, the scripts' of test_scripts.py.
"""

from __future__ import annotations

from typing import Any

Job = dict[str, Any]
Jobs = dict[str, Job]

# The tasks of each pack, and the user each runs as; empty is the image's own.
USERS = {
    "build": {"source": "1000:1000", "build": "build"},
    "test": {"test": ""},
    "publish": {"publish": "1000:1000"},
    "cleanup": {"cleanup": "1000:1000"},
    "prune": {"prune": "build"},
}

# All that a task may say to the docker driver; whatever is not named here is not used.
DRIVER_CONFIG = {
    "source": {"image", "entrypoint", "network_mode", "cap_drop"},
    "build": {
        "image",
        "entrypoint",
        "network_mode",
        "cap_drop",
        "cap_add",
        "security_opt",
        "runtime",
    },
    "test": {"image", "entrypoint", "network_mode", "runtime"},
    "publish": {"image", "entrypoint", "network_mode", "cap_drop"},
    "cleanup": {"image", "entrypoint", "network_mode", "cap_drop"},
    "prune": {"image", "entrypoint", "network_mode", "cap_drop", "cap_add", "security_opt"},
}

# The files that hold credentials: variable that asks for them -> task -> files.
CREDENTIALS = {
    "git_credentials": {"source": {"secrets/git_username", "secrets/git_password"}},
    "registry_credentials": {
        "build": {"secrets/auth.json"},
        "publish": {"secrets/auth.json", "secrets/curl.conf"},
        "cleanup": {"secrets/auth.json"},
    },
}

READS_SECRETS = ("{{ with nomadVar ", "{{ with secret ")


def test_a_job_is_a_batch_job_with_one_group_and_the_tasks_of_its_pack(
    pack: str, job: Job, tasks: Jobs
) -> None:
    assert job["Type"] == "batch"
    meta = job["Meta"]
    again = f"-{meta['attempt']}" if meta.get("attempt", "1") != "1" else ""
    assert job["ID"] == f"{pack}-{meta['run_id' if pack == 'prune' else 'build_id']}{again}"
    assert job["Meta"]["phase"] == pack
    assert [group["Name"] for group in job["TaskGroups"]] == [pack]
    assert {name: task["User"] for name, task in tasks.items()} == USERS[pack]
    assert {task["Driver"] for task in tasks.values()} == {"docker"}


def test_only_the_source_task_comes_before_another(tasks: Jobs) -> None:
    lifecycles = {name: task["Lifecycle"] for name, task in tasks.items() if "Lifecycle" in task}

    assert lifecycles == (
        {"source": {"Hook": "prestart", "Sidecar": False}} if "source" in tasks else {}
    )


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
        assert set(task["Config"]) <= DRIVER_CONFIG[name], name


def test_tasks_drop_all_capabilities_and_only_those_with_buildah_take_three_back(
    tasks: Jobs,
) -> None:
    for name, task in tasks.items():
        config = task["Config"]
        if name == "test":
            # Somebody else's image runs as it would anywhere, under the driver's own confinement.
            assert not {"cap_drop", "cap_add", "security_opt"} & set(config)
        elif name in ("build", "prune"):
            assert config["cap_drop"] == ["all"]
            assert config["cap_add"] == ["setuid", "setgid", "sys_chroot"]
            assert config["security_opt"]
        else:
            assert config["cap_drop"] == ["all"]
            assert not {"cap_add", "security_opt"} & set(config)


def test_buildah_confines_a_step_by_chroot(pack: str, tasks: Jobs) -> None:
    isolation = {name: task.get("Env", {}).get("BUILDAH_ISOLATION") for name, task in tasks.items()}

    assert isolation.get("build") == ("chroot" if pack == "build" else None)


def test_the_only_volume_is_the_cache_of_build_and_prune(pack: str, job: Job, tasks: Jobs) -> None:
    (group,) = job["TaskGroups"]
    cached = pack == "prune" or (pack == "build" and job["Meta"]["variant"].endswith("-cache"))
    volumes = {name: volume["Type"] for name, volume in group.get("Volumes", {}).items()}
    mounts = {
        name: [mount["Volume"] for mount in task["VolumeMounts"]]
        for name, task in tasks.items()
        if "VolumeMounts" in task
    }

    assert volumes == ({"cache": "host"} if cached else {})
    assert mounts == ({pack: ["cache"]} if cached else {})
    if pack in ("build", "prune"):
        assert tasks[pack]["Env"]["STORE"] == ("/cache" if cached else "/alloc/data/store")


def test_graphics_processors_go_to_build_and_test_of_a_gpu_variant_only(
    job: Job, tasks: Jobs
) -> None:
    with_gpu = job["Meta"].get("variant", "").startswith("gpu")

    for name, task in tasks.items():
        devices = [device["Name"] for device in task["Resources"].get("Devices", [])]
        wanted = with_gpu and name in ("build", "test")
        assert devices == (["nvidia/gpu"] if wanted else []), name
        assert task["Config"].get("runtime") == ("nvidia" if wanted else None), name


def test_every_script_has_a_deadline(tasks: Jobs, templates: dict[str, Jobs]) -> None:
    for name, task in tasks.items():
        entrypoint = task["Config"]["entrypoint"]
        script = f"local/{name}.sh"
        if name == "test":
            # The image need not have the program: where it has, each command gets the deadline.
            assert entrypoint == ["/bin/sh", f"/{script}"]
            assert task["Env"]["COMMAND_TIMEOUT"].isdecimal()
            assert 'timeout -k 10 "$COMMAND_TIMEOUT"' in templates[name][script]["EmbeddedTmpl"]
        else:
            program, option, grace, seconds, *rest = entrypoint
            assert (program, option, grace) == ("timeout", "-k", "10")
            assert seconds.isdecimal()
            assert rest == ["/bin/sh", f"/{script}"]
        assert script in templates[name]


def test_no_template_restarts_or_signals_a_task(tasks: Jobs) -> None:
    for task in tasks.values():
        assert {template["ChangeMode"] for template in task["Templates"]} == {"noop"}


def test_files_with_secrets_are_for_their_user_alone(templates: dict[str, Jobs]) -> None:
    for of_task in templates.values():
        for path, template in of_task.items():
            secret = template["EmbeddedTmpl"].startswith(READS_SECRETS)
            assert path.startswith("secrets/") == secret, path
            if secret:
                assert (template["Perms"], template["Uid"], template["Gid"]) == ("0400", 1000, 1000)
            else:
                assert "nomadVar" not in template["EmbeddedTmpl"], path
                assert template["Perms"] == ("0755" if path == "local/askpass.sh" else "0644"), path


def test_credentials_are_in_the_tasks_that_need_them_and_in_no_other(
    templates: dict[str, Jobs], given: dict[str, Any]
) -> None:
    wanted: dict[str, set[str]] = {name: set() for name in templates}
    for variable, files in CREDENTIALS.items():
        if variable in given:
            for name in templates.keys() & files.keys():
                wanted[name] |= files[name]

    found = {
        name: {path for path in of_task if path.startswith("secrets/")}
        for name, of_task in templates.items()
    }

    assert found == wanted


def test_a_task_speaks_to_vault_only_by_a_role_and_never_gets_the_token(
    tasks: Jobs, given: dict[str, Any]
) -> None:
    block = {
        "Role": given.get("vault_role", "nomad-build"),
        "Env": False,
        "DisableFile": True,
        "ChangeMode": "noop",
    }

    for name, task in tasks.items():
        wanted = any(
            given.get(variable, "").startswith("vault:") and name in files
            for variable, files in CREDENTIALS.items()
        )
        found = task.get("Vault", {})
        assert {key: found[key] for key in block if key in found} == (block if wanted else {}), name
        assert not found.get("Policies"), name
