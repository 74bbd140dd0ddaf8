"""What ``packgen render`` does, however its command line was read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from generator import records
from generator.commands import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:  # what a render needs is imported when it begins
    from generator import diskcache, pipeline, template
    from generator.pack import Pack

HCL, JSON, YAML = FORMS = ("hcl", "json", "yaml")


@records.record(kw_only=True)
class Request:
    """A command line of ``packgen render``, read."""

    pack: str
    var_files: list[str]
    arguments: dict[str, str]
    variant: str | None = None
    form: str = HCL
    folder: str | None = None
    formatted: bool = True
    auxiliary: bool = True
    outputs: bool = False
    allow_unset: bool = False
    allow_impure: bool = False


def split_paths(texts: tuple[str, ...]) -> list[str]:
    """Each text may hold several paths with commas between them, as nomad-pack's option does."""
    return [path for text in texts for path in text.split(",")]


def split_pairs(texts: tuple[str, ...]) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping; of two with the same name the later counts."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            msg = f'missing = in KV pair: "{text}"'
            raise ValueError(msg)
        pairs[name] = value
    return pairs


def run(request: Request) -> None:
    """Render the pack, and print or write what it gives."""
    with terminal.reported():
        results = _render(request)
    if request.folder is not None:
        terminal.write(results, request.folder)
    elif len(results) == 1:
        terminal.print_texts(*results.values())
    elif request.form == HCL:
        terminal.print_texts(*(f"{name}:\n\n{text}\n" for name, text in results.items()))
    else:
        names = ", ".join(results) or "none"
        terminal.fail(
            f"{request.pack}: --format {request.form} prints exactly one job, the pack renders:"
            f" {names}\nhint: with --to-dir DIR each job is written to a file of its own"
        )


def _render(request: Request) -> dict[str, str]:
    """The texts by the names of their files."""
    if request.pack != terminal.STANDARD_INPUT:
        cache = _cache()
        return _texts(_open(request, cache), request, cache)
    from generator.commands import standard_input

    with standard_input.unpacked(request.arguments) as pack:
        return _texts(pack, request, _cache())


def _open(request: Request, cache: diskcache.DiskCache | None) -> Pack:
    from generator import pack, registry

    anywhere = request.allow_impure
    if os.path.isfile(os.path.join(request.pack, pack.METADATA)):  # no need of the registry
        return pack.load(request.pack, anywhere=anywhere, cache=cache)
    return registry.open_pack(request.pack, anywhere=anywhere, cache=cache)


def _cache() -> diskcache.DiskCache | None:
    from generator import patterns
    from generator.commands import caching

    cache = caching.open_cache(os.environ)
    patterns.keep(cache)
    return cache


def _texts(pack: Pack, request: Request, cache: diskcache.DiskCache | None) -> dict[str, str]:
    from generator import pipeline

    is_hcl = request.form == HCL
    rendering = pipeline.render(
        pack,
        auxiliary=request.auxiliary and is_hcl,
        outputs=request.outputs,
        formatted=request.formatted and is_hcl,
        environment=os.environ,
        impure=_outside() if request.allow_impure else None,
        variant=request.variant,
        var_files=request.var_files,
        arguments=request.arguments,
        allow_unset=request.allow_unset,
        cache=cache,
    )
    if not is_hcl:
        return dict(_jobs(rendering, request))
    results = dict(rendering.files)
    if rendering.outputs is not None:
        results["outputs.tpl"] = rendering.outputs
    return results


def _outside() -> template.Impurities:
    from generator.commands import outside

    return outside.open_up()


def _jobs(rendering: pipeline.Rendering, request: Request) -> Iterator[tuple[str, str]]:
    """The job files as what Nomad's API takes, by their names there."""
    from generator import jobspec, pipeline

    encode = jobspec.encode_yaml if request.form == YAML else jobspec.encode
    jobs: Mapping[str, str] = rendering.jobs
    for name, text in jobs.items():
        stem = name.removesuffix(pipeline.JOB_SUFFIX)
        job = jobspec.parse(text, name, allow_impure=request.allow_impure)
        yield f"{stem}.{request.form}", encode(job)
