"""All functions by the names under which Nomad registers them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from generator.hcl import signatures
from generator.hcl.functions import (
    arithmetic,
    csv_text,
    dates,
    digests,
    encodings,
    files,
    forms,
    impure,
    keys,
    mappings,
    networks,
    printf,
    sequences,
    texts,
    yaml_reader,
    yaml_writer,
)

FUNCTIONS: Final[Mapping[str, signatures.Callee]] = {
    **arithmetic.FUNCTIONS,
    **csv_text.FUNCTIONS,
    **dates.FUNCTIONS,
    **digests.FUNCTIONS,
    **encodings.FUNCTIONS,
    **files.FUNCTIONS,
    **forms.FUNCTIONS,
    **impure.FUNCTIONS,
    **keys.FUNCTIONS,
    **mappings.FUNCTIONS,
    **networks.FUNCTIONS,
    **printf.FUNCTIONS,
    **sequences.FUNCTIONS,
    **texts.FUNCTIONS,
    **yaml_reader.FUNCTIONS,
    **yaml_writer.FUNCTIONS,
}

IMPURE: Final[Mapping[str, signatures.Callee]] = {**FUNCTIONS, **impure.ALLOWED}
WITH_FILES: Final[Mapping[str, signatures.Callee]] = {**IMPURE, **files.ALLOWED}
