"""GET /openapi.json: the HTTP API described from its route table and its pydantic models (OpenAPI 3.1)."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.api.error_table import STATUS
from server.errors import WildtrackError
from server.protocol.http import ErrorBody

API_VERSION = "1.0"
"""Grows when something is added; the first number, when something breaks."""
DOCUMENT: web.AppKey[dict[str, Any]] = web.AppKey("openapi", dict)

_BINARY: Mapping[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}

_TEXT: Mapping[str, Any] = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path: what is routed, and how it is described."""

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    summary: str
    response: type[BaseModel] | tuple[str, ...]
    """The JSON that comes back, or the media types of the bytes that do."""
    body: type[BaseModel] | str | None = None
    """The JSON that goes in, or the media type of the bytes that do."""
    body_lines: type[BaseModel] | None = None
    """The JSON of each line that goes in, where the body is lines."""
    form: tuple[str, type[BaseModel]] | None = None
    """The field of a form that is a file, and those that are not."""
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Parameter -> JSON schema."""
    errors: Sequence[type[WildtrackError]] = ()
    """Those that this operation itself can answer with."""
    needs_key: bool = True
    """Whether it needs an API key where keys are needed."""
    status: int = 200
    """Of an answer that is no error."""
    headers: Sequence[str] = ()
    """Headers of the request that it reads."""

    @property
    def operation_id(self) -> str:
        """A name for generated clients."""
        return self.handler.__name__


async def openapi(request: web.Request) -> web.Response:
    """This server's description."""
    return web.json_response(request.app[DOCUMENT])


def describe_api(operations: Sequence[Operation]) -> dict[str, Any]:
    """The OpenAPI document of all operations."""
    models = [model for operation in operations for model in (operation.body, operation.body_lines, operation.response)]
    found = {model for model in models if isinstance(model, type)} | {ErrorBody}
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(found, key=lambda model: model.__name__)],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wildtrack",
            "version": API_VERSION,
            "description": "Speech, and sound for videos, heard while it is being made. Errors: docs/errors.md.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "Not needed on a loopback address."}
            },
        },
    }


def _describe(operation: Operation) -> dict[str, Any]:
    description: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "responses": {str(operation.status): {"description": "Done.", "content": _content(operation.response)}},
    }
    by_status: dict[int, list[str]] = {}
    for error in operation.errors:
        by_status.setdefault(STATUS[error], []).append(error.code)
    for status, codes in sorted(by_status.items()):
        description["responses"][str(status)] = {
            "description": ", ".join(f"`{code}`" for code in codes),
            "content": _content(ErrorBody),
        }
    parameters = [
        *({"name": name, "in": "path", "required": True, "schema": _TEXT} for name in _in_path(operation.path)),
        *({"name": name, "in": "query", "schema": dict(schema)} for name, schema in operation.query.items()),
        *({"name": name, "in": "header", "schema": _TEXT} for name in operation.headers),
    ]
    if parameters:
        description["parameters"] = parameters
    if operation.form is not None:
        description["requestBody"] = {"required": True, "content": {"multipart/form-data": _form(operation.form)}}
    if operation.body is not None:
        body = (operation.body,) if isinstance(operation.body, str) else operation.body
        description["requestBody"] = {"required": True, "content": _content(body)}
    if operation.body_lines is not None:
        lines = {"application/x-ndjson": _content(operation.body_lines)["application/json"]}
        description["requestBody"] = {"required": True, "description": "One object a line.", "content": lines}
    if operation.needs_key:
        description["security"] = [{}, {"key": []}]
    return description


def _in_path(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def _form(form: tuple[str, type[BaseModel]]) -> dict[str, Any]:
    file, fields = form
    properties = {file: dict(_BINARY), **fields.model_json_schema()["properties"]}
    return {"schema": {"type": "object", "properties": properties, "required": [file]}}


def _content(what: type[BaseModel] | tuple[str, ...]) -> dict[str, Any]:
    if isinstance(what, tuple):
        return {media_type: {"schema": dict(_BINARY, contentMediaType=media_type)} for media_type in what}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{what.__name__}"}}}
