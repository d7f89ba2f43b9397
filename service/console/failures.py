"""What a coordinator reads when a page cannot be shown: what happened, that nothing is lost, and where to go on.

A new error is a row of `_MESSAGES`; an id of another platform is not found, like one that never was. Technical
details go to the log, never on a page.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from service.console.blueprint import console
from service.errors import Forbidden, InvalidInput, NotFound, ServiceError, TemporaryError


@dataclass(frozen=True, slots=True)
class Message:
    """A page of few words."""

    title: str
    text: str


_log = structlog.get_logger(__name__)

_MESSAGES = {
    400: Message("That did not arrive whole", "Nothing was changed. Please go back and try once more."),
    403: Message("This is for others to do", "You can read everything here, but decisions are made by others."),
    404: Message("There is nothing here", "The page may have moved on, or the address may have a slip in it."),
    405: Message("There is nothing here", "The page may have moved on, or the address may have a slip in it."),
    413: Message("That was too much at once", "Nothing was changed. Please go back and try with less."),
    500: Message(
        "Something went wrong on our side", "It is not your fault. Please try again; if it stays, tell your lead."
    ),
    503: Message(
        "Just a moment", "Alongside cannot reach its own notes right now. Nothing is lost; please try again soon."
    ),
}

_OUT_OF_DATE = Message(
    "This form was out of date", "Nothing was changed. Please open the page again and repeat your last step."
)


@console.route("/<path:rest>", methods=["GET", "POST"])
def get_nothing(rest: str) -> ResponseReturnValue:  # noqa: ARG001 - whatever it was, it is not there
    """Answer every address of the console that no page has."""
    return _page(404, _MESSAGES[404])


@console.errorhandler(NotFound)
@console.errorhandler(InvalidInput)
def show_not_found(error: Exception) -> ResponseReturnValue:  # noqa: ARG001 - which it was is nobody's business
    """Answer an id, cursor or page that is not there, or not in this platform."""
    return _page(404, _MESSAGES[404])


@console.errorhandler(CSRFError)
def show_out_of_date(error: CSRFError) -> ResponseReturnValue:  # noqa: ARG001
    """Answer a form that is not from the session at hand."""
    return _page(400, _OUT_OF_DATE)


@console.errorhandler(TemporaryError)
def show_unavailable(error: TemporaryError) -> ResponseReturnValue:
    """Answer while the store cannot be reached, without touching it again."""
    response, status = _page(503, _MESSAGES[503], is_plain=True)
    return response, status, {"Retry-After": str(error.retry_after_seconds)}


@console.errorhandler(Forbidden)
def show_forbidden(error: Forbidden) -> ResponseReturnValue:  # noqa: ARG001
    """Answer somebody who may not do this."""
    return _page(403, _MESSAGES[403])


@console.errorhandler(ServiceError)
def show_fault(error: ServiceError) -> ResponseReturnValue:
    """Answer a fault of ours that the service itself noticed."""
    _log.error("page_failed", exc_info=error, code=error.code)
    return _page(500, _MESSAGES[500], is_plain=True)


@console.errorhandler(400)
@console.errorhandler(403)
@console.errorhandler(404)
@console.errorhandler(405)
@console.errorhandler(413)
@console.errorhandler(500)
def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Answer what HTTP or a view refused, and faults of ours."""
    status = error.code or 500
    return _page(status, _MESSAGES.get(status, _MESSAGES[500]), is_plain=status >= 500)


def _page(status: int, message: Message, *, is_plain: bool = False) -> tuple[str, int]:
    link = request.path if is_plain and request.method == "GET" else url_for("console.get_home")
    return (
        render_template(
            "console/message.html",
            message=message,
            link=link,
            link_words="Try again" if is_plain else "Go to the review queue",
            is_plain=is_plain,
        ),
        status,
    )
