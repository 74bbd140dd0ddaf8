"""The stage for plays: a service over HTTP on an embedded engine whose tasks print what Buildah and programs print."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from server import app
from tests.serving import serving
from tests.worlds import World

DOCKERFILE = """\
FROM registry.example.com/debian:trixie
WORKDIR /src
COPY . .
RUN apt-get update
RUN apt-get install --yes \\
      build-essential \\
      libfoo-dev
RUN make
CMD ["shop"]
"""

_FETCH = """\
nomad-build: fetching main of https://git.example.com/team/shop.git
nomad-build: commit c0ffee0000000000000000000000000000000000
nomad-build: source ended with exit code 0
"""

_BEGIN = """\
nomad-build: buildah 1.39.3, storage overlay
STEP 1/7: FROM registry.example.com/debian:trixie
STEP 2/7: WORKDIR /src
STEP 3/7: COPY . .
STEP 4/7: RUN apt-get update
Get:1 http://deb.example.org/debian trixie InRelease [140 kB]
Reading package lists...
STEP 5/7: RUN apt-get install --yes       build-essential       libfoo-dev
Reading package lists...
Building dependency tree...
Reading state information...
"""

GOOD_BUILD = (
    _BEGIN
    + """\
Setting up libfoo-dev (1.2-3) ...
STEP 6/7: RUN make
"""
    + "".join(f"cc -O2 -c part-{number}.c\n" for number in range(1, 241))
    + """\
STEP 7/7: CMD ["shop"]
COMMIT staged
nomad-build: build ended with exit code 0
"""
)

BAD_BUILD = (
    _BEGIN
    + """\
E: Unable to locate package libfoo-dev
Error: building at STEP "RUN apt-get install --yes       build-essential       libfoo-dev": \
while running runtime: exit status 100
nomad-build: the build of Dockerfile failed with exit code 100
nomad-build: build ended with exit code 100
"""
)

_TEST = "shop 1.4.2\nnomad-build: test-1 ended with exit code 0\n"
_PUBLISH = """\
nomad-build: copied sha256:abababab within the registry, no layer was sent
nomad-build: tagged registry.example.com:5000/team/shop:1.4.2
nomad-build: publish ended with exit code 0
"""

REQUEST = {
    "owner": "claude",
    "repoURL": "https://git.example.com/team/shop.git",
    "gitRef": "main",
    "registryURL": "registry.example.com:5000/team",
    "imageTags": ["1.4.2"],
    "testCommands": ["shop --version"],
}
HOSTS = {"GIT_HOSTS": "git.example.com", "REGISTRY_HOSTS": "registry.example.com"}


class Stage:
    """A world whose tasks take their time, which a play says."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder)
        self.world.let("build", "source", stdout=_FETCH)
        self.world.let("test", stdout=_TEST)
        self.world.let("publish", stdout=_PUBLISH)
        self.build_well()

    def build_well(self, seconds: float = 0.0, test: float = 0.0, publish: float = 0.0) -> None:
        """Let builds succeed from now on, their phases take so many seconds."""
        self.world.let("build", stdout=GOOD_BUILD, seconds=seconds)
        self.world.let("test", stdout=_TEST, seconds=test)
        self.world.let("publish", stdout=_PUBLISH, seconds=publish)

    def build_badly(self, seconds: float = 0.0) -> None:
        """Let builds fail from now on, at a step of the Dockerfile."""
        files = {
            "alloc/data/reason": b"step_failed\nthe build of Dockerfile failed; the lines above say at which step\n",
            "alloc/data/dockerfile": DOCKERFILE.encode(),
        }
        self.world.let("build", stdout=BAD_BUILD, exit_code=100, seconds=seconds, files=files)

    @contextlib.contextmanager
    def run(self) -> Iterator[str]:
        """Run the service; return its address."""
        with self.world.engine:
            settings = self.world.configure(**HOSTS)
            with (
                app.run(app.assemble(settings)) as running,
                serving(app.create_app(running, settings)) as address,
            ):
                yield address
