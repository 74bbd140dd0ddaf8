"""sprig's paths and URLs: Go's path and net/url."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from collections.abc import Callable, Mapping

from generator.golang import quoting
from generator.template import signatures, values


def base(path: str) -> str:
    """``path.Base``: the last element, the root or a dot where there is none."""
    if not path:
        return "."
    return path.rstrip("/").rpartition("/")[2] or "/"


def directory(path: str) -> str:
    return clean(path[: path.rfind("/") + 1])


def clean(path: str) -> str:
    cleaned = posixpath.normpath(path) if path else "."
    # POSIX keeps two leading slashes apart, Go does not.
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def extension(path: str) -> str:
    name = path.rpartition("/")[2]
    return name[name.rfind(".") :] if "." in name else ""


def is_absolute(path: str) -> bool:
    return path.startswith("/")


# URLs. The parts are those of Go's url.URL.

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>.*)", re.DOTALL)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2}).{0,2}", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PATH_SAFE = "$&+,/:;=@-_.~"
_FRAGMENT_SAFE = "!$&'()*+,/:;=?@-_.~"
_USER_SAFE = "$&+,;=-_.~"
_HOST_SAFE = "!$&'()*+,;=:[]<>\"-_.~"


def url_parse(text: str) -> object:
    """The parts of a URL in a dict."""
    try:
        return _parsed(text)
    except ValueError as invalid:
        shown = quoting.quote(text.partition("#")[0])
        msg = f"unable to parse url: parse {shown}: {invalid}"
        raise signatures.CallError(msg) from invalid


def _parsed(text: str) -> dict[str, object]:
    rest, _, fragment = text.partition("#")
    if _CONTROL.search(rest):
        msg = "net/url: invalid control character in URL"
        raise ValueError(msg)
    scheme = ""
    match = _SCHEME.fullmatch(rest)
    if match:
        scheme, rest = match["scheme"].lower(), match["rest"]
    elif rest.startswith(":"):
        msg = "missing protocol scheme"
        raise ValueError(msg)
    rest, _, query = rest.partition("?")
    opaque = user = host = ""
    if scheme and not rest.startswith("/"):
        opaque, rest = rest, ""
    elif not scheme and ":" in rest.partition("/")[0]:
        msg = "first path segment in URL cannot contain colon"
        raise ValueError(msg)
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, _, host = authority.rpartition("@")
        user, host = _user(user), _host(host)
    return {
        "scheme": scheme,
        "host": host,
        "hostname": _hostname(host),
        "path": _unescaped(rest),
        "query": query,
        "opaque": opaque,
        "fragment": _unescaped(fragment),
        "userinfo": user,
    }


def _unescaped(text: str) -> str:
    wrong = _ESCAPE.search(text)
    if wrong:
        msg = f"invalid URL escape {quoting.quote(wrong[0])}"
        raise ValueError(msg)
    return quoting.decode(urllib.parse.unquote_to_bytes(quoting.encode(text)))


def _user(text: str) -> str:
    """User and password, escaped anew as ``Userinfo.String`` does."""
    name, colon, password = text.partition(":")
    return (
        _escaped(_unescaped(name), _USER_SAFE) + colon + _escaped(_unescaped(password), _USER_SAFE)
    )


def _host(text: str) -> str:
    port = re.fullmatch(r"(?:\[.*\]|[^:]*)(?P<port>:.*)?", text)
    if port is None or (port["port"] and not re.fullmatch(r":[0-9]*", port["port"])):
        shown = quoting.quote(text[text.rfind(":") :])
        msg = f"invalid port {shown} after host"
        raise ValueError(msg)
    if " " in text:
        msg = 'invalid character " " in host name'
        raise ValueError(msg)
    return _unescaped(text)


def _hostname(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _escaped(text: str, safe: str) -> str:
    return urllib.parse.quote(quoting.encode(text), safe=safe)


def url_join(parts: dict[str, object]) -> str:
    """A URL of its parts, as ``url.URL.String`` writes it."""
    scheme, host, path = (_part(parts, name) for name in ("scheme", "host", "path"))
    opaque, query, fragment = (_part(parts, name) for name in ("opaque", "query", "fragment"))
    user = _part(parts, "userinfo")
    written = f"{scheme}:" if scheme else ""
    if opaque:
        written += opaque
    else:
        if host or user:
            written += (
                "//" + (f"{_joined_user(user)}@" if user else "") + _escaped(host, _HOST_SAFE)
            )
            path = f"/{path}" if path and not path.startswith("/") and host else path
        escaped = "*" if path == "*" else _escaped(path, _PATH_SAFE)
        if not written and ":" in escaped.partition("/")[0]:
            written = "./"
        written += escaped
    if query:
        written += f"?{query}"
    return written + (f"#{_escaped(fragment, _FRAGMENT_SAFE)}" if fragment else "")


def _joined_user(text: str) -> str:
    try:
        return _user(text)
    except ValueError as invalid:
        shown = quoting.quote(f"proto://{text}@host")
        msg = f"unable to parse userinfo in dict: parse {shown}: {invalid}"
        raise signatures.CallError(msg) from invalid


def _part(parts: dict[str, object], name: str) -> str:
    value = parts.get(name, "")
    if isinstance(value, str):
        return value
    msg = f"unable to parse {name} key, must be of type string, but {values.kind_name(value)} found"
    raise signatures.CallError(msg)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "base": base,
    "clean": clean,
    "dir": directory,
    "ext": extension,
    "isAbs": is_absolute,
    "osBase": base,
    "osClean": clean,
    "osDir": directory,
    "osExt": extension,
    "osIsAbs": is_absolute,
    "urlJoin": url_join,
    "urlParse": url_parse,
}
