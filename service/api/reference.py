"""The API reference as a page of the service itself, and the OpenAPI document for programs; both without a key.

The page is written from the document, so it is true whenever the document is. It needs no script and nothing from any
other host. How the document is made is told in `document.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, json, render_template
from markupsafe import Markup, escape

from service.api.document import openapi_document

reference = Blueprint(
    "reference", __name__, template_folder="templates", static_folder="static", static_url_path="/docs"
)

_METHODS = ("get", "put", "patch", "post", "delete")
_MARKS = ((re.compile(r"`([^`]+)`"), r"<code>\1</code>"), (re.compile(r"\*\*([^*]+)\*\*"), r"<strong>\1</strong>"))
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cache-Control": "public, max-age=300",
}


def register_reference(app: Flask) -> None:
    """Put the page and the document on an app; the document is made when it is first asked for."""
    app.extensions["alongside_document"] = cache(openapi_document)
    app.register_blueprint(reference)


@reference.get("/docs")
def get_reference() -> Response:
    """Show the reference."""
    page = render_template(
        "reference/page.html", document=_document(), tags=list(_tags()), schemas=_schemas(), show=_Show
    )
    return Response(page, mimetype="text/html", headers=_PAGE_HEADERS)


@reference.get("/openapi.json")
def get_document() -> Response:
    """Give the OpenAPI document."""
    return Response(json.dumps(_document()), mimetype="application/json", headers=_PAGE_HEADERS)


def _document() -> dict[str, Any]:
    return cast("dict[str, Any]", current_app.extensions["alongside_document"]())


def _tags() -> Iterator[tuple[dict[str, Any], list[tuple[str, str, dict[str, Any]]]]]:
    """Give each tag with its operations: method, path, operation."""
    document = _document()
    for tag in document["tags"]:
        operations = [
            (method, path, entry[method])
            for path, entry in document["paths"].items()
            for method in _METHODS
            if method in entry and tag["name"] in entry[method]["tags"]
        ]
        if operations:
            yield tag, operations


def _schemas() -> dict[str, Any]:
    return dict(sorted(_document()["components"]["schemas"].items()))


class _Show:
    """How pieces of the document are shown."""

    @staticmethod
    def text(text: str | None) -> Markup:
        """Give a description as paragraphs, with what is `code` or **strong** in it."""
        paragraphs = re.split(r"\n\s*\n", (text or "").strip())
        return Markup("").join(Markup("<p>{}</p>").format(_Show.line(each)) for each in paragraphs if each)

    @staticmethod
    def line(text: str | None) -> Markup:
        """Give one paragraph of a description."""
        marked = str(escape(text or ""))
        for mark, html in _MARKS:
            marked = mark.sub(html, marked)
        return Markup(marked)

    @staticmethod
    def json(value: Any) -> str:
        """Write an example."""
        return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False, sort_keys=False)

    @staticmethod
    def short(value: Any) -> str:
        """Write an example on one line."""
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    @staticmethod
    def resolved(value: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow a reference."""
        if "$ref" not in value:
            return value
        found: Any = _document()
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return cast("Mapping[str, Any]", found)

    @staticmethod
    def kind(schema: Mapping[str, Any]) -> Markup:
        """Name the type of a value, with a link where it is described."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return Markup('<a href="#{0}">{0}</a>').format(name)
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return Markup(" or ").join(dict.fromkeys(_Show.kind(each) for each in schema[several]))
        if "enum" in schema:
            return Markup(" · ").join(Markup("<code>{}</code>").format(each) for each in schema["enum"])
        types = schema.get("type", "any value")
        names = [types] if isinstance(types, str) else list(types)
        return Markup(" or ").join(_Show._plain(name, schema) for name in names)

    @staticmethod
    def bounds(schema: Mapping[str, Any]) -> str:
        """Tell the bounds of a value in words."""
        inner = schema.get("items", {}) if schema.get("type") == "array" else {}
        found = [
            words.format(each[name])
            for each in (schema, inner)
            for name, words in _BOUNDS.items()
            if isinstance(each, Mapping) and name in each
        ]
        return ", ".join(found)

    @staticmethod
    def _plain(name: str, schema: Mapping[str, Any]) -> Markup:
        if name == "array":
            return Markup("list of {}").format(_Show.kind(schema.get("items", {})))
        if name == "string" and "format" in schema:
            return escape(schema["format"])
        return escape({"string": "text", "integer": "whole number", "boolean": "true or false"}.get(name, name))


_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "maxProperties": "at most {} names",
    "pattern": "matches {}",
    "default": "usually {}",
}
