"""The variables as the tasks on the node read them."""

from __future__ import annotations

from collections.abc import Mapping

from server.embedded import state


class Workload:
    """Gives templates what they ask for, and tells them when it may have changed."""

    def __init__(self, store: state.State) -> None:
        self._store = store
        self.changed = store.variables_changed

    def find(self, path: str) -> Mapping[str, str] | None:
        """Return a variable's items."""
        variable = self._store.variables.get(path)
        return None if variable is None else variable.items

    def paths(self, prefix: str) -> list[str]:
        """Return the paths below a prefix."""
        return [path for path in sorted(self._store.variables) if path.startswith(prefix)]
