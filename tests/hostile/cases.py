"""How a hostile text is put into each place of a request, and where in the jobs it may turn up.

A place that is missing here fails the suite: whoever adds a field says here how an attacker would use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.hostile import fields
from tests.hostile.fields import Place

HOLE = "@@"
"""What stands for the hostile text in a dress."""


@dataclass(frozen=True, slots=True)
class Case:
    """How a place is attacked.

    A dress is a value that is good but for the hostile text in it, so that a check is met which a bare text never
    reaches; the first one is good with any word in it. What a bare text is compared with is the word in ``twin``,
    a good value that is as bare. ``names`` are the paths of the jobs' fields that hold the
    value as it is, because a pattern leaves nothing in it that means anything; ``words`` those that hold words of a
    command, which Nomad reads once more. Everywhere else a value is base64. ``part`` gives what jobs hold beside
    the value: what they are told of it alone. ``travels`` says whether any job holds it, and ``rivals`` are places that
    cannot be filled in the same request.
    """

    dresses: tuple[str, ...] = (HOLE,)
    twin: str = HOLE
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    part: Callable[[str], str] = str
    travels: bool = True
    rivals: frozenset[str] = frozenset()


_NOWHERE = Case(travels=False)
_CONFIG = "TaskGroups[].Tasks[].Config"
_IMAGE_OF_TEST = frozenset({f"{_CONFIG}.image"})
# The name of a variable stands before its value in a file that Nomad reads as an environment.
_VARIABLE = Case((HOLE, "A@@"), names=frozenset({"TaskGroups[].Tasks[].Templates[].EmbeddedTmpl"}))
_SECRET = Case(("nomad:@@", "vault:@@", "secret/@@"))
_VALUE = Case(("nomad:@@#field", "vault:path#@@", "nomad:path#field@@", "@@"))
_REPOSITORY = Case(
    ("registry.example.com:5000/@@", "@@/cache", "registry.example.com@@/x", HOLE),
    twin="@@.example.com/cache",
)
_PATH = Case((HOLE, "folder/@@", "@@/x"))
_PROXY = Case(("http://@@:3128", "https://proxy.example.com:@@", "@@"))


def _registry(value: str) -> str:
    """The registry alone: who signs in there needs no more."""
    return value.partition("/")[0]


CASES: Mapping[str, Case] = {
    "owner": Case(names=frozenset({"TaskGroups[].Tasks[].Env.STORE"})),
    "repo_url": Case(
        (
            "https://example.com/@@",
            "https://@@/app",
            "https://example.com/app.git@@",
            "https://@@@example.com/app",
            "ssh://@@@example.com/app",
            "ssh://git@@@/app",
            "ssh://@@/app",
            "git@example.com:@@",
            "git@@@:app",
            "@@://example.com/app",
            HOLE,
        ),
        twin="https://@@.example.com/app",
    ),
    "git_ref": Case((HOLE, "refs/heads/@@", "@@/x")),
    "build_file": _PATH,
    "dockerfile_path": _PATH,
    "context_path": _PATH,
    "git_credentials_path": _SECRET,
    "build_args{key}": Case((HOLE, "A@@")),
    "build_args{}": Case((HOLE, "@@ x")),
    "build_secrets{key}": Case((HOLE, "a@@")),
    "build_secrets{}": _VALUE,
    "build_ssh_path": _SECRET,
    "target": Case((HOLE, "a@@")),
    "labels{key}": Case((HOLE, "org.example/@@")),
    "labels{}": Case((HOLE, "@@ x")),
    "platform": Case(("linux/@@", "@@/amd64", "linux/arm/v@@", "@@")),
    "ca_certificates": Case(
        (
            "-----BEGIN CERTIFICATE-----\n@@\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n@@",
            "@@",
        )
    ),
    "proxy.http": _PROXY,
    "proxy.https": _PROXY,
    "proxy.no_proxy": Case((HOLE, "localhost,@@")),
    "cache_from[]": _REPOSITORY,
    "cache_to": _REPOSITORY,
    "test_commands[]": Case((HOLE, "true @@")),
    "test_commands[][]": Case(
        (HOLE, "x@@"),
        words=frozenset({f"{_CONFIG}.command", f"{_CONFIG}.args[]", f"{_CONFIG}.entrypoint[]"}),
    ),
    "test_env{key}": _VARIABLE,
    "test_env{}": Case((HOLE, "@@ x")),
    "test_secrets{key}": Case(
        # Never the name of a variable of test_env, in which the same text may stand: that would be refused.
        ("S_@@", "@@_S"),
        names=_VARIABLE.names,
        rivals=frozenset({"test_commands[][]"}),
    ),
    "test_secrets{}": Case(_VALUE.dresses, rivals=frozenset({"test_commands[][]"})),
    "test_working_directory": Case(
        ("/@@", "/a/@@", "@@"), names=frozenset({f"{_CONFIG}.work_dir"})
    ),
    "test_reports[]": Case(("/reports/@@", "@@")),
    "services[].name": Case(
        (HOLE, "a@@"),
        names=frozenset(
            {"TaskGroups[].Tasks[].Name", f"{_CONFIG}.extra_hosts[]", *_VARIABLE.names}
        ),
    ),
    "services[].image": Case(
        ("@@", "registry.example.com/@@:1", "postgres:@@", "x@sha256:@@"), names=_IMAGE_OF_TEST
    ),
    "services[].command[]": Case(
        (HOLE, "x@@"), words=frozenset({f"{_CONFIG}.command", f"{_CONFIG}.args[]"})
    ),
    "services[].env{key}": _VARIABLE,
    "services[].env{}": Case((HOLE, "@@ x")),
    "services[].ready_command": Case((HOLE, "true @@")),
    "gpu_constraints[].attribute": Case(
        (HOLE, "device.attr.@@"),
        names=frozenset({"TaskGroups[].Tasks[].Resources.Devices[].Constraints[].LTarget"}),
    ),
    "gpu_constraints[].value": Case(
        (HOLE, "1@@"),
        names=frozenset({"TaskGroups[].Tasks[].Resources.Devices[].Constraints[].RTarget"}),
    ),
    "registry_url": Case(
        (
            "registry.example.com:5000/@@",
            "@@.example.com/team",
            "registry.example.com@@/team",
            HOLE,
        ),
        twin="@@.example.com/team",
        names=_IMAGE_OF_TEST,
        part=_registry,
    ),
    "image_name": Case((HOLE, "team/@@"), names=_IMAGE_OF_TEST),
    "image_tags[]": Case((HOLE, "v@@", "{git_sha}@@")),
    "registry_credentials_path": _SECRET,
    # Never the first place to publish to, in which the same text may stand: that would be refused.
    "publish_to[].registry_url": Case(
        ("other.example.com:5000/@@", "@@.example.org/team", "other.example.com@@/team")
    ),
    "publish_to[].image_name": Case((HOLE, "team/@@")),
    "publish_to[].image_tags[]": Case((HOLE, "v@@")),
    "publish_to[].credentials_path": _SECRET,
    "request_id": _NOWHERE,
    "webhook_url": Case(
        ("https://example.com/@@", "https://@@/hook", "https://@@@example.com/", HOLE),
        twin="https://@@.example.com/hook",
        travels=False,
    ),
    "webhook_headers{key}": Case(("X-@@", "@@"), travels=False),
    "webhook_headers{}": _NOWHERE,
    "webhook_secret_path": Case(
        ("nomad-build/webhooks/@@", "nomad:nomad-build/webhooks/@@", "@@"), travels=False
    ),
}

# What else the request says, so that every job has all that it can have.
_SETTINGS: Mapping[str, Any] = {
    "submodules": True,
    "lfs": True,
    "reproducible": True,
    "no_cache": True,
    "clear_cache": True,
    "gpu_count": 1,
    "sbom": "spdx",
    "provenance": True,
}


@dataclass(frozen=True, slots=True)
class Slot:
    """A place with its case, and a word of its own by which its value is found again."""

    place: Place
    case: Case
    word: str

    @property
    def name(self) -> str:
        """The place's name."""
        return self.place.name

    @property
    def plain(self) -> str:
        """A harmless value."""
        return self.harmless(self.case.dresses[0])

    def harmless(self, form: str) -> str:
        """What a value in this dress is compared with."""
        return dress(self.case.twin if form == HOLE else form, self.word)

    def expected(self, form: str, text: str) -> dict[str, str]:
        """What stands in jobs with the text in this dress, by what stands in those with the harmless value."""
        plain, given = self.harmless(form), dress(form, text)
        found = {self.case.part(plain): self.case.part(given), plain: given}
        return found if form == HOLE else found | {self.word: text}


