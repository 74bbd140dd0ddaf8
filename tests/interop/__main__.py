"""Measure anew which scenarios are passed: ``python -m tests.interop``."""

from __future__ import annotations

import warnings

from mcp import MCPDeprecationWarning

from tests.interop import outcomes, page

if __name__ == "__main__":
    # The suites of the older era call for what the newer one is doing away with.
    warnings.simplefilter("ignore", MCPDeprecationWarning)
    outcomes.write()
    page.write()
