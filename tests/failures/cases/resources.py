"""Builds that run out of memory, room, processes or time."""

from __future__ import annotations

from tests.failures.collection import Case

_SMALL = ("--tmpfs", "/small:size=64m,uid=1000,mode=0755,exec")
_BOMB = "template <int N> struct S { int a[N]; S<N - 1> b; };\ntemplate <> struct S<0> {};\nS<800> s;\n#define T(n) S<n> f##n;\nint main() {}\n"

CASES = (
    Case(
        name="memory-killed",
        about="a program takes more memory than there is",
        dockerfile='FROM toolbox\nRUN python3 -c "x = bytearray(10**9); print(len(x))"\n',
        options=("--memory", "300m", "--memory-swap", "300m"),
        family="out_of_memory",
        line=2,
        reason="out_of_memory",
    ),
    Case(
        name="memory-in-make",
        about="what make runs is killed",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY . .\nRUN make\n",
        files={"Makefile": "all:\n\tpython3 -c 'x = bytearray(10**9)'\n"},
        options=("--memory", "300m", "--memory-swap", "300m"),
        family="out_of_memory",
        line=4,
        reason="out_of_memory",
    ),
    Case(
        name="node-heap",
        about="Node.js has a limit of its own",
        dockerfile="FROM toolbox\nRUN node --max-old-space-size=20 -e 'const a = []; for (;;) a.push(new Array(1000).fill(a.length))'\n",
        family="out_of_memory",
        line=2,
        says="heap out of memory",
    ),
    Case(
        name="python-memory",
        about="Python is refused the memory",
        dockerfile="FROM toolbox\nRUN ulimit -v 500000; python3 -c 'x = bytearray(10**10)'\n",
        family="out_of_memory",
        line=2,
        says="MemoryError",
    ),
    Case(
        name="java-heap",
        about="Java has a limit of its own",
        dockerfile="FROM java\nCOPY App.java .\nRUN java -Xmx16m App.java\n",
        files={
            "App.java": "class App { public static void main(String[] a) { long[] x = new long[100000000]; } }\n"
        },
        family="out_of_memory",
        line=3,
        says="java.lang.OutOfMemoryError",
    ),
    Case(
        name="disk-full",
        about="a step writes more than there is room for",
        dockerfile="FROM busybox\nRUN true\nRUN dd if=/dev/zero of=/data bs=1M count=200\n",
        options=_SMALL,
        store="/small",
        family="no_space",
        line=3,
        says="No space left on device",
    ),
    Case(
        name="disk-full-copy",
        about="the files of the context have no room",
        dockerfile="FROM busybox\nCOPY . /app\n",
        files={"data.bin": "x" * 70_000_000},
        options=_SMALL,
        store="/small",
        family="no_space",
        line=2,
        says="no space left on device",
    ),
    Case(
        name="disk-full-warning",
        about="a disk that was full in a step before is no reason now",
        dockerfile="FROM busybox\nRUN dd if=/dev/zero of=/data bs=1M count=200 || rm /data\nRUN sh -c 'exit 3'\n",
        options=_SMALL,
        store="/small",
        line=3,
    ),
    Case(
        name="process-limit",
        about="more processes than there may be",
        dockerfile="FROM busybox\nRUN for i in $(seq 400); do sleep 20 & done; wait\n",
        options=("--pids-limit", "100"),
        line=2,
        family="process_limit",
        says="fork",
    ),
    Case(
        name="timeout-sleep",
        about="a step does not end",
        dockerfile="FROM busybox\nRUN echo begun\nRUN echo waiting; sleep 60\n",
        seconds=4,
        line=3,
        reason="timeout",
    ),
    Case(
        name="timeout-second-stage",
        about="a step of the second stage does not end",
        dockerfile="FROM busybox AS one\nRUN echo one\n\nFROM busybox\nCOPY --from=one /bin/sh /sh\nRUN echo waiting for it; \\\n    sleep 60\n",
        seconds=5,
        line=6,
        reason="timeout",
    ),
    Case(
        name="timeout-warning",
        about="a step that does not end has said something of another kind",
        dockerfile="FROM debian:trixie\nRUN apt-get install -y surely-no-such-package; sleep 60\n",
        seconds=5,
        line=2,
        reason="timeout",
    ),
)
