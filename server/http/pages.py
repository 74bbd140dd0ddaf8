"""The pages of plain HTTP: its description for programs (``/openapi.json``) and for people (``/docs``).

The page needs nothing but itself: no script, no font, no other host.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import urllib.parse
from importlib import resources as packaged
from typing import Any

import jinja2
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server.http import kinds, openapi
from server.http.bodies import JSON

_JSON_RESPONSE = {"X-Content-Type-Options": "nosniff"}


def create_page_routes() -> list[Route]:
    """Return the routes of the pages, and of what a browser asks for besides."""
    return [
        Route("/", _lead, methods=["GET"]),
        Route("/docs", _show, methods=["GET"]),
        Route("/openapi.json", _describe, methods=["GET"]),
        Route("/favicon.ico", _answer_nothing, methods=["GET"]),
    ]


async def _lead(request: Request) -> Response:
    # A relative address also leads there behind a proxy that serves all this below a path.
    return RedirectResponse("docs")


async def _show(request: Request) -> Response:
    page, policy = render()
    return HTMLResponse(page, headers=_JSON_RESPONSE | {"Content-Security-Policy": policy})


async def _describe(request: Request) -> Response:
    return JSONResponse(openapi.create_document(), headers=_JSON_RESPONSE)


async def _answer_nothing(request: Request) -> Response:
    return Response(status_code=204)


@functools.cache
def render() -> tuple[str, str]:
    """Return the page and the policy under which a browser shows it; made once."""
    folder = packaged.files("server.http")
    style = (folder / "page.css").read_text()
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.ChainableUndefined
    )
    environment.filters |= {
        "kind": kinds.show,
        "default_value": kinds.show_default,
        "prose": _show_prose,
        "curl": _show_call,
        "show": _show_value,
        "problems": _list_problems,
    }
    document = openapi.create_document()
    page = environment.from_string((folder / "page.html").read_text()).render(
        api=document, groups=_group(document), style=Markup(style)
    )
    # The one style is allowed by what it says; a script never is.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return page, policy


def _group(document: dict[str, Any]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Return the operations of each tag."""
    operations = [
        {"path": path, "method": method, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return [
        (tag, [each for each in operations if tag["name"] in each["tags"]])
        for tag in document["tags"]
    ]


def _show_prose(text: Any) -> Markup:
    """Show paragraphs, and names between backticks as code."""
    if not text:
        return Markup()
    paragraphs = []
    for paragraph in str(text).split("\n\n"):
        parts = [str(escape(part)) for part in paragraph.split("`")]
        parts[1::2] = [f"<code>{part}</code>" for part in parts[1::2]]
        paragraphs.append(f"<p>{''.join(parts)}</p>")
    return Markup("".join(paragraphs))


def _show_call(operation: dict[str, Any]) -> str:
    """Show a call as somebody would type it."""
    path, query = operation["path"], {}
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif "example" in parameter:
            query[parameter["name"]] = parameter["example"]
    if operation["method"] == "get":
        address = f"http://HOST{path}"
        return f"curl '{address}?{urllib.parse.urlencode(query)}'" if query else f"curl {address}"
    example = operation["requestBody"]["content"][JSON].get("example", {})
    return f"curl http://HOST{path} -H 'Content-Type: {JSON}' -d '{json.dumps(example, indent=2)}'"


def _show_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _list_problems(responses: dict[str, Any]) -> list[tuple[str, str]]:
    known = openapi.create_document()["components"]["responses"]
    return [
        (code, known[response["$ref"].rpartition("/")[2]]["description"])
        for code, response in responses.items()
        if "$ref" in response
    ]
