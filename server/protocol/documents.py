"""What can be read that is no build: the request's JSON Schema, and what the packs' authors say of them.

All of it comes with this version of the service and stays the same as long as that runs; the packs are read when the
first of it is asked for, which takes a moment.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass

import generator
from server import request, schemas
from server.protocol import uris

_JSON = "application/schema+json"
_MARKDOWN = "text/markdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text, and what a list says of it."""

    uri: str
    name: str
    title: str
    description: str
    mime_type: str
    text: str


@functools.cache
def documents() -> dict[str, Document]:
    """Return all documents by their addresses."""
    packs = {name: generator.find_pack(name) for name in generator.pack_names()}
    found = [_describe_request(), _describe_packs(packs)]
    found += [_describe_pack(name, pack) for name, pack in packs.items()]
    return {each.uri: each for each in found}


@functools.cache
def variants() -> tuple[str, ...]:
    """Return the variants that a build may take."""
    return tuple(generator.pack_variants(generator.find_pack("build")))


def find(uri: str) -> Document | None:
    """Return the document of an address, if there is one."""
    name = uris.read_pack_uri(uri)
    return documents().get(uris.pack_uri(name) if name else uri)


def _describe_request() -> Document:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "submitJob",
        "description": "A request to build, test and publish an image. The fields may also stand below jobConfig, and "
        "each name be written with underscores (repo_url).",
    }
    # What pydantic says of the model is left out: the lines above say more.
    schema |= {
        word: value
        for word, value in schemas.whole(request.BuildRequest).items()
        if word not in schema
    }
    return Document(
        uri=uris.REQUEST_SCHEMA,
        name="request-schema",
        title="JSON Schema of a build request",
        description="Every field of submitJob with its limits and patterns, and those of its inner objects; the "
        "tool's own schema is a short form of it.",
        mime_type=_JSON,
        text=json.dumps(schema, indent=1, ensure_ascii=False) + "\n",
    )


def _describe_packs(packs: dict[str, generator.Pack]) -> Document:
    rows = [
        f"| [{name}]({uris.pack_uri(name)}) | {pack.metadata.description} "
        f"| {', '.join(generator.pack_variants(pack)) or '-'} |"
        for name, pack in packs.items()
    ]
    text = "\n".join(
        (
            "# Packs",
            "",
            "A build runs as the jobs of these Nomad Packs, one for each phase. Operators can run the same packs with "
            "`nomad-pack`, without this service.",
            "",
            "| pack | what its job does | variants |",
            "| --- | --- | --- |",
            *rows,
        )
    )
    return Document(
        uri=uris.PACKS,
        name="packs",
        title="The packs that builds run as",
        description="Which Nomad Packs there are, what the job of each does, and in which variants.",
        mime_type=_MARKDOWN,
        text=text + "\n",
    )


def _describe_pack(name: str, pack: generator.Pack) -> Document:
    return Document(
        uri=uris.pack_uri(name),
        name=f"pack-{name}",
        title=f"The pack {name}",
        description=pack.metadata.description,
        mime_type=_MARKDOWN,
        text=(pack.folder / "README.md").read_text("utf-8"),
    )
