"""Nomad Packs to jobs, in pure Python: the front door.

A pack's folder and values for its variables go in; what ``nomad-pack render`` gives, or the job as
Nomad's API takes it, comes out. No network and no clock are involved, and no environment but what
the caller passes in. All that others may use stands here; the modules below are the inside.

    pack = generator.find_pack("build")
    job = generator.render_job(pack, variant="cpu", values={"build_id": "b1", …})
    print(generator.encode_job(job), end="")
"""

from generator.errors import (
    GeneratorError,
    HclError,
    JobspecError,
    PackError,
    Position,
    TemplateError,
    VariableError,
)
from generator.jobspec import encode as encode_job
from generator.jobspec import parse as parse_job
from generator.pack import Pack
from generator.pack import load as load_pack
from generator.pipeline import Overrides, Rendering, render, render_job
from generator.registry import find as find_pack
from generator.registry import names as pack_names
from generator.registry import open_pack
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
    "parse_job",
    "render",
    "render_job",
]
