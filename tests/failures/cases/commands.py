"""Programs that are not there, may not, or cannot be run on this processor."""

from __future__ import annotations

from tests.failures.collection import Case

# The beginning of a program for another processor (aarch64), made by the step itself.
FOREIGN = (
    "printf '\\177ELF\\002\\001\\001\\000\\000\\000\\000\\000\\000\\000\\000\\000\\002\\000\\267\\000\\001\\000\\000\\000"
    "\\000\\000\\000\\000\\000\\000\\000\\000\\100\\000\\000\\000\\000\\000\\000\\000' > /tool; "
    "head -c 4096 /dev/zero >> /tool; chmod +x /tool"
)

CASES = (
    Case(
        name="sh-not-found",
        about="no such program",
        dockerfile="FROM debian:trixie\nRUN yarn install --frozen-lockfile\n",
        family="command_not_found",
        line=2,
        says="yarn: not found",
    ),
    Case(
        name="bash-not-found",
        about="no such program, in bash",
        dockerfile='FROM debian:trixie\nSHELL ["/bin/bash", "-eo", "pipefail", "-c"]\nRUN set -x; poetry install\n',
        flags=("--format", "docker"),
        family="command_not_found",
        line=3,
        says="poetry: command not found",
    ),
    Case(
        name="busybox-not-found",
        about="no such program, in busybox",
        dockerfile="FROM busybox\nRUN apt-get update\n",
        family="command_not_found",
        line=2,
        says="apt-get: not found",
    ),
    Case(
        name="exec-not-found",
        about="no such program, without a shell",
        dockerfile='FROM busybox\nRUN ["bash", "-c", "echo hello"]\n',
        family="command_not_found",
        line=2,
        says="bash",
    ),
    Case(
        name="no-shell",
        about="an image without a shell",
        dockerfile="FROM scratch\nCOPY Dockerfile /\nRUN echo hello\n",
        family="command_not_found",
        line=3,
        says="/bin/sh",
    ),
    Case(
        name="make-not-found",
        about="make does not find the compiler",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY Makefile .\nRUN make\n",
        files={"Makefile": "all:\n\tclang -o app main.c\n"},
        family="command_not_found",
        line=4,
        says="clang",
    ),
    Case(
        name="windows-line-ends",
        about="a script whose first line names no program, for a carriage return",
        dockerfile="FROM debian:trixie\nCOPY build.sh /\nRUN chmod +x /build.sh && /build.sh\n",
        files={"build.sh": "#!/bin/sh\r\necho hello\r\n"},
        family="command_not_found",
        line=3,
        says="build.sh",
    ),
    Case(
        name="not-executable",
        about="a script that may not be run",
        dockerfile="FROM debian:trixie\nCOPY --chmod=0644 build.sh /\nRUN /build.sh\n",
        files={"build.sh": "#!/bin/sh\necho hello\n"},
        family="permission_denied",
        line=3,
        says="/build.sh: Permission denied",
    ),
    Case(
        name="apt-as-user",
        about="apt-get as somebody who may not",
        dockerfile="FROM debian:trixie\nUSER nobody\nRUN apt-get update\n",
        family="permission_denied",
        line=3,
        says="Permission denied",
    ),
    Case(
        name="mkdir-as-user",
        about="a folder that the user may not make",
        dockerfile="FROM debian:trixie\nUSER 1000\nRUN mkdir -p /opt/app/data\n",
        family="permission_denied",
        line=3,
        says="/opt/app",
    ),
    Case(
        name="device",
        about="a device, which no user may make in a build",
        dockerfile="FROM busybox\nRUN mknod /thing c 10 229\n",
        family="not_permitted",
        line=2,
        says="/thing",
    ),
    Case(
        name="tmpfs",
        about="a file system, which no user may mount in a build",
        dockerfile="FROM busybox\nRUN mkdir -p /mnt && mount -t tmpfs tmpfs /mnt\n",
        family="not_permitted",
        line=2,
        says="mount: ",
    ),
    Case(
        name="owner-as-user",
        about="an owner that only root may change",
        dockerfile="FROM busybox\nRUN touch /data\nUSER 1000\nRUN chown 1000 /data\n",
        family="permission_denied",
        line=4,
        says="/data",
    ),
    Case(
        name="device-copied",
        about="a device that a program copies",
        dockerfile="FROM debian:trixie\nRUN cp -a /dev/null /thing\n",
        family="not_permitted",
        line=2,
        says="special file",
    ),
    Case(
        name="no-first-line",
        about="a script that does not say which program runs it",
        dockerfile='FROM busybox\nCOPY start /start\nRUN ["/start"]\n',
        files={"start": "echo hello\n"},
        family="wrong_platform",
        line=3,
        says="exec format error",
    ),
    Case(
        name="npm-as-user",
        about="npm may not write in its folder",
        dockerfile="FROM toolbox\nWORKDIR /app\nCOPY package.json .\nUSER nobody\nENV HOME=/tmp\nRUN npm install\n",
        files={
            "package.json": '{"name": "app", "version": "1.0.0", "dependencies": {"left-pad": "1.3.0"}}\n'
        },
        family="permission_denied",
        line=6,
        says="EACCES",
    ),
    Case(
        name="foreign-program",
        about="a program for another processor",
        dockerfile=f"FROM busybox\nRUN {FOREIGN}\nRUN /tool --version\n",
        family="wrong_platform",
        line=3,
        says="ELF",
    ),
    Case(
        name="foreign-program-bash",
        about="a program for another processor, in bash",
        dockerfile=f'FROM debian:trixie\nRUN {FOREIGN}\nRUN ["/bin/bash", "-c", "/tool --version"]\n',
        family="wrong_platform",
        line=3,
        says="xec format error",
    ),
    Case(
        name="foreign-program-exec",
        about="a program for another processor, without a shell",
        dockerfile=f'FROM busybox\nRUN {FOREIGN}\nRUN ["/tool"]\n',
        family="wrong_platform",
        line=3,
        says="xec format error",
    ),
)
