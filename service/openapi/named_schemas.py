"""Every object in a request has a name in the API's document, so that generated clients have a type for it."""

from __future__ import annotations

import json
import re
from typing import Any

Schema = dict[str, Any]
_PLACE = "#/components/schemas/"
_UNIONS = ("anyOf", "oneOf")


def name_requests(document: Schema) -> None:
    """Move each object that a request body describes in place to the shared schemas; equal ones are one."""
    schemas: Schema = document["components"]["schemas"]
    names = {_text(schema): name for name, schema in schemas.items()}
    for operations in document["paths"].values():
        for operation in operations.values():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                title = f"{_camel(operation['operationId'])}Request"
                media["schema"] = _named(media["schema"], title, schemas, names)


def _named(schema: Schema, name: str, schemas: Schema, names: dict[str, str]) -> Schema:
    if "$ref" in schema:
        return schema
    whole = dict(schema)
    if "properties" in whole:
        whole["properties"] = {
            key: _named(part, f"{name}{_camel(key)}", schemas, names) for key, part in whole["properties"].items()
        }
    for union in _UNIONS:
        if union in whole:
            whole[union] = [
                _named(part, f"{name}{_told_by(part) or place}", schemas, names)
                for place, part in enumerate(whole[union], 1)
            ]
    if isinstance(whole.get("items"), dict):
        whole["items"] = _named(whole["items"], f"{name}Item", schemas, names)
    if "properties" not in whole:
        return whole
    text = _text(whole)
    if text not in names:
        names[text] = _free(name, schemas)
        schemas[names[text]] = whole
    return {"$ref": _PLACE + names[text]}


def _told_by(schema: Schema) -> str:
    """What tells one of several from the others: the only value of its `name`, and the kind of value beside it."""
    properties = schema.get("properties", {})
    only = properties.get("name", {}).get("enum", ())
    return "".join(map(_camel, (*only, *(key for key in properties if key != "name")))) if len(only) == 1 else ""


def _free(name: str, schemas: Schema) -> str:
    place, free = 1, name
    while free in schemas:
        place += 1
        free = f"{name}{place}"
    return free


def _camel(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


def _text(schema: Schema) -> str:
    return json.dumps(schema, sort_keys=True)
