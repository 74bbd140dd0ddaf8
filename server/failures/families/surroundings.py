"""What a step lacks around it: a secret, room, memory, a server that answers. Tables only."""

from __future__ import annotations

from server.failures.families.family import (
    NPM,
    UNREACHABLE,
    Ending,
    Family,
    apt,
    http_client,
    small_tool,
)

SURROUNDINGS: tuple[Family, ...] = (
    Family(
        word="secret_missing",
        meaning="a step mounts or reads a build secret that it was not given",
        hint="Give the secret by its id in buildSecrets, and mount it in the step that reads it",
        in_test="Give the secret in testSecrets and read it from the environment: nothing is mounted in tests",
        program=(r"/run/secrets/\S*: No such file or directory$",),
        buildah=(r"secret required but no secret with id ",),
    ),
    Family(
        word="no_space",
        meaning="there was no room left where something was to be written",
        hint="Make the step write less; an operator can give the build nodes more room or have their cache cleaned",
        program=(
            r"[Nn]o space left on device[\"')]*\.?$",
            r"\[Errno 28\] No space left on device",
            r"\bENOSPC: no space left on device",
            apt(r"You don't have enough free space in "),
        ),
        buildah=(r"no space left on device",),
    ),
    Family(
        word="out_of_memory",
        meaning="a program was refused memory, or was killed as happens where it runs out",
        hint="Give the phase more memory (buildResources or testResources), or run fewer things side by side",
        program=(
            r"^Killed$",
            r"^(?:\S*/)?(?:ba|da|a)?sh: .*\bKilled\b",
            r"Killed signal terminated program ",
            r"^make(?:\[[0-9]+\])?: \*\*\* \[.*\] (?:Killed|Error 137)$",
            r"^FATAL ERROR: .*(?:JavaScript heap out of memory|Allocation failed)",
            r"^\s*(?:Exception in thread .* |Caused by: |\[ERROR\] .*|Terminating due to )?java\.lang\.OutOfMemoryError(?:: |$)",
            r"^(?:numpy\S*\.)?_?(?:Array)?MemoryError\b",
            r"terminate called after throwing an instance of 'std::bad_alloc'|^\s*what\(\): +std::bad_alloc",
            r"^fatal error: runtime: (?:out of memory|cannot allocate memory)",
            r"[Cc]annot allocate memory[)\"']*$",
            r"\(signal: 9, SIGKILL: kill\)",
            r": signal: killed$",
        ),
        buildah=(r"exit status 137$",),
    ),
    Family(
        word="process_limit",
        meaning="no further process or thread could be started",
        hint="Run fewer things side by side; an operator can raise the limit of processes",
        program=(
            r"fork: (?:retry: )?Resource temporarily unavailable$",
            r"pthread_create(?:\(\))? (?:failed|error)|\bfailed to create new OS thread|can't start new thread",
        ),
        buildah=(r"fork/exec .*resource temporarily unavailable",),
    ),
    Family(
        word="rate_limit",
        meaning="a server refuses further requests for a while",
        hint="Wait and submit again; signing in (registryCredentialsPath) or a mirror raises the limit",
        program=(
            http_client("429"),
            NPM + r"(?:code E429|429 Too Many Requests)",
            r"^go: .*: 429 Too Many Requests$",
            apt(r"Failed to fetch .* 429 "),
            r"(?:toomanyrequests|TOOMANYREQUESTS): ",
            r"API rate limit exceeded for ",
        ),
        buildah=(
            r"toomanyrequests",
            r"\b429 \(?Too Many Requests",
            r"(?:StatusCode|HTTP status|response status):? 429\b",
        ),
        git=(r"returned error: 429\b",),
        over=("package_not_found", "url_not_found"),
    ),
    Family(
        word="server_error",
        meaning="a server says that it cannot answer for a fault of its own",
        hint="Wait and submit again; if it stays, whoever keeps that server has to look at it",
        program=(
            http_client("5[0-9][0-9]"),
            NPM + r"code E5[0-9][0-9]$",
            r"^go: .*: 5[0-9][0-9] [A-Z]",
            r"^E: Failed to fetch .* 5[0-9][0-9]  ",
        ),
        buildah=(r"(?:StatusCode|HTTP status|response status):? 5[0-9][0-9]\b",),
        git=(r"returned error: 5[0-9][0-9]\b",),
        over=("package_not_found",),
    ),
    Family(
        word="tls",
        meaning="a server's certificate is not trusted, or the server does not speak TLS",
        hint="Have the image trust the server's authority (ca-certificates), or check the address; for a registry see NOMAD_BUILD_INSECURE_REGISTRIES",
        program=(
            r"^curl: \((?:51|53|58|59|60|77|80|83|90|91)\) ",
            r"\b(?:SSL|TLS)?_?CERTIFICATE_VERIFY_FAILED\b",
            r"(?:tls: failed to verify certificate: )?x509: certificate ",
            r"^fatal: unable to access '.*': (?:server certificate verification failed|SSL certificate problem)",
            r"SSL certificate problem: ",
            NPM
            + r"code (?:SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|CERT_HAS_EXPIRED)",
            r"^(?:ERROR: )?cannot verify .*'s certificate",
            r"^(?:W|E): .*Certificate verification failed",
            r"\bPKIX path building failed\b",
        ),
        buildah=(r"\bx509: ", r"server gave HTTP response to HTTPS client", r"tls: "),
        git=(r"server certificate verification failed|SSL certificate problem",),
        over=("package_not_found", "network"),
    ),
    Family(
        word="network",
        meaning="a host is not found, refuses the connection or does not answer in time",
        hint="Check the host's name, and that build nodes reach it; a build with buildNetwork off reaches none",
        program=(
            # With codes of its own, or 2, which make and tar end with: whatever ended otherwise has gone on after it.
            Ending(
                r"^curl: \((?:5|6|7|28|35|52|55|56)\) ", frozenset({2, 5, 6, 7, 28, 35, 52, 55, 56})
            ),
            r"^wget: (?:bad address|can't connect to remote host|unable to resolve host address|download timed out)",
            Ending(r"^(?:Resolving|Connecting to) .* failed: ", frozenset({2, 4})),
            r"^fatal: unable to access '.*': (?:Could not resolve|Failed to connect|Connection|Couldn't connect|Recv failure|Operation timed out)",
            r"^ssh: (?:Could not resolve hostname|connect to host) ",
            Ending(
                r"^[WE]: Failed to fetch .*(?:Temporary failure resolving|Could not (?:resolve|connect|wait)|Unable to connect|Cannot initiate|Connection (?:failed|refused|timed out|reset))",
                frozenset({100}),
            ),
            r"^WARNING: .*: (?:temporary error \(try again later\)|network error \(check Internet connection and firewall\))$",
            r"Curl error \((?:5|6|7|28|35|52|56)\): ",
            # The last of the tries, after which pip says only that there is no such package.
            small_tool(r"^WARNING: Retrying \(Retry\(total=0, "),
            r"^ERROR: Could not install packages due to an OSError: HTTPS?Connection",
            NPM + r"(?:network )?request to .* failed, reason: ",
            r"\bdial (?:tcp|udp)\b.*: " + UNREACHABLE + "$",
            r"^  \[(?:5|6|7|28|35|56)\] (?:Could|Couldn't|Timeout|SSL|Failure|Failed)",
            r"^(?:[a-z_.]+\.)?(?:URLError|ConnectionRefusedError|ConnectionResetError|ConnectTimeout|ConnectionError|gaierror): ",
            r"^\s*(?:\[cause\]: )?(?:\w*Error: )?(?:getaddrinfo E[A-Z_]+|connect E(?:CONNREFUSED|TIMEDOUT|HOSTUNREACH|NETUNREACH)) ",
            r"^\[ERROR\].*(?:Unknown host |: Connection refused|[Cc]onnect timed out|Temporary failure in name resolution)",
        ),
        buildah=(UNREACHABLE + r'"?$',),
        git=(
            r"^fatal: unable to access '.*': (?:Could not resolve|Failed to connect|Connection|Couldn't connect|Operation timed out)",
            r"^ssh: (?:Could not resolve hostname|connect to host) ",
        ),
        over=("package_not_found", "image_not_found"),
    ),
)
