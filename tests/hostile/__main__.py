"""``python -m tests.hostile``: try all payloads in all places, and write the table into the pages that have one."""

from __future__ import annotations

import sys

from tests.hostile import judge, payloads, table

tallies = judge.judge(payloads.TEXTS)
print(made := table.render(tallies))
for page in table.pages():
    table.write(page, made)
for name, tally in tallies.items():
    for fault in dict.fromkeys(tally.faults):
        print(f"{name}: {fault}", file=sys.stderr)
sys.exit(any(tally.faults for tally in tallies.values()))
