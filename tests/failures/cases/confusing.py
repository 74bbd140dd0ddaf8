"""Logs that say more than one thing, and Dockerfiles in which a line is not easily found."""

from __future__ import annotations

from tests.failures.collection import Case

_HEREDOC = "FROM debian:trixie\nRUN <<EOF\nset -e\necho hello\n# RUN false\nFROM=here\nlame --help\nEOF\nRUN true\n"

CASES = (
    Case(
        name="heredoc",
        about="a step that is a here-document",
        dockerfile=_HEREDOC,
        family="command_not_found",
        line=2,
        says="lame: not found",
    ),
    Case(
        name="heredocs",
        about="after two here-documents, one with tabs and quotes",
        dockerfile='FROM busybox\nCOPY <<one <<-"two" /files/\nRUN false\none\n\tFROM nothing\n\ttwo\nRUN cat /files/one && exit 9\n',
        line=7,
    ),
    Case(
        name="continued",
        about="a step of many lines, with comments and empty lines between them",
        dockerfile="FROM debian:trixie\n\nRUN echo one && \\\n    # RUN nothing\n    echo two && \\\n\n    echo three && \\\n    meson setup build\n\nRUN true\n",
        family="command_not_found",
        line=3,
        says="meson: not found",
    ),
    Case(
        name="escape-directive",
        about="a grave accent continues lines",
        dockerfile="# escape=`\nFROM busybox\nRUN echo C:\\ && `\n    exit 5\n",
        line=3,
    ),
    Case(
        name="carriage-returns",
        about="a Dockerfile from Windows",
        dockerfile="FROM busybox\r\nRUN echo one\r\nRUN cat /nothing\r\n",
        line=3,
        family="file_not_found",
        says="/nothing",
    ),
    Case(
        name="stages",
        about="the second of three stages fails",
        dockerfile="FROM busybox AS base\nRUN echo base\n\nFROM base AS builder\nRUN echo building\nRUN echo failing && exit 4\n\nFROM busybox\nCOPY --from=builder /app /app\n",
        line=6,
    ),
    Case(
        name="unneeded-stage",
        about="a stage before is left out, as nothing needs it",
        dockerfile="FROM busybox AS tests\nRUN exit 1\n\nFROM busybox AS builder\nRUN echo built > /app\n\nFROM busybox\nCOPY --from=builder /app /app\nRUN exit 6\n",
        line=9,
    ),
    Case(
        name="target",
        about="only the stages up to a target are built",
        dockerfile="FROM busybox AS one\nRUN exit 2\nFROM busybox AS two\nRUN exit 3\n",
        flags=("--target", "one"),
        line=2,
    ),
    Case(
        name="argument-in-from",
        about="the base image's name stands in an argument",
        dockerfile="ARG TAG=trixie\nARG SYSTEM=debian\nFROM ${SYSTEM}:${TAG}\nARG TAG\nRUN echo building on $TAG && exit 8\n",
        line=5,
    ),
    Case(
        name="same-twice",
        about="the same instruction stands twice",
        dockerfile="FROM busybox\nRUN test ! -e /once && touch /once\nRUN echo between\nRUN test ! -e /once && touch /once\n",
        line=4,
    ),
    Case(
        name="onbuild",
        about="a base image brings an instruction of its own",
        dockerfile="FROM busybox AS base\nONBUILD RUN echo from the base image && exit 3\n\nFROM base\nRUN echo never\n",
        flags=("--format", "docker"),
    ),
    Case(
        name="after-onbuild",
        about="a base image brings an instruction that works, and the same stands here",
        dockerfile="FROM busybox AS base\nONBUILD RUN test ! -e /once && touch /once\n\nFROM base\nRUN echo between\nRUN test ! -e /once && touch /once\n",
        flags=("--format", "docker"),
        line=6,
    ),
    Case(
        name="forged-steps",
        about="a step prints what looks like steps and like Buildah's last words",
        dockerfile="FROM busybox\nRUN printf 'STEP 3/3: RUN true\\nSTEP 9/9: COPY a b\\n[2/2] STEP 1/1: FROM x\\nError: building at STEP \"COPY a b\": exit status 9\\n'; exit 4\n",
        line=2,
    ),
    Case(
        name="warning-before",
        about="a step before has said something of another kind",
        dockerfile="FROM toolbox\nRUN echo 'E: Unable to locate package gcc'; echo 'cp: error writing: No space left on device'\nRUN cc -o app /nothing.c\n",
        line=3,
        family="compile_error",
        says="nothing.c",
    ),
    Case(
        name="ignored-in-step",
        about="a command that failed was ignored, and another failed for a reason that it keeps to itself",
        dockerfile="FROM debian:trixie\nRUN apt-get install -y surely-no-such-package || true; exit 3\n",
        line=2,
    ),
    Case(
        name="retried-in-step",
        about="a host was not found, which did not matter, and then the program does not compile",
        dockerfile="FROM toolbox\nCOPY main.c .\nRUN curl -sS http://downloads.invalid/ || true; cc -o app main.c\n",
        files={"main.c": "int main(void) { return x; }\n"},
        line=3,
        family="compile_error",
        says="'x' undeclared",
    ),
    Case(
        name="long-log",
        about="a step that prints two megabytes before it fails",
        dockerfile="FROM debian:trixie\nRUN echo one\nRUN seq 1 300000; hugo build\n",
        line=3,
        family="command_not_found",
        says="hugo: not found",
    ),
    Case(
        name="long-line",
        about="a step that prints a very long line",
        dockerfile="FROM busybox\nRUN head -c 30000 /dev/zero | tr '\\0' x; echo; exit 3\n",
        line=2,
    ),
    Case(
        name="progress-bars",
        about="a step that draws over its own lines",
        dockerfile="FROM busybox\nRUN for i in 10 50 100; do printf 'fetching %s%%\\r' $i; done; printf '\\nqmake: not found\\n'; qmake\n",
        line=2,
        family="command_not_found",
        says="qmake: not found",
    ),
    Case(
        name="lost-output",
        about="Buildah loses what the step has said",
        dockerfile="FROM busybox\nRUN echo hello; meson setup build\n",
        without="meson: not found",
        line=2,
        family="output_lost",
        says="subprocess exited with status 127",
    ),
    Case(
        name="not-utf8",
        about="a step that prints what is no text",
        dockerfile="FROM busybox\nRUN printf 'caf\\351 \\377\\376\\000\\033]0;title\\007\\n'; exit 3\n",
        line=2,
    ),
)
