from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import confinement
from tests import samples

OWN = ("nomad:teams/{owner}/*", "vault:secret/data/{owner}/*", "vault:secret/data/shared")


@pytest.mark.parametrize(
    "reference",
    [
        "nomad:teams/alice/registry",
        "nomad:teams/alice/a/b#password",
        "vault:secret/data/alice/git",
        "secret/data/alice/git",
        "vault:secret/data/shared#token",
    ],
)
def test_an_owner_reaches_what_the_patterns_give(reference: str) -> None:
    confinement.check_reference(reference, "alice", OWN)


@pytest.mark.parametrize(
    "reference",
    [
        "nomad:teams/bob/registry",
        "nomad:teams/alice",
        "nomad:teams/alicex/registry",
        "nomad:secret/data/alice/git",
        "vault:teams/alice/registry",
        "vault:secret/data/sharedx",
        "nomad:xteams/alice/registry",
    ],
)
def test_an_owner_reaches_nothing_else(reference: str) -> None:
    with pytest.raises(ValueError, match=r"owner alice may not use .* nomad:teams/alice/\*"):
        confinement.check_reference(reference, "alice", OWN)


@pytest.mark.parametrize(
    "reference",
    [
        "nomad:teams/alice/../bob/registry",
        "nomad:teams/alice/./x",
        "nomad:teams/alice//x",
        "nomad:teams/alice/",
        "nomad:/teams/alice/x",
        "nomad:teams/alice/x@other",
        "nomad:teams/alice/%2e%2e/bob",
        "nomad:teams/alice/x#a#b",
        "nomad:teams/alice/x\n",
        "consul:teams/alice/x",
        "",
    ],
)
@pytest.mark.parametrize("patterns", [OWN, ("*",)])
def test_a_path_that_could_lead_elsewhere_is_refused(
    reference: str, patterns: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="must be nomad:PATH"):
        confinement.check_reference(reference, "alice", patterns)


@pytest.mark.parametrize("patterns", [("*",), ("nomad:*",), ("nomad:nomad-build/*",)])
@pytest.mark.parametrize("path", ["nomad-build", "nomad-build/builds/x", "nomad-build/webhooks/x"])
def test_what_the_service_keeps_for_itself_is_nobodys(path: str, patterns: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="keeps for itself"):
        confinement.check_reference(f"nomad:{path}", "alice", patterns)


def test_by_default_every_other_secret_may_be_named() -> None:
    for reference in ("nomad:nomad-builds/x", "vault:nomad-build/x", "x"):
        confinement.check_reference(reference, "alice", ("*",))


def test_without_patterns_no_secret_may_be_named() -> None:
    with pytest.raises(ValueError, match="allows no path"):
        confinement.check_reference("nomad:x", "alice", ())


@pytest.mark.parametrize("owner", ["a.b", "a@example.com", "A-1_x"])
def test_an_owner_is_taken_by_its_letters(owner: str) -> None:
    confinement.check_reference(f"nomad:teams/{owner.replace('@', '_')}/x", owner, ("*",))
    for other in ("axb", "aXb", "teams"):
        with pytest.raises(ValueError, match="may not use"):
            confinement.check_reference(f"nomad:teams/{other}/x", owner, OWN)


@pytest.mark.parametrize(
    "pattern", ["*", "nomad:*", "vault:secret/data/*", "nomad:{owner}/*", "nomad:a/{owner}"]
)
def test_a_usable_pattern_is_kept(pattern: str) -> None:
    assert confinement.check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "secret/*",
        "nomad:",
        "consul:x",
        "nomad:a b",
        "nomad:{team}/*",
        "nomad:team-{owner}/*",
        "nomad:{owner}*",
        "nomad:{owner}-x/*",
        "{owner}",
        "nomad:a{owner}",
    ],
)
def test_a_pattern_that_gives_more_than_it_says_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is not a pattern|must stand"):
        confinement.check_pattern(pattern)


PART = st.text("ab", min_size=1, max_size=4)


@given(st.lists(st.one_of(PART, st.just("*")), max_size=6), PART)
def test_patterns_match_as_globs_do(pieces: list[str], path: str) -> None:
    pattern = "".join(pieces)
    parts = pattern.split("*")
    found, position = path.startswith(parts[0]), len(parts[0])
    # Each way to put the pieces in order: the plain definition, without any cleverness.
    ends = {position} if found else set()
    for part in parts[1:]:
        ends = {
            start + len(part)
            for end in ends
            for start in range(end, len(path) + 1)
            if path.startswith(part, start)
        }
    expected = len(path) in ends if len(parts) == 1 or parts[-1] else bool(ends)
    try:
        confinement.check_reference(f"nomad:{path}", "x", (f"nomad:{pattern}",))
    except ValueError:
        assert not expected
    else:
        assert expected


def test_a_pattern_of_many_stars_takes_no_longer_than_its_length() -> None:
    start = time.process_time()
    with pytest.raises(ValueError, match="may not use"):
        confinement.check_reference(f"nomad:{'a' * 255}", "x", (f"nomad:{'*a' * 100}b",))
    assert time.process_time() - start < 1


# Staged images


@pytest.mark.parametrize(
    "name",
    [
        samples.make_record().staging_repository,
        f"app-staging-{samples.BUILD_ID}",
        f"registry:5000/app-staging-{samples.BUILD_ID}:staged",
        f"registry:5000/app-staging-{samples.BUILD_ID}@{samples.DIGEST}",
        f"app-staging-{samples.BUILD_ID}/below",
        f"app-STAGING-{samples.BUILD_ID.upper()}",
    ],
)
def test_no_image_lands_where_another_is_staged(name: str) -> None:
    with pytest.raises(ValueError, match="choose another name"):
        confinement.check_repository(name)


@pytest.mark.parametrize(
    "name",
    [
        "app",
        "app-staging",
        "app-staging-1",
        f"app-staging-{samples.BUILD_ID}x",
        f"staging-{samples.BUILD_ID}",
        "app-staging-2026-11-30-and-some-more",
    ],
)
def test_a_name_that_only_resembles_it_is_accepted(name: str) -> None:
    confinement.check_repository(name)
