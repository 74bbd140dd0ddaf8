"""Whose turn it is: for any builds, limits and wishes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import admission, config
from server.admission import Entry, Limits, Verdict
from tests import samples

WIDE = Limits(builds=100, builds_per_owner=100)


def entry(index: int, owner: str = "o", repository: str = "", *others: str) -> Entry:
    return Entry(
        build_id=f"b{index}",
        owner=owner,
        repositories=(repository, *others) if repository else (),
        create_index=index,
        modify_index=index,
        created_at=samples.NOW,
    )


def want(**images: str) -> dict[str, frozenset[str]]:
    """Say which images builds want to publish, as words: ``b1="a:1 a:2"``."""
    return {build_id: frozenset(names.split()) for build_id, names in images.items()}


def test_builds_that_have_nothing_in_common_run_side_by_side() -> None:
    entries = [entry(1, repository="a"), entry(2, repository="b"), entry(3)]
    verdicts = admission.decide(entries, WIDE, lambda build_id: None)
    assert set(verdicts.values()) == {admission.ADMITTED}


def test_what_is_wanted_is_only_asked_where_two_publish_to_one_repository() -> None:
    asked: list[str] = []

    def claims(build_id: str) -> frozenset[str]:
        asked.append(build_id)
        return frozenset()

    admission.decide([entry(1, repository="a"), entry(2, repository="b")], WIDE, claims)
    assert asked == []
    admission.decide([entry(1, repository="a"), entry(2, repository="a")], WIDE, claims)
    assert set(asked) == {"b1", "b2"}


def test_a_build_waits_for_all_older_ones_that_want_one_of_its_images() -> None:
    entries = [entry(index, repository="a") for index in (1, 2, 3, 4)]
    wanted = want(b1="a:1", b2="a:2", b3="a:1 a:2", b4="a:3")
    verdicts = admission.decide(entries, WIDE, wanted.get)
    assert verdicts["b3"] == Verdict(position=1, obstacle="same_image", blockers=("b1", "b2"))
    assert [verdicts[each].admitted for each in ("b1", "b2", "b4")] == [True] * 3


def test_one_that_waits_blocks_the_newer_ones_too_so_that_none_overtakes() -> None:
    entries = [entry(index, repository="a") for index in (1, 2, 3)]
    verdicts = admission.decide(entries, WIDE, want(b1="a:1", b2="a:1 a:2", b3="a:2").get)
    assert (verdicts["b2"].position, verdicts["b3"].position) == (1, 2)
    assert verdicts["b3"].blockers == ("b2",)


@pytest.mark.parametrize("unknown", ["b1", "b2"])
def test_a_build_of_which_nobody_knows_what_it_wants_may_want_the_same(unknown: str) -> None:
    wanted = want(b1="a:1", b2="a:2")
    del wanted[unknown]
    entries = [entry(1, repository="a"), entry(2, repository="a")]
    verdicts = admission.decide(entries, WIDE, wanted.get)
    assert verdicts["b2"].blockers == ("b1",)


def test_the_limit_of_one_owner_holds_up_nobody_else() -> None:
    entries = [entry(1, "me"), entry(2, "me"), entry(3, "you"), entry(4, "me")]
    limits = Limits(builds=9, builds_per_owner=1)
    verdicts = admission.decide(entries, limits, lambda build_id: None)
    assert [verdicts[f"b{index}"].position for index in (1, 2, 3, 4)] == [0, 1, 0, 2]
    assert verdicts["b2"].obstacle == "owner_limit"
    assert admission.queued_before("b4", entries, verdicts) == (1, 1)


def test_the_limit_of_all_is_told_before_that_of_the_owner() -> None:
    limits = Limits(builds=1, builds_per_owner=1)
    verdicts = admission.decide([entry(1), entry(2)], limits, lambda build_id: None)
    assert verdicts["b2"].obstacle == "limit"


def test_those_that_wait_before_a_build_are_counted_in_all_and_of_its_owner() -> None:
    entries = [entry(1, "me"), entry(2, "you"), entry(3, "me"), entry(4, "me"), entry(5, "me")]
    limits = Limits(builds=1, builds_per_owner=1)
    verdicts = admission.decide(entries, limits, lambda build_id: None)
    assert admission.queued_before("b4", entries, verdicts) == (2, 1)


def test_a_build_of_an_older_version_without_keys_has_no_owner_to_share_a_limit_with() -> None:
    limits = Limits(builds=9, builds_per_owner=1)
    entries = [entry(1, ""), entry(2, "")]
    verdicts = admission.decide(entries, limits, lambda build_id: None)
    assert set(verdicts.values()) == {admission.ADMITTED}


def test_the_limits_are_those_that_an_operator_has_set() -> None:
    settings = config.read_config(
        {"NOMAD_BUILD_MAX_BUILDS": "7", "NOMAD_BUILD_MAX_BUILDS_PER_OWNER": "3"}
    )
    assert Limits.of(settings) == Limits(builds=7, builds_per_owner=3)


@dataclass(frozen=True)
class Crowd:
    """Live builds, and what they want to publish."""

    entries: tuple[Entry, ...]
    wanted: dict[str, frozenset[str]]

    def decide(self, limits: Limits) -> dict[str, Verdict]:
        return admission.decide(self.entries, limits, self.wanted.get)


@st.composite
def crowds(draw: st.DrawFn) -> Crowd:
    rows: list[tuple[str, list[str], set[str]]] = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["me", "you", ""]),
                st.sets(st.sampled_from(["a", "b", "c"]), max_size=2).map(sorted),
                st.sets(st.sampled_from(["1", "2", "3"]), min_size=1),
            ),
            max_size=12,
        )
    )
    entries = [
        entry(index, owner, *repositories) for index, (owner, repositories, _) in enumerate(rows, 1)
    ]
    wanted = {
        f"b{index}": frozenset(f"{repository}:{tag}" for repository in repositories for tag in tags)
        for index, (_, repositories, tags) in enumerate(rows, 1)
        # Builds of version 1 have no keys, and of a new one the record may not be there yet.
        if draw(st.integers(0, 5)) and repositories
    }
    return Crowd(tuple(draw(st.permutations(entries))), wanted)


LIMITS = st.builds(Limits, builds=st.integers(1, 6), builds_per_owner=st.integers(1, 4))


@given(crowds(), LIMITS)
def test_never_more_run_than_may(crowd: Crowd, limits: Limits) -> None:
    verdicts = crowd.decide(limits)
    running = [each for each in crowd.entries if verdicts[each.build_id].admitted]
    assert len(running) <= limits.builds
    owners = Counter(each.owner for each in running if each.owner)
    assert all(count <= limits.builds_per_owner for count in owners.values())


@given(crowds(), LIMITS)
def test_two_builds_of_one_image_never_run_together(crowd: Crowd, limits: Limits) -> None:
    verdicts = crowd.decide(limits)
    running = [each for each in crowd.entries if verdicts[each.build_id].admitted]
    taken = [
        name
        for each in running
        if each.repositories
        for name in crowd.wanted.get(each.build_id, ())
    ]
    assert len(taken) == len(set(taken))
    unknown = [each for each in running if each.repositories and each.build_id not in crowd.wanted]
    for each in unknown:
        assert [other for other in running if set(other.repositories) & set(each.repositories)] == [
            each
        ]


@given(crowds(), LIMITS)
def test_of_one_image_the_older_always_comes_first(crowd: Crowd, limits: Limits) -> None:
    verdicts = crowd.decide(limits)
    for older in crowd.entries:
        for newer in crowd.entries:
            if older.create_index >= newer.create_index or not (
                set(older.repositories) & set(newer.repositories)
            ):
                continue
            shared = crowd.wanted.get(older.build_id, frozenset()) & crowd.wanted.get(
                newer.build_id, frozenset()
            )
            if shared:
                assert older.build_id in verdicts[newer.build_id].blockers


@given(crowds(), LIMITS, st.data())
def test_whoever_is_admitted_stays_so_when_newer_ones_come_or_others_leave(
    crowd: Crowd, limits: Limits, data: st.DataObject
) -> None:
    by_age = sorted(crowd.entries, key=lambda each: each.create_index)
    seen = by_age[: data.draw(st.integers(0, len(by_age)))]
    before = Crowd(tuple(seen), crowd.wanted).decide(limits)
    gone = data.draw(st.sets(st.sampled_from([each.build_id for each in seen]))) if seen else set()
    rest = tuple(each for each in by_age if each.build_id not in gone)
    after = Crowd(rest, crowd.wanted).decide(limits)
    for each in seen:
        if before[each.build_id].admitted and each.build_id not in gone:
            assert after[each.build_id].admitted


@given(crowds(), LIMITS)
def test_all_replicas_decide_the_same_in_whatever_order_they_see_the_builds(
    crowd: Crowd, limits: Limits
) -> None:
    backwards = Crowd(tuple(reversed(crowd.entries)), crowd.wanted)
    assert crowd.decide(limits) == backwards.decide(limits)
    positions = sorted(each.position for each in crowd.decide(limits).values() if each.position)
    assert positions == list(range(1, len(positions) + 1))


@given(crowds(), LIMITS)
def test_the_oldest_always_runs_so_that_the_queue_moves(crowd: Crowd, limits: Limits) -> None:
    if crowd.entries:
        oldest = min(crowd.entries, key=lambda each: each.create_index)
        assert crowd.decide(limits)[oldest.build_id].admitted
