"""What a Dockerfile names: files, stages, images, instructions. Tables only."""

from __future__ import annotations

from server.failures.families.family import Family, small_tool

FILES: tuple[Family, ...] = (
    Family(
        word="file_not_in_stage",
        meaning="COPY --from names a file that the other stage or image does not have",
        hint="Check the path there: what the other stage makes has to end up at that path",
    ),
    Family(
        word="file_not_in_context",
        meaning="COPY or ADD names a file that the build's context does not have",
        hint="Check the path, which counts from the context's folder (contextPath), that the file is committed, and that .dockerignore does not leave it out",
    ),
    Family(
        word="file_not_found",
        meaning="a program of a step or test does not find a file, or a program that it runs",
        hint="Check the path and the working folder, and that a step before has copied, made or installed the file",
        program=(
            small_tool(
                r"^(?:cat|cp|mv|ls|ln|chmod|chown|tar|rm|stat|install|unzip|head|tail|sed|grep|touch|mkdir): .*: No such file or directory$"
            ),
            r"^\S*python[0-9.]*: can't open file '.*': \[Errno 2\] ",
            r"^(?:FileNotFoundError| *error): \[Errno 2\] No such file or directory: ",
            r"\bENOENT: no such file or directory\b",
            r"^make(?:\[[0-9]+\])?: \*\*\* No rule to make target ",
            r"^make(?:\[[0-9]+\])?: \*\*\* No targets specified and no makefile found",
            r"^ERROR: Could not open requirements file: ",
            r"^go: (?:go\.mod file not found|cannot find main module)",
            r"^error: could not find `Cargo\.toml` in ",
            r"can't cd to ",
        ),
    ),
    Family(
        word="target_not_found",
        meaning="no stage of the Dockerfile has the name of the target",
        hint="Check target: it has to be the name of a stage (FROM … AS NAME)",
        buildah=(r"[Tt]he target \".*\" was not found in the provided Dockerfile",),
    ),
    Family(
        word="image_not_found",
        meaning="a registry has no such image, or COPY --from names neither an image nor a stage before",
        hint="Check name and tag of the image, or the name of the stage; for a private registry see registryCredentialsPath",
        buildah=(
            r"manifest unknown",
            r"name unknown",
            r"no stage or image found with that name",
            r"short-name .* did not resolve",
            r"image not known",
            r"invalid reference format",
        ),
    ),
    Family(
        word="dockerfile_syntax",
        meaning="Buildah cannot read an instruction of the Dockerfile",
        hint="Mend the instruction that the evidence names",
        buildah=(
            r"[Uu]nknown instruction",
            r"[Pp]arse error",
            r"^parsing main Dockerfile: ",
            r"^FROM requires ",
            r"no FROM statement found",
            r"unterminated heredoc",
            r"must have two arguments|requires (?:at least|exactly) \w+ argument",
            r"invalid mount type|invalid mount option|unknown mount option",
            r"[Uu]nknown flag|only supports the --",
            r"Error parsing ch(?:mod|own) ",
            r"dockerfile\.\w+: ",
        ),
    ),
)