@dataclass(frozen=True, slots=True)
class World:
    """Slots that can all be filled in one request."""

    slots: tuple[Slot, ...]

    def request(self, values: Mapping[str, str]) -> dict[str, Any]:
        """Return a request with these values, and a harmless one in every slot whose place has none."""
        request: dict[str, Any] = dict(_SETTINGS)
        for slot in self.slots:
            value = values.get(slot.name, slot.plain)
            request = slot.place.put(request, value)
        return request


def dress(form: str, text: str) -> str:
    """Put a text into a dress."""
    # By position: in "@@@" the hole comes first, and then an "@" of the dress.
    before, _, after = form.partition(HOLE)
    return before + text + after


def slots() -> Iterator[Slot]:
    """The slots of all places that take free text."""
    for number, place in enumerate(fields.places()):
        if not place.closed:
            yield Slot(place, CASES[place.name], f"plain{number:03d}")


def worlds() -> list[World]:
    """All slots, in as few requests as those that cannot stand together allow."""
    every = list(slots())
    rivals = [slot for slot in every if any(_exclude(slot, other) for other in every)]
    groups: list[list[Slot]] = []
    for slot in rivals:
        group = next((g for g in groups if not any(_exclude(slot, other) for other in g)), None)
        if group is None:
            groups.append([slot])
        else:
            group.append(slot)
    free = [slot for slot in every if slot not in rivals]
    return [World((*free, *group)) for group in groups or [[]]]


def _exclude(slot: Slot, other: Slot) -> bool:
    """Whether two slots are said to be rivals, or one list would have to hold texts and something else."""
    if slot.name in other.case.rivals or other.name in slot.case.rivals:
        return True
    shorter, longer = sorted((slot.place.steps, other.place.steps), key=len)
    return len(shorter) < len(longer) and longer[: len(shorter)] == shorter
