"""`GET /docs`: the HTTP interface for people, from the OpenAPI document, on a page like the others.

FastAPI's own page loads its scripts from a CDN, which a control room's network does not reach, and needs inline
styles, which our policy forbids.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response

from api.rendering import Renderer

METHODS: Final = ("get", "post", "put", "patch", "delete")
DEEPEST: Final = 6


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation, with what it may be in words."""

    name: str
    place: str
    required: bool
    kind: str
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for; `body` and `answer` are examples as JSON, "" where there is none."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: str
    answer: str
    statuses: tuple[tuple[str, str], ...]


def install(app: FastAPI, renderer: Renderer) -> None:
    """Add the page."""

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        document = app.openapi()
        facts = {
            "operations": list(operations(document)),
            "about": document["info"],
            "address": str(request.base_url).rstrip("/"),
        }
        return renderer.render(request, "docs.html", "/docs", facts)


def operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Yield the operations of an OpenAPI document."""
    schemas = document.get("components", {}).get("schemas", {})
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield _operation(method, path, item[method], schemas)


def _operation(method: str, path: str, given: Mapping[str, Any], schemas: Mapping[str, Any]) -> Operation:
    content = given.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = given["responses"]
    answer = answers.get("200", answers.get("201", {})).get("content", {}).get("application/json", {})
    return Operation(
        method.upper(),
        path,
        given.get("summary", ""),
        given.get("description", ""),
        tuple(_parameter(one) for one in given.get("parameters", ())),
        _example(content, schemas),
        _example(answer, schemas),
        tuple((status, one.get("description", "")) for status, one in sorted(answers.items())),
    )


def _parameter(given: Mapping[str, Any]) -> Parameter:
    schema = given.get("schema", {})
    description = given.get("description", "")
    return Parameter(given["name"], given["in"], given.get("required", False), _kind(schema), description)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return in short what a value may be."""
    choices = [one for one in schema.get("anyOf", [schema]) if one.get("type") != "null"]
    return " | ".join(_one_kind(one) for one in choices)


def _one_kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    limits = [f"{sign} {schema[key]}" for key, sign in (("minimum", "≥"), ("maximum", "≤")) if key in schema]
    return " ".join([str(schema.get("type", "")), *limits, schema.get("pattern", "")]).strip()


def _example(content: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    if "example" in content:
        return _as_json(content["example"])
    schema = content.get("schema", {})
    return _as_json(_made_up(schema, schemas)) if schema and schema != {"type": "object"} else ""


def _made_up(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: ANN401, PLR0911 - JSON
    """Return a value that a schema allows: an example of its own, or one put together from its parts."""
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("example", "const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if depth > DEEPEST:
        return None
    if "$ref" in schema:
        return _made_up(schemas.get(schema["$ref"].rpartition("/")[2], {}), schemas, depth + 1)
    if "anyOf" in schema:
        return _made_up(schema["anyOf"][-1 if "$ref" in schema["anyOf"][-1] else 0], schemas, depth + 1)
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [_made_up(schema.get("items", {}), schemas, depth + 1)]
    if schema.get("type") == "object":
        return {name: _made_up(one, schemas, depth + 1) for name, one in schema.get("properties", {}).items()}
    return {"string": "…", "integer": 1, "number": 0.5, "boolean": True}.get(schema.get("type", ""))


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
