"""The table of tools: names, and what an agent reads of each."""

from __future__ import annotations

from server import answers, glances, request
from server.tools import logpages, work
from server.tools.tool import Tool

INSTRUCTIONS = (
    "Builds a container image from a Git repository with its Dockerfile, runs test commands in it, and publishes it "
    "only if they pass; no container engine of your own is needed. What is built is what the repository's server has: "
    "commit and push first. submitJob answers at once with a jobID; then call waitJob with it until finished is true. "
    "A failed build's answer says phase, reason, the Dockerfile's line, a hint and the end of the log: mend, push, and "
    "submit again. getLogs is for when that is not enough. Give submitJob a requestID, and a lost answer starts no "
    "second build."
)

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        Tool(
            name="submitJob",
            title="Build, test and publish an image",
            description="START HERE. Build a Git repository's image, test it and publish it if all tests pass. "
            "Returns a jobID at once; next call waitJob with it. To repeat a call whose answer was lost, give the "
            "same requestID: it returns the same build.",
            arguments=request.BuildRequest,
            answer=answers.Submitted,
            call=work.submit,
            scope="write",
            open_world=True,
        ),
        Tool(
            name="waitJob",
            title="Wait for a build",
            description="Wait until the build has ended or gone into its next phase, 45 seconds at most. Call again "
            "until finished is true: that answer has the images, or why it failed and where. Do not sleep or "
            "poll getStatus instead. Waiting stops nothing and cancels nothing.",
            arguments=glances.WaitArguments,
            answer=glances.WaitAnswer,
            call=work.wait,
            scope="read",
            idempotent=True,
        ),
        Tool(
            name="getStatus",
            title="Status of a build",
            description="All that is known of a build, at once. For one that has FAILED this is all that is needed to "
            "know why: phase, reason, line of the Dockerfile, exit code, hint, end of the log.",
            arguments=answers.JobReference,
            answer=answers.BuildAnswer,
            call=work.get_status,
            scope="read",
            idempotent=True,
        ),
        Tool(
            name="getLogs",
            title="Logs of a build",
            description="The last lines of each task's log, also while it runs. Narrow it down by phase, task (test-2, "
            "service-db) or lines, or search with context; a cursor goes on where an answer ended. At most 50,000 "
            "characters.",
            arguments=answers.LogsArguments,
            answer=answers.LogsAnswer,
            call=work.get_logs,
            text=logpages.write,
            scope="read",
            idempotent=True,
        ),
        Tool(
            name="killJob",
            title="Stop a build",
            description="Stop a running build for good: FAILED, reason killed. Nothing is published unless that "
            "had begun.",
            arguments=answers.KillArguments,
            answer=answers.KillAnswer,
            call=work.kill,
            scope="write",
            destructive=True,
            idempotent=True,
        ),
        Tool(
            name="cleanup",
            title="Clean up after ended builds",
            description="Rarely needed: leftovers go by themselves. Remove Nomad jobs and staged image of an ended "
            "build (jobID), or all that no living build needs (all). dryRun only lists. Published images stay.",
            arguments=answers.CleanupArguments,
            answer=answers.CleanupAnswer,
            call=work.clean_up,
            scope="write",
            destructive=True,
            idempotent=True,
        ),
        Tool(
            name="getHistory",
            title="List builds",
            description="Builds, the newest first: to find a jobID again, or to see what runs or has failed.",
            arguments=glances.HistoryArguments,
            answer=glances.HistoryAnswer,
            call=work.get_history,
            scope="read",
            idempotent=True,
        ),
    )
}
