"""Where the cases are built: Buildah in the lab's builder image, as the build pack runs it, on a store that stays."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from server.lab import docker, images
from server.lab.recipes import BUILDER, Recipe
from server.record import Reason
from tests.failures import kept
from tests.failures.collection import Case
from tests.failures.kept import Log
from tests.failures.site import Site

_UID = 1000
_TIMEOUT = 124
# Builds of a case until its log lacks what it has to lack.
_ATTEMPTS = 400
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")

# What a Dockerfile calls debian:trixie and toolbox: Debian, bare and with what programs are built with.
DEBIAN = Recipe(
    image="nomad-build/failures-debian:local",
    suite="trixie",
    packages=("apt", "ca-certificates", "curl"),
)
TOOLBOX = Recipe(
    image="nomad-build/failures-toolbox:local",
    suite="trixie",
    packages=(
        *("apt", "ca-certificates", "curl", "git", "gcc", "g++", "make", "cmake", "libc6-dev"),
        *("python3-pip", "python3-venv", "python3-pytest", "python3-dev", "nodejs", "npm"),
        *("golang-go", "cargo", "dnf", "createrepo-c", "bundler"),
    ),
)
# Debian's Java wants folders that the lab's images do without: it is installed as a build does it.
_JAVA = """\
FROM debian:trixie
RUN mkdir -p /usr/share/man/man1 && apt-get update -q && \\
    apt-get install -q -y --no-install-recommends maven default-jdk-headless
"""
_NAMES = {"debian:trixie": DEBIAN, "toolbox:latest": TOOLBOX}

# As the pack's own script does it (packs/build/templates), with the labels that the service always asks for.
_SCRIPT = """\
exec 2>&1
export XDG_RUNTIME_DIR=/tmp/runtime TMPDIR=$STORE/tmp CONTAINERS_STORAGE_CONF=/tmp/storage.conf
mkdir -p "$XDG_RUNTIME_DIR" "$STORE/storage" "$TMPDIR"
printf '[storage]\\ndriver = "overlay"\\n' >"$CONTAINERS_STORAGE_CONF"
run_buildah() { buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver overlay "$@"; }
"""
_BUILD = """\
seconds=$1
shift
if [ "$STORE" != /store ]; then
  run_buildah pull --quiet docker-archive:/store/busybox.tar >/dev/null
  run_buildah tag nomad-build/busybox:local localhost/busybox
fi
timeout -k 10 "$seconds" buildah --root "$STORE/storage" --runroot /tmp/run --storage-driver overlay build --layers \\
  --label org.opencontainers.image.revision=0123 "$@" --file "$FILE" --iidfile /tmp/image_id "$CONTEXT"
"""
_PREPARE = """\
set -e
run_buildah pull --quiet docker-archive:/store/$1.tar >/dev/null
container=$(run_buildah from --pull=never "$2")
run_buildah copy -q "$container" /store/certificates.crt /etc/ssl/certs/ca-certificates.crt >/dev/null
run_buildah config --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt \\
  --env PIP_CERT=/etc/ssl/certs/ca-certificates.crt --env PIP_DISABLE_PIP_VERSION_CHECK=1 "$container"
