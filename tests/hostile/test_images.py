"""Every name of an image that a request takes is one for the pack, too: else a build would end when its tests begin."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.request import patterns
from tests import samples
from tests.hostile import judge

LIMIT = 255  # characters

_IMAGES = st.from_regex(patterns.IMAGE, fullmatch=True).filter(lambda image: len(image) <= LIMIT)


@settings(max_examples=20, deadline=None)  # the first render reads and compiles the templates
@given(_IMAGES)
@example("a" * LIMIT)
@example("[2001:db8::1]:65535/team/db:17")
@example("registry.example.com/db:17@sha256:" + "0" * 64)
def test_an_image_that_a_request_takes_can_be_a_service_s(image: str) -> None:
    request = samples.FIELDS | {
        "testCommands": ["true"],
        "services": [{"name": "db", "image": image}],
    }
    (group,) = judge.render(request)["test"]["TaskGroups"]
    assert [task["Config"]["image"] for task in group["Tasks"] if task["Name"] == "service-db"] == [
        image
    ]
