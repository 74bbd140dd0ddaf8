"""The top of a job file: the job itself, and what it may refer to (jobspec2/types.config.go)."""

from __future__ import annotations

from generator.jobspec.schema import fields, job
from generator.jobspec.schema.fields import Kind, many, optional

VALIDATION = fields.table(
    fields.required("condition", "condition", Kind.CONDITION),
    fields.required("error_message", "error_message", Kind.CONSTANT),
)

VARIABLE = fields.table(
    optional("description", "description", Kind.CONSTANT),
    optional("default", "default", Kind.CONSTANT),
    optional("type", "type", Kind.TYPE),
    many("validation", "validation", VALIDATION),
)

FILE = fields.table(
    many("variables", "variables", fields.CONSTANTS),
    many("variable", "variable", VARIABLE, label=fields.LABEL),
    many("locals", "locals", fields.FREE),
    many("job", "job", job.JOB, label=fields.LABEL),
)
