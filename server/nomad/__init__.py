"""Nomad's HTTP API as the service uses it; nothing outside sees python-nomad or requests.

One client and its few pooled connections serve the whole process: Nomad refuses an address that opens more
than a hundred.
"""

from __future__ import annotations

from server.nomad.adapter import Event, File, Nomad
from server.nomad.variables import Variable, VariableStub

__all__ = ["Event", "File", "Nomad", "Variable", "VariableStub"]
