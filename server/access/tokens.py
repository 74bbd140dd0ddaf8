"""Static tokens: their hashes with what each may do, in a file that is read again when it changes.

A token is 32 random bytes. Nobody can try those out, so a plain SHA-256 keeps it as safe as a slow hash with a salt
would, which is for passwords that people choose, and costs a microsecond a call. So that this holds whoever has made
the token, one of less than 32 characters is never good.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pydantic
import yaml

from server import config
from server.callers import Caller, Scope
from server.errors import ConfigError, Unauthenticated
from server.request.patterns import OWNER

_log = logging.getLogger(__name__)

PREFIX = "nbs_"
_LENGTH = 32
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
# A token that is taken out of the file is good for at most so long.
CHECK_SECONDS = 2.0


def _matching(pattern: re.Pattern[str], what: str) -> pydantic.AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            msg = f"is not {what}"
            raise ValueError(msg)
        return value

    return pydantic.AfterValidator(check)


def _read_time(value: object) -> object:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        return datetime.fromisoformat(value.upper().replace("Z", "+00:00"))
    msg = "is not a time with its zone, as 2027-01-31T00:00:00Z"
    raise ValueError(msg)


class Entry(pydantic.BaseModel):
    """A token that is good: ``expires`` in UTC, None for never; ``rate`` empty for the service's own."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Annotated[str, _matching(_NAME, "a name of letters, digits, dots and dashes")]
    hash: Annotated[str, _matching(_HASH, "sha256: and 64 hexadecimal digits in lower case")]
    owner: Annotated[str, _matching(OWNER, "the name of an owner")] | None = None
    scopes: Annotated[tuple[Scope, ...], pydantic.Field(min_length=1, strict=False)]
    expires: Annotated[datetime, pydantic.BeforeValidator(_read_time)] | None = None
    rate: Annotated[str, _matching(config.RATE, "a rate as 60/minute")] = ""

    @pydantic.model_validator(mode="after")
    def _check_reach(self) -> Entry:
        if self.owner is not None and "admin" in self.scopes:
            msg = "scope admin concerns the builds of everybody: leave owner or admin out"
            raise ValueError(msg)
        return self

    @property
    def caller(self) -> Caller:
        """Who calls with the token."""
        return Caller(name=self.name, owner=self.owner, scopes=frozenset(self.scopes))


def digest(token: str) -> str:
    """Return what the file has of a token."""
    return f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def mint() -> str:
    """Return a new token."""
    return PREFIX + secrets.token_urlsafe(_LENGTH)


def read_entries(text: str) -> tuple[Entry, ...]:
    """Read the file's text: YAML or JSON with ``tokens``, a list.

    Raises:
        ValueError: with the entry and the field of everything that is wrong.
    """
    try:
        tree = yaml.load(text, _Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # Not what stands there: it might be a token that was pasted in the wrong place.
        place = f"line {mark.line + 1}: " if mark else ""
        msg = f"{place}{getattr(error, 'problem', None) or 'this is neither YAML nor JSON'}"
        raise ValueError(msg) from error
    if (
        not isinstance(tree, dict)
        or set(tree) != {"tokens"}
        or not isinstance(tree["tokens"], list)
    ):
        msg = "the file must have tokens, a list of entries, and nothing else"
        raise ValueError(msg)
    problems: list[str] = []
    entries = [_read_entry(number, given, problems) for number, given in enumerate(tree["tokens"])]
    found = [entry for entry in entries if entry is not None]
    for field in ("name", "hash"):
        values = [getattr(entry, field) for entry in found]
        problems += [
            f"two entries have the {field} {value}"
            for value in sorted(set(values))
            if values.count(value) > 1
        ]
    if problems:
        raise ValueError("; ".join(problems))
    return tuple(found)


def _read_entry(number: int, given: Any, problems: list[str]) -> Entry | None:
    place = f"tokens[{number}]"
    if not isinstance(given, dict):
        problems.append(f"{place}: an entry has name, hash and scopes")
        return None
    if isinstance(name := given.get("name"), str) and _NAME.fullmatch(name):
        place += f" ({name})"
    try:
        return Entry.model_validate(given)
    except pydantic.ValidationError as error:
        for each in error.errors(include_input=False, include_url=False, include_context=False):
            path = ".".join(str(part) for part in each["loc"])[:80]
            text = each["msg"].removeprefix("Value error, ")
            problems.append(f"{place}: {path}: {text}" if path else f"{place}: {text}")
        return None


class _Loader(yaml.SafeLoader):
    """Reads every value but null as the text that stands there, and no key twice."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (as the library declares it)
        first: [(tag, pattern) for tag, pattern in known if tag == "tag:yaml.org,2002:null"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        known: set[object] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str) or name in known:
                problem = "a field stands there twice, or is no name"
                raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
            known.add(name)
        return super().construct_mapping(node, deep)


class TokenFile:
    """The tokens of a file, as it is now; ``clock`` counts seconds."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file.

        Raises:
            ConfigError: it cannot be read, or something in it is wrong.
        """
        self._path = path
        self._clock = clock
        self._checked = clock()
        try:
            self._state = self._look()
            self._entries = read_entries(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            msg = f"NOMAD_BUILD_TOKENS_FILE: {path}: {error}"
            raise ConfigError(msg) from error

    @property
    def due(self) -> bool:
        """Whether it is time to look at the file again."""
        return self._clock() - self._checked >= CHECK_SECONDS

    def refresh(self) -> None:
        """Read the file again if it is another than before; one that cannot be used leaves all as it was."""
        self._checked = self._clock()
        try:
            state = self._look()
            if state == self._state:
                return
            # Told once, not at each look; the file's next change is looked at anew.
            self._state = state
            self._entries = read_entries(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            if not isinstance(error, OSError) or self._state is not None:
                _log.error("the tokens stay as they were: %s: %s", self._path, error)
            if isinstance(error, OSError):
                self._state = None
            return
        _log.info("%d tokens are read anew from %s", len(self._entries), self._path)

    def find(self, token: str, now: datetime) -> Entry | None:
        """Return a token's entry, None when it is unknown.

        However many entries there are and wherever the token's is, all are compared, each in constant time.

        Raises:
            Unauthenticated: the token has expired.
        """
        if len(token) < _LENGTH:
            return None
        given = digest(token).encode()
        found = None
        for entry in self._entries:
            if hmac.compare_digest(entry.hash.encode(), given):
                found = entry
        if found is not None and found.expires is not None and found.expires <= now:
            day = found.expires.astimezone(UTC).isoformat(timespec="seconds")
            msg = f"the token {found.name} expired at {day}"
            raise Unauthenticated(msg, next_step="Ask an operator of the service for a new token")
        return found

    def _look(self) -> tuple[int, ...] | None:
        """What changes whenever the file does: also by a new one in its place, or a link to another."""
        found = self._path.stat()
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
