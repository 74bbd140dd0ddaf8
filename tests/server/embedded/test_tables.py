"""Records found by their job, and waiters woken by name."""

from __future__ import annotations

import asyncio

from server.embedded import notices, tables


def test_records_are_found_by_their_job_in_order_of_insertion() -> None:
    table = tables.JobTable[tuple[str, int]](lambda record: record[0])
    table["1"], table["2"], table["3"] = ("a", 1), ("b", 2), ("a", 3)
    table["1"] = ("a", 10)
    assert table.of("a") == [("a", 10), ("a", 3)]
    assert table.of("absent") == []
    assert (list(table.jobs()), len(table)) == (["a", "b"], 3)


def test_a_job_without_records_is_forgotten() -> None:
    table = tables.JobTable[str](lambda record: record)
    table["1"] = "a"
    del table["1"]
    assert (list(table.jobs()), table.of("a"), table.get("1")) == ([], [], None)


def test_only_who_waits_for_a_name_is_woken() -> None:
    async def wait() -> tuple[bool, bool, bool]:
        board = notices.Board()
        with (
            board.ticket([("jobs", "a")]) as one,
            board.ticket([("jobs", ""), ("nodes", "")]) as any_job,
            board.ticket([("jobs", "b")]) as other,
        ):
            board.give([("jobs", ""), ("jobs", "a")])
            return one.is_set(), any_job.is_set(), other.is_set()

    assert asyncio.run(wait()) == (True, True, False)


def test_a_closed_board_holds_nobody() -> None:
    async def wait() -> tuple[bool, bool]:
        board = notices.Board()
        with board.ticket([("jobs", "a")]) as before:
            board.close()
            with board.ticket([("jobs", "a")]) as after:
                return before.is_set(), after.is_set()

    assert asyncio.run(wait()) == (True, True)
