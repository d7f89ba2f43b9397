"""What a coordinator reads when a page cannot be shown: what happened, that nothing is lost, and where to go on.

A new error is a row of `_MESSAGES`; an id of another platform is not found, like one that never was. Technical
details go to the log, never on a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from service.console.blueprint import console
from service.console.forms import kept
from service.console.translation import N_, _
from service.errors import Forbidden, InvalidInput, NotFound, ServiceError, TemporaryError


@dataclass(frozen=True, slots=True)
class Message:
    """A page of few words."""

    title: str
    text: str


_log = structlog.get_logger(__name__)

_MESSAGES = {
    400: Message(N_("That did not arrive whole"), N_("Nothing was changed. Please go back and try once more.")),
    403: Message(N_("This is for others to do"), N_("You can read everything here, but decisions are made by others.")),
    404: Message(N_("There is nothing here"), N_("The page may have moved on, or the address may have a slip in it.")),
    405: Message(N_("There is nothing here"), N_("The page may have moved on, or the address may have a slip in it.")),
    413: Message(N_("That was too much at once"), N_("Nothing was changed. Please go back and try with less.")),
    500: Message(
        N_("Something went wrong on our side"),
        N_("It is not your fault. Please try again; if it stays, tell your lead."),
    ),
    503: Message(
        N_("Just a moment"),
        N_("Alongside cannot reach its own notes right now. Nothing is lost; please try again soon."),
    ),
}

_OUT_OF_DATE = Message(
    N_("This form was out of date"), N_("Nothing was changed. Please open the page again and repeat your last step.")
)


_NEVER_SHOWN = frozenset({"csrf_token", "version", "password", "next", "platform"})
"""What of a form is for the server only, or for nobody's eyes."""


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
    """Answer a form that is not from the session at hand; what was typed is shown, to be copied."""
    return _page(400, _OUT_OF_DATE, typed=[value for name, value in kept(_NEVER_SHOWN).items() if value])


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


def _page(status: int, message: Message, *, is_plain: bool = False, typed: Sequence[str] = ()) -> tuple[str, int]:
    link = request.path if is_plain and request.method == "GET" else url_for("console.get_home")
    return (
        render_template(
            "console/message.html",
            message=message,
            typed=typed,
            link=link,
            link_words=_("Try again") if is_plain else _("Go to today's page"),
            is_plain=is_plain,
        ),
        status,
    )
