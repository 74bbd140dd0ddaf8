"""Root filesystems of the lab's own images, as data: Debian packages, a script, and the image's settings.

The builder image has the layout of quay.io/buildah/stable, measured to be what rootless Buildah needs: a user ``build``
with subordinate ids around its own, and file capabilities instead of set-user-id bits on newuidmap and newgidmap. It
also has git and skopeo, so that one image serves every phase. There is no fuse-overlayfs on purpose: where it is
installed, Buildah falls back to it for good as soon as a first try of native overlay fails (the decision is kept in
``overlay/.has-mount-program`` of the store), and no task of ours may open /dev/fuse.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass

_BUILDER_SCRIPT = """\
set -eu
root="$1"
chroot "$root" useradd --uid 1000 --user-group --create-home --shell /bin/bash build
for kind in uid gid; do
    printf 'build:1:999\\nbuild:1001:64535\\n' > "$root/etc/sub$kind"
    chmod u-s "$root/usr/bin/new${kind}map"
    chroot "$root" setcap "cap_set$kind=ep" "/usr/bin/new${kind}map"
done
mkdir -p "$root/etc/containers/registries.conf.d" "$root/home/build/.local/share/containers"
printf 'unqualified-search-registries = ["docker.io"]\\n' \\
    > "$root/etc/containers/registries.conf.d/000-search.conf"
chroot "$root" chown -R build:build /home/build
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One image: Debian's ``suite`` with ``packages``, changed by ``script`` (run with the root folder as $1)."""

    image: str
    suite: str
    packages: tuple[str, ...]
    script: str = ""
    changes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What tells an image of this recipe from one of an older recipe."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


BUILDER = Recipe(
    image="nomad-build/builder:local",
    suite="trixie",
    packages=(
        "aardvark-dns",
        "buildah",
        "ca-certificates",
        "crun",
        "curl",
        "git",
        "git-lfs",
        "libcap2-bin",
        "netavark",
        "openssh-client",
        "passt",
        "skopeo",
        "uidmap",
    ),
    script=_BUILDER_SCRIPT,
    changes=(
        "USER build",
        "WORKDIR /home/build",
        "ENV BUILDAH_ISOLATION=chroot HOME=/home/build",
        'CMD ["/bin/bash"]',
    ),
)

PYTHON = Recipe(
    image="nomad-build/python:local",
    suite="trixie",
    # libstdc++ is in every base that has apt; the regular expressions of RE2 need it.
    packages=("ca-certificates", "libstdc++6", "python3", "python3-venv"),
    changes=('CMD ["python3"]',),
)
"""What the service's own image is based on where no hub is reached."""

PAUSE = "nomad-build/pause:local"
"""What holds the network of a group of tasks: busybox with another command, see ``images.ensure_pause``."""
