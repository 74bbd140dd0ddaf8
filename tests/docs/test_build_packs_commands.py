"""The commands and files of docs/build-packs.md and of the READMEs of the packs do what the pages say."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator import registry
from server.lab import Lab
from tests.e2e import staged

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "build-packs.md"

# The page's sections with commands, and the tests that run them.
SECTIONS = {
    "By hand": "test_the_packs_run_by_hand_as_the_page_says",
    "Pruning the cache": "test_the_packs_run_by_hand_as_the_page_says",
    "Credentials": "test_the_packs_run_by_hand_as_the_page_says",
    "Evidence": "test_what_is_attached_is_found_as_the_page_says",
    "The cache volume": "test_the_cache_volume_s_folder_is_as_the_build_needs_it",
    "For reviewers: what a change of a template does": "test_make_snapshots_updates_the_snapshots",
}

DEADLINE = 180.0
CACHE = "/opt/nomad/data/buildah-cache"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block and the section that it stands in, empty above the first."""

    section: str
    language: str
    text: str


def blocks_of(page: Path) -> list[Block]:
    sections = re.split(r"^## ", page.read_text(), flags=re.MULTILINE)
    return [
        Block("" if number == 0 else section.partition("\n")[0], *found)
        for number, section in enumerate(sections)
        for found in FENCED.findall(section)
    ]


def commands_of(page: Path, section: str) -> str:
    """All commands of a section, in their order."""
    found = [block for block in blocks_of(page) if block.section == section]
    return "".join(block.text for block in found if block.language == "sh")


def files_of(page: Path) -> dict[str, str]:
    """The files that a page shows: their first line is a comment with the name."""
    found = [block.text for block in blocks_of(page) if block.language == "hcl"]
    return {text.partition("\n")[0].removeprefix("# "): text for text in found}


def write_files(folder: Path, page: Path, changes: Mapping[str, str] | None = None) -> None:
    """Write a page's files, and have the packs beside them as in the checkout."""
    for name, text in files_of(page).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(change(text, changes or {}))
    (folder / "packs").symlink_to(registry.PACKS)


def change(text: str, changes: Mapping[str, str]) -> str:
    """The text with names of the pages changed to those of this machine."""
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


