"""The coverage-guided run of one target, by atheris, in a process of its own.

``python -m tests.fuzz.engine TARGET FINDINGS CORPUS [libFuzzer's options]``; __main__ starts it.
What a target raises is kept as a file of FINDINGS, one for each place it comes from, and so are
inputs that seem slow: that is judged later, as the tracing of coverage takes its time too.
"""

from __future__ import annotations

import hashlib
import sys
import time
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["generator"]):
    from generator import errors
    from tests.fuzz import targets

SLOW = 1.0


def main() -> None:
    name, folder, *options = sys.argv[1:]
    run = targets.TARGETS[name]
    findings = Path(folder)
    known: set[str] = set()

    def keep(key: str, data: bytes) -> None:
        if key not in known:
            known.add(key)
            digest = hashlib.sha256(data).hexdigest()[:12]
            (findings / f"{key}-{digest}").write_bytes(data)

    def try_one(data: bytes) -> None:
        start = time.process_time()
        try:
            run(data)
        except errors.GeneratorError:
            pass
        except Exception as error:  # whatever it is, it should not be
            place = traceback.extract_tb(error.__traceback__)[-1]
            keep(f"{type(error).__name__}-{Path(place.filename).stem}-{place.lineno}", data)
        if (taken := time.process_time() - start) > SLOW:
            keep(f"slow-{int(taken)}s", data)

    atheris.Setup([sys.argv[0], *options], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
