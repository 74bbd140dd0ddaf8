"""What a step or a test runs: programs that cannot start, fail or crash. Tables only."""

from __future__ import annotations

from server.failures.families.family import Cause, Family, shell

# Programs that do nothing else, or hardly anything else, than what takes privileges.
_PRIVILEGED = (
    r"^(?:\S*/)?(?:mknod|u?mount|fusermount3?|losetup|swapo(?:n|ff)|modprobe|insmod|rmmod|sysctl|ip6?tables|nft|unshare|bwrap)"
    r"(?: v[0-9.]+ \(\w+\))?: "
)

PROGRAMS: tuple[Family, ...] = (
    Family(
        word="wrong_platform",
        meaning="a program or an image is for another processor than the build's, or a script has no first line with #!",
        hint="Take the program or base image for the platform of the build, or ask for the other platform with platform; a script needs a first line like #!/bin/sh",
        program=(
            r"[Ee]xec format error[)\"']*$",
            r"^OSError: \[Errno 8\] Exec format error: ",
            r"cannot execute binary file",
            # A shell that takes such a program for a script of its own.
            r"^\S+: (?:line )?[0-9]+: \W*ELF\W*: not found$",
        ),
        buildah=(
            r"[Ee]xec format error",
            r"no image found in (?:manifest list|image index) for architecture",
        ),
    ),
    Family(
        word="command_not_found",
        meaning="a step or test runs a program that the image does not have, or not at that path",
        hint="Install the program in a step before, or check its name and path; of a script that is there, check the program that its first line names",
        program=(
            shell(
                r"^(?:\S*/)?(?:ba|da|a|z|k)?sh: (?:(?:line )?[0-9]+: )?(?:exec: )?\S+: (?:command )?not found$"
            ),
            shell(r"^\S+: (?:line )?[0-9]+: \S+: (?:command )?not found$"),
            r"^make(?:\[[0-9]+\])?: \S+: No such file or directory$",
            r"^(?:/usr/bin/)?env: ['‘]?[^'’ ]+['’]?: No such file or directory$",
            r"executable file not found in \$PATH",
            r"fork/exec \S+: no such file or directory$",
            r"^\s*error: command '\S+' failed: No such file or directory$",
            r"^Error: pg_config executable not found\.$",
            r"^the image has no (?:/bin/sh|program) ",
            Cause(r"^error: linker `[^`]*` not found$", frozenset({"compile_error"})),
        ),
        buildah=(
            r"executable file not found in \$PATH",
            r"fork/exec \S+: no such file or directory",
        ),
    ),
    Family(
        word="not_permitted",
        meaning="a step or test does what no user may in a container without privileges: make a device, mount, change the kernel",
        hint="Leave it out: root or not, no user may do this in a rootless build. Devices, mounts, kernel modules and settings are for whoever runs the image; get files by COPY, or by RUN --mount",
        in_test="Leave it out: no user may do this in a test, which has no privileges. Test what needs no device, mount, kernel module or setting",
        program=(
            _PRIVILEGED + r".*[Oo]peration not permitted",
            _PRIVILEGED + r".*[Pp]ermission denied",
            r"(?:special file '.*'|Cannot mknod): Operation not permitted$",
            r"^RTNETLINK answers: Operation not permitted$",
        ),
    ),
    Family(
        word="permission_denied",
        meaning="the step's or test's user may not read, write or run something",
        hint="Do it as a user who may (USER), or give the file or folder to that user (COPY --chown, --chmod)",
        program=(
            r"^[\w./+-]+: .*: [Pp]ermission denied$",
            r"^E: .*\(13: Permission denied\)$",
            r"^PermissionError: \[Errno (?:1|13)\] ",
            r"\bEACCES: permission denied",
            r"^[\w./+-]+: .*: Operation not permitted$",
            r"\(os error 13\)$",
            r"^fork/exec \S+: permission denied$|: fork/exec \S+: permission denied$",
        ),
    ),
    Family(
        word="module_not_found",
        meaning="a program loads a module or a library that is not installed",
        hint="Install the module or library in the image, for the interpreter that loads it",
        program=(
            r"^(?:ModuleNotFoundError|ImportError): No module named ",
            r"^\S*python[0-9.]*: No module named ",
            r"^Error: Cannot find module '",
            r"^Error \[ERR_MODULE_NOT_FOUND\]: ",
            r"^(?:ERROR in .*)?Module not found: Error: Can't resolve ",
            r"cannot load such file -- .*\(LoadError\)",
            r"^Can't locate \S+ in @INC",
            r": error while loading shared libraries: ",
        ),
    ),
    Family(
        word="variable_not_set",
        meaning="a step demands a variable that has no value",
        hint="If it is a build argument, declare it with ARG in that stage and give it in buildArgs, else set it with ENV",
        in_test="Give it in testEnv, a secret in testSecrets, one of a service in env of services; or set it with ENV in the image",
        program=(r": parameter (?:not set(?: or null)?|null or not set)$", r": unbound variable$"),
    ),
    Family(
        word="tests_failed",
        meaning="tests that a step or a test command runs did not pass",
        hint="Mend what the failed tests show; the log has each of them",
        program=(
            r"^=*\s*[0-9]+ failed\b.* in [0-9.:]+",
            r"^FAILED \((?:failures|errors)=",
            r"^FAIL\t\S+",
            r"^test result: FAILED\. ",
            r"^(?:#|ℹ) fail [1-9]",
            r"^Tests:\s+[0-9]+ failed",
            r"^\s+Tests\s+[0-9]+ failed",
            r"^  [0-9]+ failing$",
            r"^\[ERROR\] Tests run: [0-9]+, Failures: ",
            r"^[0-9]+% tests passed, [1-9][0-9]* tests? failed out of ",
            r"^[0-9]+ examples?, [1-9][0-9]* failures?",
        ),
    ),
    Family(
        word="compile_error",
        meaning="a compiler, a linker or an interpreter refuses the source",
        hint="Mend the source where the compiler points to, or install the header or library that it misses",
        program=(
            r"^[^\s:]+:[0-9]+:[0-9]+: (?:fatal )?error: ",
            r"^(?:[\w.+-]*-)?(?:cc|gcc|g\+\+|c\+\+|clang|clang\+\+|cc1|cc1plus|cpp)[0-9.-]*: (?:fatal )?error: ",
            r": undefined reference to ",
            r"\bld(?:\.\w+)?: cannot find -l",
            r"^\S+\.go:[0-9]+:[0-9]+: ",
            r"^error\[E[0-9]+\]: ",
            r"^error: could not compile `",
            r"^\S+\.java:[0-9]+: error: ",
            r"^\[ERROR\] \S+\.(?:java|kt|scala):\[?[0-9]+",
            r"^\S+\.tsx?[(:][0-9]+[,:][0-9]+\)?(?::| -) error TS[0-9]+: ",
            r"\berror (?:CS|FS|BC)[0-9]+: ",
            r"^e: \S+\.kts?:",
            r"^(?:SyntaxError|IndentationError|TabError): ",
            r"^CMake Error(?: at |: )",
        ),
        first=True,
    ),
    Family(
        word="crashed",
        meaning="a program was ended by a signal, for a fault of its own or of what it was built for",
        hint="Run the program in the base image to see where it crashes; an illegal instruction is of a processor that the build node is not",
        program=(
            r"^(?:\S+: (?:line )?[0-9]+: +[0-9]+ )?(?:Segmentation fault|Illegal instruction|Bus error|Trace/breakpoint trap)\b",
            r"^make(?:\[[0-9]+\])?: \*\*\* \[.*\] (?:Segmentation fault|Illegal instruction|Bus error|Error 139)",
            r"\(signal: (?:4, SIGILL|7, SIGBUS|11, SIGSEGV): ",
        ),
        buildah=(r"exit status (?:132|135|139)$",),
    ),
    Family(
        word="shell_syntax",
        meaning="the shell cannot read the step's command or a script",
        hint="Mend the command: quotes and if, for, case need their ends, and lines that go on a backslash",
        program=(
            r"^(?:\S*/)?(?:ba|da|a)?sh: (?:(?:line )?[0-9]+: )?[Ss]yntax error",
            r"^\S+: (?:line )?[0-9]+: [Ss]yntax error",
            r"^(?:\S*/)?sh: .*: syntax error: ",
        ),
    ),
    Family(
        word="output_lost",
        meaning="Buildah has lost the end of what the step said, as it sometimes does with a step that fails",
        hint="Submit again to see what the step says in the end; getLogs has what it said before",
    ),
)