def run(commands: str, folder: Path, **environment: str) -> str:
    """What commands print, run as a script that ends at the first failure."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    completed = subprocess.run(
        ["bash", "-euc", commands],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
    )
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


def test_every_section_with_commands_has_its_test() -> None:
    found = {block.section for block in blocks_of(PAGE) if block.language == "sh"}

    assert found == SECTIONS.keys()
    assert all(name in globals() for name in SECTIONS.values())


def test_packgen_s_commands_run_as_the_page_says(tmp_path: Path) -> None:
    write_files(tmp_path, PAGE)
    commands = re.findall(r"^packgen .*", PAGE.read_text(), re.MULTILINE)

    outputs = [run(command, tmp_path) for command in commands]

    assert len(outputs) == 3
    assert outputs[0].startswith('job "build-hello1" {')
    assert json.loads(outputs[1])["ID"] == "build-hello1"
    assert "nomadVar" in outputs[2]


@pytest.mark.parametrize("pack", registry.names())
@pytest.mark.parametrize(
    "program",
    ["packgen render", pytest.param("nomad-pack render", marks=pytest.mark.nomad_pack)],
)
def test_the_example_of_a_pack_gives_its_job(pack: str, program: str, tmp_path: Path) -> None:
    page = registry.PACKS / pack / "README.md"
    write_files(tmp_path, page)
    command = commands_of(page, "")

    output = run(command.replace("nomad-pack run", program), tmp_path)

    assert command.startswith(f"nomad-pack run packs/{pack} ")
    assert f'job "{pack}-hello1" {{' in output


def test_variables_named_in_a_pack_s_readme_exist() -> None:
    for pack in registry.names():
        declared = (registry.PACKS / pack / "variables.hcl").read_text()
        for row in re.findall(
            r"^\| `.*?\|", (registry.PACKS / pack / "README.md").read_text(), re.MULTILINE
        ):
            for name in re.findall(r"`(\w+)`", row):
                assert f'variable "{name}"' in declared, f"{pack}: {name}"


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not on PATH")
@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not on PATH")
def test_what_is_attached_is_found_as_the_page_says(tmp_path: Path) -> None:
    statement = '{"_type": "https://in-toto.io/Statement/v1", "subject": []}'
    with Lab(engine="embedded", folder=tmp_path / "lab") as lab:
        address = lab.registry.address
        image = staged.stage(lab, lab.registry, staged.new_build_id(), "1.0")
        image.publish(image=f"{address}/team/hello", provenance=statement).succeed()
        settings = tmp_path / ".config" / "containers" / "registries.conf"
        settings.parent.mkdir(parents=True)
        settings.write_text(f'[[registry]]\nlocation = "{address}"\ninsecure = true\n')
        commands = change(commands_of(PAGE, "Evidence"), {"registry.example.com:5000": address})

        output = run(commands, tmp_path, HOME=str(tmp_path))

    document = hashlib.sha256(statement.encode()).hexdigest()
    assert re.search(r"^application/vnd\.in-toto\+json sha256:[0-9a-f]{64}$", output, re.MULTILINE)
    assert f"\n{image.digest}\n" in output
    assert f"{document}  statement/{document}\n" in output
    assert output.endswith(json.dumps(json.loads(statement), indent=2) + "\n")


@pytest.mark.docker
@pytest.mark.nomad
@pytest.mark.nomad_pack
@pytest.mark.timeout(300)
def test_the_packs_run_by_hand_as_the_page_says(tmp_path: Path) -> None:
    with Lab(engine="nomad", folder=tmp_path / "lab") as lab:
        source = {
            "Dockerfile": f"FROM {lab.base_image}\nCOPY --chmod=0755 hello.sh /usr/bin/hello\n",
            "hello.sh": "#!/bin/sh\necho Hello, world\n",
            ".nomad-build.yaml": "testCommands: [hello]\n",
        }
        repository = lab.git.create("hello", source)
        changes = {
            "https://git.example.com/team/hello.git": repository.url,
            "registry.example.com:5000": lab.registry.address,
        }
        write_files(tmp_path, PAGE, changes)
        # What is special about a lab: loopback servers without certificates, and images made here.
        everywhere = 'network_mode = "host"\n'
        registries = f'insecure_registries = ["{lab.registry.address}"]\n'
        images = lab.images
        for pack, lines in {
            "build": f'{registries}git_protocols = ["http"]\n'
            f'builder_image = "{images.builder}"\nsource_image = "{images.source}"\n',
            "plan": f'git_protocols = ["http"]\nsource_image = "{images.source}"\n',
            "test": "",
            "publish": f'{registries}copy_image = "{images.copy}"\n',
            "cleanup": f'{registries}copy_image = "{images.copy}"\n',
            "prune": f'builder_image = "{images.builder}"\n',
        }.items():
            with (tmp_path / "hello" / f"{pack}.hcl").open("a") as file:
                file.write(everywhere + lines)
        sections = ("By hand", "Pruning the cache", "Credentials")
        commands = "".join(commands_of(PAGE, section) for section in sections)

        output = run(change(commands, changes), tmp_path, NOMAD_ADDR=lab.nomad_address)

        published = lab.registry.digest("team/hello", "1.0")
        assert published is not None
        assert published == lab.registry.digest("team/hello", "latest")
        assert lab.registry.tags("team/hello-staging") == []
        for said in (
            "testCommands: [hello]",
            f"staged {published}",
            "the test passed",
            "all tags point at the tested image",
            "is not there: nothing to remove",
            "containers removed: 0",
        ):
            assert f"{said}\n" in output
        left = "nomad alloc fs -job build-hello1 alloc/data"
        assert (
            run(f"{left}/commit", tmp_path, NOMAD_ADDR=lab.nomad_address)
            == f"{repository.commit}\n"
        )
        assert run(f"{left}/digest", tmp_path, NOMAD_ADDR=lab.nomad_address).strip() == published
        # What each pack says after its job was registered.
        hints = re.findall(r"^ +(nomad .*-hello1.*)", output, re.MULTILINE)
        assert len(hints) == 2 * len(registry.names()) + 1  # the build has two tasks
        for hint in hints:
            # The task has ended: following its log would wait for more.
            run(hint.replace(" -f ", " "), tmp_path, NOMAD_ADDR=lab.nomad_address)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder to another user")
def test_the_cache_volume_s_folder_is_as_the_build_needs_it(tmp_path: Path) -> None:
    folder = tmp_path / "buildah-cache"

    run(commands_of(PAGE, "The cache volume").replace(CACHE, str(folder)), tmp_path)

    status = folder.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1000, 1000, 0o700)


def test_make_snapshots_updates_the_snapshots(tmp_path: Path) -> None:
    # What the update does is shown by tests/generator/test_snapshot_command.py.
    commands = commands_of(PAGE, "For reviewers: what a change of a template does")
    if shutil.which("make") is None:
        pytest.skip("make is not on PATH")

    plan = run(f"cd {ROOT} && {commands.strip()} --dry-run", tmp_path)

    assert "packgen snapshot --update packs" in plan
