import io
import json
import logging

import pytest
import structlog

from service.logs import ALLOWED_FIELDS, LONGEST_TEXT, configure_logs, request_logged
from service.settings import LogFormat, LogLevel


@pytest.fixture
def stream():
    handlers, level = logging.root.handlers[:], logging.root.level
    yield io.StringIO()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def lines(stream):
    configure_logs(level=LogLevel.INFO, log_format=LogFormat.JSON, stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_level_and_time(lines):
    structlog.get_logger().info("request", route="/v1/members/<member_id>", status=200, duration_ms=1.5)

    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "route": "/v1/members/<member_id>",
        "status": 200,
        "duration_ms": 1.5,
    }


def test_fields_that_are_not_allowed_are_never_written(lines, stream):
    structlog.get_logger().info(
        "saved", member_id="m-1", profile={"a": 1}, path="/v1/members/m-1", key="alk_x", count=1
    )

    assert set(lines()[0]) == {"event", "level", "timestamp", "count"}
    assert "m-1" not in stream.getvalue()


def test_no_field_could_name_a_person_or_hold_a_secret():
    forbidden = {
        "id",
        "name",
        "member",
        "seeker",
        "supporter",
        "login",
        "email",
        "path",
        "url",
        "query",
        "key",
        "secret",
    }

    assert not {
        field for field in ALLOWED_FIELDS for word in field.split("_") if word in forbidden and field != "request_id"
    }


def test_values_that_are_no_plain_texts_or_numbers_are_only_named_by_type(lines):
    structlog.get_logger().info("saved", state={"name": "Ada"}, task=["Ada"], count=3)

    assert (lines()[0]["state"], lines()[0]["task"], lines()[0]["count"]) == ("dict", "list", 3)


def test_a_value_can_neither_begin_a_new_line_nor_fill_the_disk(lines):
    structlog.get_logger().info("saved", code="a\r\nb" + "x" * 1000)

    (line,) = lines()
    assert line["code"].startswith("a  b")
    assert len(line["code"]) == LONGEST_TEXT


def test_of_an_exception_its_type_and_places_are_written_never_its_message(lines, stream):
    def inner():
        raise ValueError("Ada Lovelace is 36")

    try:
        inner()
    except ValueError:
        structlog.get_logger().exception("job_failed", code="boom")

    (line,) = lines()
    assert line["error_type"] == "builtins.ValueError"
    assert line["error_at"].startswith("service/test_logs.py:")
    assert line["error_at"].count("test_logs.py") == 2
    assert "Ada" not in stream.getvalue()


def test_an_exception_may_be_passed_as_it_is(lines):
    structlog.get_logger().error("job_failed", exc_info=KeyError("Ada"))

    assert lines()[0]["error_type"] == "builtins.KeyError"


def test_every_line_of_a_request_has_its_id(lines):
    with request_logged("abc-12345") as request_id:
        structlog.get_logger().info("first")
    with request_logged(None) as other:
        structlog.get_logger().info("second")
    structlog.get_logger().info("third")

    assert request_id == "abc-12345"
    assert [line.get("request_id") for line in lines()] == ["abc-12345", other, None]
    assert len(other) == 16


@pytest.mark.parametrize("given", ["", "short", "a" * 65, "with blank", 'quote"12345', "new\nline12"])
def test_a_given_request_id_of_another_form_is_replaced(given):
    with request_logged(given) as request_id:
        assert request_id != given


def test_lines_below_the_level_are_not_written(stream):
    configure_logs(level=LogLevel.WARNING, log_format=LogFormat.JSON, stream=stream)

    structlog.get_logger().info("quiet")
    structlog.get_logger().warning("loud")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_of_other_libraries_the_template_of_a_warning_is_written_and_nothing_it_was_filled_with(lines, stream):
    logging.getLogger("somewhere").info("not for us")
    logging.getLogger("somewhere").warning("GET %s failed", "https://example.org/m-1")
    logging.getLogger("somewhere").critical("stopped")

    assert [(line["logger"], line["level"], line["event"]) for line in lines()] == [
        ("somewhere", "warning", "GET %s failed"),
        ("somewhere", "error", "stopped"),
    ]
    assert "m-1" not in stream.getvalue()


def test_a_library_whose_line_nobody_can_read_any_more_goes_on(stream):
    configure_logs(level=LogLevel.INFO, log_format=LogFormat.JSON, stream=stream)
    stream.close()

    logging.getLogger("library").warning("nobody hears this of %s", "anna")


def test_console_lines_are_for_people(stream):
    configure_logs(level=LogLevel.INFO, log_format=LogFormat.CONSOLE, stream=stream)

    structlog.get_logger().info("request", status=200, member_id="m-1")

    assert "request" in stream.getvalue()
    assert "status=200" in stream.getvalue()
    assert "m-1" not in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_auto_is_json_where_no_terminal_listens(stream):
    configure_logs(level=LogLevel.INFO, log_format=LogFormat.AUTO, stream=stream)

    structlog.get_logger().info("request")

    assert json.loads(stream.getvalue())["event"] == "request"
