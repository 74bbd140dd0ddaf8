"""sprig's ``env`` and ``expandenv``, on an environment that the caller hands over."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_REFERENCE = re.compile(
    r"\$(?:\{(?P<braced>[^}]*)\}|(?P<special>[*#$@!?0-9-])|(?P<bare>\w+))", re.ASCII
)


def functions(environment: Mapping[str, str]) -> dict[str, Callable[..., object]]:
    """The functions for one environment; nothing reads that of the process."""

    def env(name: str) -> str:
        return environment.get(name, "")

    def expandenv(text: str) -> str:
        return _REFERENCE.sub(lambda mark: env(mark[mark.lastgroup or 0]), text)

    return {"env": env, "expandenv": expandenv}
