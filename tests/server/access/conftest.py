from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.access.serving import Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    """An OpenID provider on loopback with one RSA key."""
    with Provider().serve() as made:
        yield made