run_buildah commit -q "$container" "localhost/$3" >/dev/null
run_buildah rm "$container" >/dev/null
"""
_PREPARE_JAVA = """\
set -e
printf %s "$1" >/tmp/Dockerfile
run_buildah build --tag java-bare --file /tmp/Dockerfile /tmp
container=$(run_buildah from --pull=never java-bare)
run_buildah copy -q "$container" /store/cacerts /etc/ssl/certs/java/cacerts
run_buildah commit -q "$container" localhost/java:latest
run_buildah rm "$container"
"""
_CONFINED = (
    *("--user", "build", "--cap-drop", "all"),
    *("--cap-add", "setuid", "--cap-add", "setgid", "--cap-add", "sys_chroot"),
    *("--security-opt", "seccomp=unconfined", "--env", "BUILDAH_ISOLATION=chroot"),
)


class Workshop:
    """Builds cases in ``folder``; what was made there for a run before is used again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._store = folder / "store"

    def prepare(self) -> None:
        """Have the builder image, and the base images in Buildah's store."""
        self._store.mkdir(parents=True, exist_ok=True)
        os.chown(self._store, _UID, _UID)
        images.ensure(BUILDER, self.folder)
        busybox = images.ensure_busybox(self.folder)
        shutil.copy(_CERTIFICATES, self._store / "certificates.crt")
        java = Path("/etc/ssl/certs/java/cacerts")
        if java.exists():
            shutil.copy(java, self._store / "cacerts")
        self._load(busybox, "busybox:latest")
        for name, recipe in _NAMES.items():
            self._load(images.ensure(recipe, self.folder), name)
        if not (self._store / "java").exists():
            self._prepare(_PREPARE_JAVA, (_JAVA,), "host")
            (self._store / "java").touch()

    def _load(self, image: str, name: str) -> None:
        digest = docker.labels(image)
        done = self._store / f"{name.partition(':')[0]}.json"
        if done.exists() and json.loads(done.read_text()) == digest:
            return
        archive = self._store / f"{name.partition(':')[0]}.tar"
        subprocess.run(["docker", "save", "--output", str(archive), image], check=True)
        archive.chmod(0o644)
        arguments = (archive.stem, image, name)
        self._prepare(_PREPARE, arguments, "none")
        done.write_text(json.dumps(digest))

    def build(self, case: Case, site: Site) -> Log:
        """Build a case and return what came of it."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="context-") as scratch:
            context = Path(scratch, "source")
            for name, text in {"Dockerfile": case.dockerfile, **case.files}.items():
                path = context / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(site.fill(text))
            for each in (Path(scratch), *Path(scratch).rglob("*")):
                each.chmod(0o755)
            options = (
                *("--volume", f"{context}:/alloc/data/source:ro"),
                *("--network", case.network),
                *case.options,
            )
            flags = tuple(site.fill(each) for each in case.flags)
            arguments = (str(case.seconds), *flags)
            log, exit_code, killed = self._run(_SCRIPT + _BUILD, arguments, options, case.store)
            attempts = 1
            while case.without and case.without in log and attempts < _ATTEMPTS:
                log, exit_code, killed = self._run(_SCRIPT + _BUILD, arguments, options, case.store)
                attempts += 1
        reason: Reason = "timeout" if exit_code == _TIMEOUT else "step_failed"
        return Log(
            case=kept.digest(case),
            phase="build",
            task="build",
            reason="out_of_memory" if killed else reason,
            exit_code=exit_code,
            message="",
            text=log,
        )

    def _prepare(self, script: str, arguments: tuple[str, ...], network: str) -> None:
        log, exit_code, _ = self._run(_SCRIPT + script, arguments, ("--network", network), "/store")
        if exit_code != 0:
            raise RuntimeError(log)

    def _run(
        self, script: str, arguments: tuple[str, ...], options: tuple[str, ...], store: str
    ) -> tuple[str, int, bool]:
        """Run a script in a container of Buildah's; return what it said, how it ended, and if memory was out."""
        folder = "/alloc/data/source"
        variables = {"STORE": store, "CONTEXT": folder, "FILE": f"{folder}/Dockerfile"}
        given = [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
        command = [
            *("docker", "create", *_CONFINED, "--volume", f"{self._store}:/store", *given),
            *options,
            *(BUILDER.image, "sh", "-c", script, "sh", *arguments),
        ]
        made = subprocess.run(command, check=True, capture_output=True, text=True)
        container = made.stdout.strip()
        try:
            done = subprocess.run(
                ["docker", "start", "--attach", container], check=False, capture_output=True
            )
            asked = ["docker", "inspect", "--format", "{{.State.OOMKilled}}", container]
            killed = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
        finally:
            subprocess.run(["docker", "rm", "--force", container], check=True, capture_output=True)
        log = (done.stdout + done.stderr).decode("utf-8", "replace")
        return log, done.returncode, killed.strip() == "true"
