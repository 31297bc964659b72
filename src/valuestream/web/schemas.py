"""The schemas of the JSON twins as the OpenAPI tells them: the files that the command line's documents keep to, too."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

Schema = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]
WRONG = (400, 404, 422)


def answers(*names: str, what: str = "The same answer as data.") -> Responses:
    """The replies of an address: one of the documents of these names, or what is wrong."""
    wrong = {"description": "What is wrong, and what to do.", **_json("error")}
    return {200: {"description": what, **_json(*names)}, **dict.fromkeys(WRONG, wrong)}


def _json(*names: str) -> Schema:
    refs = [{"$ref": f"#/components/schemas/{_called(name)}"} for name in names]
    return {"content": {"application/json": {"schema": refs[0] if len(refs) == 1 else {"oneOf": refs}}}}


def _called(name: str, part: str | None = None) -> str:
    return f"vsm.{name}" + (f".{part}" if part else "")


def install(app: FastAPI) -> None:
    """Let the app's OpenAPI hold the schemas that its answers refer to."""
    usual = app.openapi

    def told() -> Schema:
        if app.openapi_schema is None:
            usual()["components"].setdefault("schemas", {}).update(components())
        return usual()

    app.openapi = told  # type: ignore[method-assign]


@cache
def components() -> dict[str, Schema]:
    """Every document's schema and the parts of each, by the name under which the OpenAPI has it."""
    found: dict[str, Schema] = {}
    for file in sorted((files("valuestream") / "schemas").iterdir(), key=lambda one: one.name):
        name = file.name.removesuffix(".json")
        schema = json.loads(file.read_text(encoding="utf-8"))
        parts = schema.pop("$defs", {})
        schema = {key: value for key, value in schema.items() if key not in ("$schema", "$id")}
        found[_called(name)] = _moved(schema, name)
        found |= {_called(name, part): _moved(told, name) for part, told in parts.items()}
    return found


def _moved(node: Any, name: str) -> Any:
    """A piece of a schema whose parts stand among the components."""
    if isinstance(node, list):
        return [_moved(one, name) for one in node]
    if not isinstance(node, dict):
        return node
    moved = {key: _moved(value, name) for key, value in node.items()}
    if isinstance(node.get("$ref"), str):
        moved["$ref"] = f"#/components/schemas/{_called(name, node['$ref'].removeprefix('#/$defs/'))}"
    return moved
