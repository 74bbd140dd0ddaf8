"""Nomad Packs to jobs, in pure Python: the front door.

A pack's folder and values for its variables go in; what ``nomad-pack render`` gives, or the job as
Nomad's API takes it, comes out. No network and no clock are involved, and no environment but what
the caller passes in. All that others may use stands here; the modules below are the inside.

    pack = generator.find_pack("build")
    job = generator.render_job(pack, variant="cpu", values={"build_id": "b1", …})
    print(generator.encode_job(job), end="")

What a name stands for is imported when it is first used (PEP 562): ``packgen --help`` needs nothing
of it, ``packgen parse`` no templates.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:  # the same as _HOMES, for whoever reads types
    from generator.choices import Overrides
    from generator.errors import (
        GeneratorError,
        HclError,
        JobspecError,
        PackError,
        Position,
        TemplateError,
        VariableError,
    )
    from generator.jobs import render_job
    from generator.jobspec import encode as encode_job
    from generator.jobspec import parse as parse_job
    from generator.pack import Pack
    from generator.pack import load as load_pack
    from generator.pipeline import Rendering, render
    from generator.registry import find as find_pack
    from generator.registry import names as pack_names
    from generator.registry import open_pack, packs_below
    from generator.registry import variants as pack_variants

__all__ = [
    "GeneratorError",
    "HclError",
    "JobspecError",
    "Overrides",
    "Pack",
    "PackError",
    "Position",
    "Rendering",
    "TemplateError",
    "VariableError",
    "encode_job",
    "find_pack",
    "load_pack",
    "open_pack",
    "pack_names",
    "pack_variants",
    "packs_below",
    "parse_job",
    "render",
    "render_job",
]

_HOMES = {
    "GeneratorError": ("generator.errors", "GeneratorError"),
    "HclError": ("generator.errors", "HclError"),
    "JobspecError": ("generator.errors", "JobspecError"),
    "Overrides": ("generator.choices", "Overrides"),
    "Pack": ("generator.pack", "Pack"),
    "PackError": ("generator.errors", "PackError"),
    "Position": ("generator.errors", "Position"),
    "Rendering": ("generator.pipeline", "Rendering"),
    "TemplateError": ("generator.errors", "TemplateError"),
    "VariableError": ("generator.errors", "VariableError"),
    "encode_job": ("generator.jobspec", "encode"),
    "find_pack": ("generator.registry", "find"),
    "load_pack": ("generator.pack", "load"),
    "open_pack": ("generator.registry", "open_pack"),
    "pack_names": ("generator.registry", "names"),
    "pack_variants": ("generator.registry", "variants"),
    "packs_below": ("generator.registry", "packs_below"),
    "parse_job": ("generator.jobspec", "parse"),
    "render": ("generator.pipeline", "render"),
    "render_job": ("generator.jobs", "render_job"),
}


if not TYPE_CHECKING:  # a checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        """Import what a public name stands for, and keep it."""
        if name not in _HOMES:
            msg = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(msg)
        import importlib

        module, attribute = _HOMES[name]
        found: object = getattr(importlib.import_module(module), attribute)
        globals()[name] = found
        return found
