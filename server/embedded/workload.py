"""The variables and secrets as the tasks on the node read them."""

from __future__ import annotations

from collections.abc import Mapping

from server.embedded import records, state, vault


class Workload:
    """Gives templates what they ask for, and tells them when it may have changed."""

    def __init__(self, store: state.State, secrets: vault.FileOfSecrets | None) -> None:
        self._store = store
        self._secrets = secrets
        self.changed = store.variables_changed

    def find(self, path: str) -> Mapping[str, str] | None:
        """Return a variable's items."""
        variable = self._store.variables.get(path)
        return None if variable is None else variable.items

    def paths(self, prefix: str) -> list[str]:
        """Return the paths below a prefix."""
        return [path for path in sorted(self._store.variables) if path.startswith(prefix)]

    def secret(self, path: str) -> Mapping[str, records.Json] | None:
        """Return a secret as Vault answers it; ValueError where nothing stands in for Vault."""
        if self._secrets is None:
            msg = "the embedded engine has no Vault: secret is not supported"
            raise ValueError(msg)
        return self._secrets.find(path)
