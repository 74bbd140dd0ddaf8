"""The build service: MCP tools and plain HTTP, the pipeline of phases, the Nomad adapter, the operator's commands.

Imports flow downward only; ``docs/architecture.md`` has the picture and import-linter checks it. The pure
parts (``request``, ``record``, ``cluster``, ``pipeline``, ``diagnosis``, ``variants``) read no clock, no
network and no environment: what they need is handed in.
"""

__version__ = "0.1.0"
