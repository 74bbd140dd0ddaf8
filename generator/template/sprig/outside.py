"""The functions of sprig that ask the world outside, on what the caller hands over of it."""

from __future__ import annotations

import base64
import re
import string
import uuid
from collections.abc import Callable, Mapping

from generator import limits
from generator.template import impurities, signatures
from generator.template.sprig import ciphers, dates, times, zones

_REFERENCE = re.compile(
    r"\$(?:\{(?P<braced>[^}]*)\}|(?P<special>[*#$@!?0-9-])|(?P<bare>\w+))", re.ASCII
)
_PRINTABLE = "".join(map(chr, range(32, 127)))
_ALPHABETS = {
    "randAlpha": string.ascii_letters,
    "randAlphaNum": string.ascii_letters + string.digits,
    "randAscii": _PRINTABLE,
    "randNumeric": string.digits,
}


def functions(given: impurities.Impurities) -> Mapping[str, Callable[..., object]]:
    """All of them."""

    def clock() -> times.Time:
        moment = given.now()
        seconds = int(moment.timestamp() // 1)
        return times.Time(seconds, moment.microsecond * 1000, zones.LOCAL)

    return {
        **dates.functions(clock),
        **_environment(given),
        **_random(given),
        "getHostByName": _resolver(given),
    }


def _environment(given: impurities.Impurities) -> Mapping[str, Callable[..., object]]:
    def env(name: str) -> str:
        return given.environment.get(name, "")

    def expandenv(text: str) -> str:
        return _REFERENCE.sub(lambda mark: env(mark[mark.lastgroup or 0]), text)

    return {"env": env, "expandenv": expandenv}


def _random(given: impurities.Impurities) -> Mapping[str, Callable[..., object]]:
    source = given.random

    def encrypt_aes(password: str, text: str) -> str:
        return ciphers.encrypt_aes(password, text, source.randbytes(16))

    def rand_bytes(count: int) -> str:
        if count < 0:
            msg = "runtime error: makeslice: len out of range"
            raise signatures.CallError(msg)
        limits.check_text(2 * count)
        return base64.b64encode(source.randbytes(count)).decode("ascii")

    def rand_int(low: int, high: int) -> int:
        _require_range(high - low)
        return source.randrange(low, high)

    def shuffle(text: str) -> str:
        return "".join(source.sample(text, len(text)))

    def uuidv4() -> str:
        return str(uuid.UUID(bytes=source.randbytes(16), version=4))

    return {
        **{name: _picker(given, alphabet) for name, alphabet in _ALPHABETS.items()},
        "encryptAES": encrypt_aes,
        "randBytes": rand_bytes,
        "randInt": rand_int,
        "shuffle": shuffle,
        "uuidv4": uuidv4,
    }


def _picker(given: impurities.Impurities, alphabet: str) -> Callable[[int], str]:
    def pick(count: int) -> str:
        limits.check_items(count)
        limits.spend(max(count, 0))
        return "".join(given.random.choices(alphabet, k=max(count, 0)))

    return pick


def _resolver(given: impurities.Impurities) -> Callable[[str], str]:
    def get_host_by_name(name: str) -> str:
        found = given.addresses(name)
        _require_range(len(found))
        return found[given.random.randrange(len(found))]

    return get_host_by_name


def _require_range(size: int) -> None:
    """As Go's ``rand.Intn``."""
    if size <= 0:
        msg = "invalid argument to Intn"
        raise signatures.CallError(msg)
