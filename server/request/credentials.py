"""Telling a secret that somebody wrote where a reference belongs: by its form, or by the name it is given. Pure.

This finds what was written by mistake; whoever wants to hide a secret in a request can. A build argument stays in
the image's history for everybody who can pull it, an environment in the job for everybody who can read that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Forms that are given out by machines and mean nothing else.
_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----")),
    (
        "a GitHub token",
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
    ),
    ("a GitLab token", re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}")),
    ("an AWS access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}")),
    ("an API key", re.compile(r"\b(?:sk|rk)[-_](?:live|ant|proj)[-_][A-Za-z0-9_-]{16,}")),
    ("an npm token", re.compile(r"\bnpm_[A-Za-z0-9]{30,}")),
    ("a PyPI token", re.compile(r"\bpypi-[A-Za-z0-9_-]{50,}")),
    ("a Vault token", re.compile(r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}")),
    (
        "a signed token",
        re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ),
    ("credentials in an address", re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/@]{3,}@")),
)
_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:$|_)",
    re.IGNORECASE,
)
_LONG_ENOUGH = 8


def describe_form(text: str) -> str | None:
    """Say what kind of secret a text contains, None if it has no known form of one."""
    return next((what for what, form in _FORMS if form.search(text)), None)


def require_no_secrets(values: Mapping[str, str], instead: str, *, by_name: bool = True) -> None:
    """Refuse names with values that look like secrets; ``instead`` is the field to write a reference in.

    Raises:
        ValueError: with the name and what to write, never with the value.
    """
    for name, value in values.items():
        form = describe_form(value)
        if form is None and by_name and _NAME.search(name) and len(value) >= _LONG_ENOUGH:
            form = "a secret by its name"
        if form is not None:
            msg = f"{name[:80]} holds {form}: store it, and write {instead}"
            raise ValueError(msg)
