"""An example of each tool's arguments and of its answer, for people who read the API's page."""

from __future__ import annotations

from typing import Any

JOB_ID = "01kb9x3m4v0000000000000000"

_SUBMITTED = "2026-11-23T12:00:00Z"
_ENDED = "2026-11-23T12:02:30Z"
_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_IMAGE = "registry.cluster:5000/bdtemp/bd:test"

LOG = f"""\
[{JOB_ID} test/test-1 lines 1-1 of 1; status SUCCEEDED; cursor ARMBXX2oggEDoHDs]
test
"""

EVENTS = """\
id: ARMBXX2oggAAJOSdbQ
event: line
data: {"phase": "test", "task": "test-1", "text": "test"}

id: AQsBAH5vmg
event: end
data: {"status": "SUCCEEDED"}
"""

ARGUMENTS: dict[str, dict[str, Any]] = {
    "submitJob": {
        "owner": "claude-test",
        "repoURL": "https://github.com/geraldthewes/bd",
        "gitRef": "main",
        "imageTags": ["test"],
        "registryURL": "registry.cluster:5000/bdtemp",
        "testCommands": ["echo test"],
    },
    "waitJob": {"jobID": JOB_ID, "seconds": 30},
    "getStatus": {"jobID": JOB_ID},
    "getLogs": {"jobID": JOB_ID, "phase": "test", "lines": 20},
    "killJob": {"jobID": JOB_ID, "by": "claude-test", "why": "the wrong branch"},
    "cleanup": {"jobID": JOB_ID, "dryRun": True},
    "getHistory": {"owner": "claude-test", "status": "FAILED", "limit": 5},
}

ANSWERS: dict[str, dict[str, Any]] = {
    "submitJob": {
        "jobID": JOB_ID,
        "status": "PENDING",
        "variant": "cpu-cache",
        "images": [_IMAGE],
        "nextStep": "Call waitJob with this jobID until finished is true",
    },
    "waitJob": {
        "jobID": JOB_ID,
        "status": "TESTING",
        "finished": False,
        "elapsedSeconds": 74,
        "step": "test-1 runs",
        "nextStep": "Call waitJob again",
    },
    "getStatus": {
        "jobID": JOB_ID,
        "status": "SUCCEEDED",
        "owner": "claude-test",
        "variant": "cpu-cache",
        "createdAt": _SUBMITTED,
        "endedAt": _ENDED,
        "images": [_IMAGE],
        "digest": _DIGEST,
        "commit": "c0ffee0000000000000000000000000000000000",
        "phases": {},
        "nextStep": "The images can be pulled",
    },
    "getLogs": {
        "jobID": JOB_ID,
        "status": "SUCCEEDED",
        "logs": {"test": ["--- task test-1 ---", "test"]},
        "tasks": [
            {
                "phase": "test",
                "task": "test-1",
                "lines": 1,
                "firstLine": 1,
                "totalLines": 1,
                "totalBytes": 5,
            }
        ],
        "cursor": "ARMBXX2oggEDoHDs",
        "more": False,
        "notes": [],
    },
    "killJob": {
        "jobID": JOB_ID,
        "success": True,
        "status": "BUILDING",
        "message": "it is being stopped; waitJob returns when it has ended",
    },
    "cleanup": {
        "success": True,
        "dryRun": True,
        "cleanedJobs": [],
        "removed": [{"kind": "job", "name": f"build-{JOB_ID}", "why": "the build has ended"}],
        "message": "1 thing would be removed",
    },
    "getHistory": {
        "builds": [
            {
                "jobID": JOB_ID,
                "status": "FAILED",
                "owner": "claude-test",
                "repoURL": "https://github.com/geraldthewes/bd",
                "gitRef": "main",
                "createdAt": _SUBMITTED,
                "seconds": 150,
                "reason": "test_failed",
            }
        ],
        "nextStep": "getStatus with a jobID says more of a build",
    },
}
