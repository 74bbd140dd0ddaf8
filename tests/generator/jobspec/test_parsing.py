"""From a job file's text to the job: what Nomad's parser moves and fills in, and how it is written."""

from __future__ import annotations

import json
import unicodedata

from hypothesis import given, strategies

from generator import jobspec


def parse(text: str) -> dict[str, object]:
    return dict(jobspec.parse(text, "x.nomad.hcl"))


def only_task(text: str) -> dict[str, object]:
    job = json.loads(jobspec.encode(jobspec.parse(text, "x.nomad.hcl")))
    [group] = job["TaskGroups"]
    [task] = group["Tasks"]
    assert isinstance(task, dict)
    return task


def test_rendering_a_job_twice_gives_the_same_bytes() -> None:
    text = 'job "x" {\n  meta {\n    b = 1\n    a = "é"\n  }\n}\n'

    first = jobspec.encode(jobspec.parse(text, "x"))

    assert first == jobspec.encode(jobspec.parse(text, "x"))
    assert first == (
        '{\n  "Dispatched": false,\n  "ID": "x",\n  "Meta": {\n    "a": "é",\n    "b": "1"\n  },'
        '\n  "Name": "x"\n}\n'
    )


def test_blocks_in_a_drivers_config_become_lists_of_maps() -> None:
    task = only_task(
        """
        job "x" {
          group "g" {
            task "t" {
              config {
                mount {
                  type = "volume"
                  volume_options {
                    no_copy = true
                  }
                }
                mount {
                  type = "tmpfs"
                }
                sysctl = { "net.core.somaxconn" = "1" }
                labels = [{ a = 1 }]
              }
            }
          }
        }
        """
    )

    assert task["Config"] == {
        "mount": [{"type": "volume", "volume_options": [{"no_copy": True}]}, {"type": "tmpfs"}],
        "sysctl": [{"net.core.somaxconn": "1"}],
        "labels": [{"a": 1}],
    }


def test_references_for_the_client_stay_as_they_are_written() -> None:
    task = only_task(
        """
        job "x" {
          group "g" {
            task "t" {
              env {
                DIR  = "${NOMAD_ALLOC_DIR}/x"
                BARE = attr.cpu.arch
                SUM  = "${1 + 1}"
              }
            }
          }
        }
        """
    )

    assert task["Env"] == {"DIR": "${NOMAD_ALLOC_DIR}/x", "BARE": "${attr.cpu.arch}", "SUM": "2"}


def test_vault_block_reaches_the_tasks_that_have_none() -> None:
    job = parse(
        """
        job "x" {
          vault {
            role = "job"
          }
          group "own" {
            vault {
              role = "group"
              env  = false
            }
            task "a" {}
            task "b" {
              vault {
                role = "task"
              }
            }
          }
          group "none" {
            task "c" {}
          }
        }
        """
    )

    found = json.loads(json.dumps(job))
    roles = {
        task["Name"]: (task["Vault"]["Role"], task["Vault"]["Env"])
        for group in found["TaskGroups"]
        for task in group["Tasks"]
    }
    assert roles == {"a": ("group", False), "b": ("task", True), "c": ("job", True)}
    assert "Vault" not in job
    assert all("Vault" not in group for group in found["TaskGroups"])


def test_argument_set_to_null_is_as_if_it_were_not_there() -> None:
    assert parse('job "x" {\n  region = null\n  type = "batch"\n}') == {
        "Dispatched": False,
        "ID": "x",
        "Name": "x",
        "Type": "batch",
    }


@given(strategies.text())
def test_any_text_in_an_env_block_arrives_as_it_was(text: str) -> None:
    """Written as JSON in a job file of JSON, where `${` and `%{` are doubled to be literal."""
    escaped = text.replace("${", "$${").replace("%{", "%%{")
    job = {"job": {"x": {"group": {"g": {"task": {"t": {"env": {"TEXT": escaped}}}}}}}}

    found = only_task(json.dumps(job))

    assert found["Env"] == {"TEXT": _composed(text)}


def _composed(text: str) -> str:
    """Strings are in normal form C, as everywhere in HCL."""
    return unicodedata.normalize("NFC", text)
