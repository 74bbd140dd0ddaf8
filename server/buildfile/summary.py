"""What a build file would have built, in a few lines for its author."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from server import spelling
from server.buildfile import merging, permissions
from server.buildfile.parsing import BuildFile
from server.buildfile.problems import show
from server.request import BuildRequest

_ANY_IMAGE = "<name of the repository>"


def summarize(file: BuildFile) -> tuple[str, ...]:
    """Return a line for each phase, and what the request has to say beside the file.

    Raises:
        BuildFileError: the file's fields do not fit together.
    """
    # Whoever submits gives these; where to publish is the one other thing that a build cannot do without.
    given = {"owner": "anybody", "repo_url": "https://git.example.com/team/repository"}
    lacking = not file.values.get("registry_url")
    place = {"registry_url": "registry.invalid"} if lacking else {}
    request = BuildRequest.model_validate(given | place)
    effective = merging.merge(request, file, trusted=True)
    needing = [name for name, _ in permissions.find_needing_trust(request, effective)]
    rows = [
        ("build", ", ".join(_describe_build(effective))),
        ("test", ", ".join(_describe_tests(effective)) or "nothing"),
        ("publish", "; ".join(_describe_targets(effective, lacking))),
    ]
    if lacking:
        rows.append(
            (
                "request",
                "has to give registryURL, and buildFile, without which the file is then not read",
            )
        )
    if needing:
        fields = ", ".join(spelling.camelize(name) for name in dict.fromkeys(needing))
        rows.append(("request", f"has to trust the file (trustBuildFile), or give these: {fields}"))
    return tuple(show(f"{name:<8} {text}") for name, text in rows)


def _describe_build(request: BuildRequest) -> Iterator[str]:
    yield request.dockerfile_path
    if request.context_path:
        yield f"in {request.context_path}"
    if request.target:
        yield f"up to stage {request.target}"
    if request.platform:
        yield f"for {request.platform}"
    if request.build_secrets:
        yield f"with {_count(request.build_secrets, 'secret')}"


def _describe_tests(request: BuildRequest) -> Iterator[str]:
    if request.test_commands:
        yield _count(request.test_commands, "command")
    if request.test_entry_point:
        yield "the entry point"
    if request.services:
        yield f"beside {', '.join(service.name for service in request.services)}"


def _describe_targets(request: BuildRequest, lacking: bool) -> Iterator[str]:
    tags = ", ".join(request.image_tags) or "{job_id}"
    image = request.image_name or _ANY_IMAGE
    yield f"{'<registryURL>' if lacking else request.registry_url}/{image}: {tags}"
    for each in request.publish_to:
        own = ", ".join(each.image_tags) or tags
        yield f"{each.registry_url}/{each.image_name or image}: {own}"


def _count(things: Sequence[object] | dict[str, str], what: str) -> str:
    return f"{len(things)} {what}{'' if len(things) == 1 else 's'}"
