"""The rendered reference: everything of the document, in a page that needs nothing from anywhere else."""

from __future__ import annotations

import re
from html import unescape

import pytest

from service.app import create_app


@pytest.fixture
def page(stranger):
    return stranger.get("/docs")


def test_it_is_served_without_a_key_and_loads_nothing_of_others(stranger, page):
    text = page.get_data(as_text=True)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "<script" not in text
    assert " style=" not in text
    loaded = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', text)
    assert loaded == ["/docs/reference.css"]
    with stranger.get(loaded[0]) as style:
        assert (style.status_code, style.mimetype) == (200, "text/css")


def test_every_operation_field_and_problem_of_the_document_is_there(page, document):
    text = unescape(page.get_data(as_text=True))

    for path, entry in document["paths"].items():
        for operation in entry.values():
            if isinstance(operation, dict):
                assert f'id="{operation["operationId"]}"' in text
                assert operation["summary"].rstrip(".") in text
        assert f"<code>{path}</code>" in text
    for name, schema in document["components"]["schemas"].items():
        assert f'id="{name}"' in text
        for field in schema.get("properties", {}):
            assert f"<code>{field}</code>" in text


def test_every_link_on_the_page_leads_somewhere(page):
    text = page.get_data(as_text=True)
    ids = re.findall(r' id="([^"]+)"', text)

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_descriptions_cannot_bring_markup_of_their_own(app):
    from service.api.reference import _Show

    with app.app_context():
        assert _Show.text("a <b> `c<d>`\n\n**e**") == (
            "<p>a &lt;b&gt; <code>c&lt;d&gt;</code></p><p><strong>e</strong></p>"
        )


def test_a_start_does_not_wait_for_the_document_which_is_made_once_when_it_is_asked_for(settings, monkeypatch):
    made = []
    monkeypatch.setattr("service.api.reference.openapi_document", lambda: made.append(1) or {"openapi": "3.1.0"})
    app = create_app(settings)
    client = app.test_client()

    assert (client.get("/v1/runs").status_code, made) == (401, [])
    assert [client.get("/openapi.json").json for _ in range(2)] == [{"openapi": "3.1.0"}] * 2
    assert made == [1]
    app.extensions["alongside"].close()


def test_the_document_is_served_for_programs(stranger, document):
    served = stranger.get("/openapi.json")

    assert served.json == document
    assert served.json["openapi"].startswith("3.1")
