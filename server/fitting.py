"""Making a record as small as the variable that keeps it. Pure.

What was asked for and what became of it stay; what explains it is shortened, first what there is most of: the ends
of logs, then the failed tests of a report, in the end long sentences.
"""

from __future__ import annotations

from server.record import ALL_PHASES, Record

# Nomad takes 64 KiB for the names and values of a variable's items together.
SIZE_LIMIT = 63 * 1024
# Characters of a log that are worth more than the last tests of a long list of failed ones.
_TAIL = 4096
_SENTENCE = 200


def encode(record: Record) -> str:
    """Return a record as it is kept."""
    return record.model_dump_json(exclude_none=True, exclude_defaults=False)


def fit(record: Record) -> Record:
    """Return a record that can be kept, as much of it as fits."""
    while len(encode(record).encode()) > SIZE_LIMIT:
        shorter = (
            _shorten_log(record, _TAIL)
            or _shorten_report(record)
            or _shorten_log(record, 0)
            or _shorten_sentences(record)
        )
        if shorter is None:
            break
        record = shorter
    return record


def _shorten_log(record: Record, least: int) -> Record | None:
    longest = max(ALL_PHASES, key=lambda phase: len(record.of(phase).log_tail or ""))
    tail = record.of(longest).log_tail or ""
    if len(tail) <= least:
        return None
    return record.with_phase(longest, log_tail=tail[len(tail) // 4 + 1 :])


def _shorten_report(record: Record) -> Record | None:
    report = record.report
    if report is None or not (report.failures or report.problems):
        return None
    changes = {
        "failures": report.failures[: len(report.failures) // 2],
        "problems": report.problems[: len(report.problems) // 2],
    }
    return record.model_copy(update={"report": report.model_copy(update=changes)})


def _shorten_sentences(record: Record) -> Record | None:
    """Cut what Nomad or a script has said, which may name all of a request's secrets or services."""
    shorter = record
    for phase in ALL_PHASES:
        known = record.of(phase)
        changes = {"waiting": _cut(known.waiting), "last_error": _cut(known.last_error)}
        shorter = shorter.with_phase(phase, **changes)
    if record.failure is not None:
        cut = record.failure.model_copy(update={"message": _cut(record.failure.message)})
        shorter = shorter.model_copy(update={"failure": cut})
    return shorter if shorter != record else None


def _cut(sentence: str) -> str:
    return sentence if len(sentence) <= _SENTENCE else f"{sentence[: len(sentence) // 2]}…"
