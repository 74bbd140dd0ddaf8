"""The functions that a job file may call, as jobspec2/functions.go registers them."""

from __future__ import annotations

from collections.abc import Mapping

from generator.hcl import signatures

NOMAD: Mapping[str, signatures.Callee] = {}
