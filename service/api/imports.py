"""Imports over HTTP: lines come in whole before anybody is told that they are there; a job stores them."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from schemas.imports import (
    MAPPING_NAME,
    ErrorsQuery,
    ImportErrorsOut,
    ImportOut,
    ImportQuery,
    ImportsOut,
    MappingIn,
    MappingOut,
    MappingsOut,
)
from schemas.page import PageIn
from service.api.auth import needs
from service.api.blueprint import (
    LINK_HEADER,
    LOCATION_HEADER,
    VERSION_HEADER,
    Headers,
    next_page,
    path_id,
    raises,
    takes_json,
    takes_query,
)
from service.api.requests import caller, etag, now, platform_id, store
from service.api.uploads import takes_lines, uploaded
from service.errors import FieldProblem, InvalidInput
from service.records.api_key import Scope
from service.records.import_ import Import
from service.records.mapping import Mapping
from service.usecases.importing import receiving

imports = Blueprint(
    "imports", __name__, url_prefix="/v1", description="Many members at once, and what columns of spreadsheets mean."
)

IMPORT = path_id("import_id", "The import's id, as the answer to the request gave it.")
MAPPING = path_id("name", "The mapping's name.", MAPPING_NAME)
EXAMPLE = {
    "rows": "seekers",
    "id": {"column": "Member"},
    "fields": {
        "languages": {"column": "Languages", "split": ","},
        "timezone": {"constant": "Europe/London"},
        "modes": {"constant": ["text", "voice"]},
        "age_band": {"column": "Age", "as": "age_band"},
        "consent.matching": {"constant": True},
        "consent.given_at": {"constant": "2026-09-01T10:00:00Z"},
    },
}


@imports.post("/imports")
@needs(Scope.MEMBERS_WRITE)
@takes_lines
@takes_query(ImportQuery)
@imports.response(202, ImportOut, description="All lines are kept; a worker stores them.", headers=LOCATION_HEADER)
def post_import(query: dict[str, Any]) -> tuple[Import, Headers]:
    """Import many members, as JSON lines or CSV.

    JSON lines (`application/x-ndjson`): each line is what PUT takes, and `member_id`. CSV (`text/csv`) needs a mapping.
    Good lines are stored, bad ones are told by line; a member may come once. Sending the same lines again changes
    nothing. Ask at Location how far it has come.
    """
    with uploaded() as upload:
        if upload.is_csv != ("mapping" in query):
            raise _wrong_mapping(is_csv=upload.is_csv)
        document = None
        if upload.is_csv:
            document = receiving.get_mapping(store(), platform_id(), name=query["mapping"]).document
        importing = receiving.receive(
            store(),
            platform_id(),
            file=upload.file,
            mapping=document,
            requested_by=f"key:{caller().key_id}",
            now=now(),
        )
    return importing, {"Location": url_for("imports.get_import", import_id=importing.import_id)}


@imports.get("/imports")
@needs(Scope.MEMBERS_WRITE)
@takes_query(PageIn)
@imports.response(200, ImportsOut, headers=LINK_HEADER)
def list_imports(query: dict[str, Any]) -> tuple[dict[str, Any], Headers]:
    """List imports, latest first; they are kept for seven days."""
    page = receiving.list_imports(store(), platform_id(), after=query.get("after"), limit=query["limit"])
    return {"imports": page.records, "next": page.next}, next_page(page.next)


@imports.get("/imports/<import_id>", parameters=[IMPORT])
@needs(Scope.MEMBERS_WRITE)
@raises(_404="NotFound")
@imports.response(200, ImportOut)
def get_import(import_id: str) -> Import:
    """Read how far an import has come."""
    return receiving.get_import(store(), platform_id(), import_id=import_id)


@imports.delete("/imports/<import_id>", parameters=[IMPORT])
@needs(Scope.MEMBERS_WRITE)
@raises(_404="NotFound", _409="NotNow")
@imports.response(202, ImportOut, description="Cancelled; a worker may finish some lines it is at.")
def delete_import(import_id: str) -> Import:
    """Cancel an import: no further lines are stored, those that were stay."""
    return receiving.cancel_import(store(), platform_id(), import_id=import_id)


@imports.get("/imports/<import_id>/errors", parameters=[IMPORT])
@needs(Scope.MEMBERS_WRITE)
@takes_query(ErrorsQuery)
@raises(_404="NotFound")
@imports.response(200, ImportErrorsOut, headers=LINK_HEADER)
def list_import_errors(query: dict[str, Any], import_id: str) -> tuple[dict[str, Any], Headers]:
    """List what is wrong with lines that were not taken, by line, 500 a page at most."""
    problems, following = receiving.list_problems(store(), platform_id(), import_id=import_id, after=query.get("after"))
    return {"errors": problems, "next": following}, next_page(following)


@imports.get("/mappings")
@needs(Scope.MEMBERS_WRITE)
@imports.response(200, MappingsOut)
def list_mappings() -> dict[str, Any]:
    """List mappings by name."""
    return {"mappings": receiving.list_mappings(store(), platform_id())}


@imports.put("/mappings/<name>", parameters=[MAPPING])
@needs(Scope.MEMBERS_WRITE)
@takes_json(MappingIn, example=EXAMPLE)
@imports.response(200, MappingOut, description="Replaced, or the same as before.", headers=VERSION_HEADER)
@imports.alt_response(201, schema=MappingOut, description="New.", headers=VERSION_HEADER, success=True)
def put_mapping(body: Any, name: str) -> tuple[Mapping, int, Headers]:
    """Create or replace a mapping: what the columns of a platform's spreadsheets mean.

    It says the same as a mapping file of `alongside import`, as JSON. Each row must carry the platform's own id. What
    would refuse every row is refused here: a label that the policy does not declare, a value that no profile takes, a
    required field without a source.
    """
    mapping, is_new = receiving.put_mapping(store(), platform_id(), name=name, document=body, now=now())
    return mapping, 201 if is_new else 200, etag(mapping.version)


@imports.get("/mappings/<name>", parameters=[MAPPING])
@needs(Scope.MEMBERS_WRITE)
@raises(_404="NotFound")
@imports.response(200, MappingOut, headers=VERSION_HEADER)
def get_mapping(name: str) -> tuple[Mapping, Headers]:
    """Read a mapping."""
    mapping = receiving.get_mapping(store(), platform_id(), name=name)
    return mapping, etag(mapping.version)


@imports.delete("/mappings/<name>", parameters=[MAPPING])
@needs(Scope.MEMBERS_WRITE)
@raises(_404="NotFound")
@imports.response(204, description="Gone; imports that were asked for keep it.")
def delete_mapping(name: str) -> Response:
    """Remove a mapping."""
    receiving.delete_mapping(store(), platform_id(), name=name)
    return Response(status=204)


def _wrong_mapping(*, is_csv: bool) -> InvalidInput:
    told = "a CSV body needs ?mapping=NAME" if is_csv else "JSON lines take no mapping: leave it out"
    allowed = "must name a mapping with a CSV body" if is_csv else "must be left out with JSON lines"
    return InvalidInput(f"cannot import this: {told}", problems=(FieldProblem("mapping", allowed),))
