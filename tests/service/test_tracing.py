"""Spans where OpenTelemetry is installed: one a request, named by its route, and nothing that names anybody."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from service import tracing
from service.app import create_app
from service.settings import Settings
from service.usecases.runs import run_now
from tests.service.usecases.cast import P
from tests.service.usecases.conftest import cast, clock, store, store_url

__all__ = ["cast", "clock", "store", "store_url"]


@pytest.fixture(scope="module")
def exporter():
    """What was traced; OpenTelemetry takes one provider for a process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter):
    exporter.clear()
    return exporter.get_finished_spans


@pytest.fixture
def client(tmp_path):
    return create_app(
        Settings(f"sqlite:///{tmp_path}/s", is_embedded=True, secret_key_file=tmp_path / "k", may_make_secret_key=True)
    ).test_client()


def test_a_request_is_a_span_with_its_route_and_no_id(client, spans):
    client.get("/v1/members/m-secret-id?q=secret-word")

    (span,) = spans()
    assert span.name == "GET /v1/members/<member_id>"
    assert dict(span.attributes) == {"http.route": "/v1/members/<member_id>", "http.response.status_code": 401}
    assert "secret" not in span.to_json()


def test_a_request_belongs_to_the_trace_of_its_caller(client, spans):
    client.get("/livez", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"})

    (span,) = spans()
    assert f"{span.context.trace_id:032x}" == "ab" * 16


def test_a_run_is_a_span(cast, clock, spans):
    run_now(cast, P, clock=clock)

    assert [span.name for span in spans()] == ["run"]


def test_an_error_is_told_by_its_kind_and_never_by_its_message(spans):
    with pytest.raises(ValueError, match="secret"), tracing.spanned("job x"):
        raise ValueError("secret")

    (span,) = spans()
    assert (span.status.description, span.events) == ("ValueError", ())
    assert "secret" not in span.to_json()


def test_without_opentelemetry_nothing_is_traced_and_nothing_fails(monkeypatch, spans):
    monkeypatch.setattr(tracing, "_api", lambda: None)

    with tracing.spanned("request") as span:
        span.tell("other", anything=1)

    assert spans() == ()
