"""Reading what was typed into a form: each field as what it should be, or a problem that names the field kindly.

A page that finds a problem is shown again with everything that was typed. What is allowed is the same as over HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from flask import abort, request

from schemas.member import MEMBER_ID
from schemas.safety import CASE_NUMBER
from service.console.translation import _
from service.errors import ServiceError

C = TypeVar("C", bound=StrEnum)


class FormError(ServiceError):
    """A field of a form cannot be used; `message` is for whoever typed it."""

    code = "form"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class FormConflictError(FormError):
    """A field of a form could be used, were it not for how things stand."""


def typed(name: str) -> str:
    """Give what was typed, without blanks around it."""
    return request.form.get(name, "").strip()


def choice(name: str, kind: type[C], words: str) -> C:
    """Give what was chosen; FormError with these words where nothing was."""
    value = request.form.get(name, "")
    if value not in set(kind):
        raise FormError(name, words)
    return kind(value)


def maybe_choice(name: str, kind: type[C]) -> C | None:
    """Give what was chosen; None where nothing was, or something that is no choice."""
    value = request.form.get(name, "")
    return kind(value) if value in set(kind) else None


def yes_or_no(name: str) -> bool | None:
    """Give an answer; None where there is none."""
    return {"yes": True, "no": False}.get(request.form.get(name, ""))


def whole(name: str, least: int, most: int) -> int:
    """Give a whole number."""
    value = typed(name)
    if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) or not least <= int(value) <= most:
        raise FormError(name, _("Please give a whole number from %(least)s to %(most)s.", least=least, most=most))
    return int(value)


def maybe_whole(name: str, least: int, most: int) -> int | None:
    """Give a whole number; None where nothing was typed."""
    return whole(name, least, most) if typed(name) else None


def maybe_day(name: str) -> date | None:
    """Give a day; None where nothing was typed."""
    if not typed(name):
        return None
    try:
        return date.fromisoformat(typed(name))
    except ValueError:
        raise FormError(name, _("Please give a day, for example 2026-12-24.")) from None


def member_id(name: str) -> str:
    """Give a member's id as the platform writes it."""
    value = typed(name)
    if not is_member_id(value):
        raise FormError(name, _("Please give the id that your platform uses for them."))
    return value


def is_member_id(text: str) -> bool:
    """Tell whether a text can be a member's id."""
    return re.fullmatch(MEMBER_ID, text) is not None


def maybe_member_id(name: str) -> str:
    """Give a member's id; empty where nothing was typed."""
    return member_id(name) if typed(name) else ""


def case_number(name: str) -> str:
    """Give a case number; empty where nothing was typed."""
    value = typed(name)
    if value and not re.fullmatch(CASE_NUMBER, value):
        raise FormError(name, _("Please give the case's number only: letters, digits and . _ : / -, at most 64."))
    return value


def version() -> int:
    """Give the version a decision was made on; a form of ours always has one."""
    value = request.form.get("version", type=int)
    if value is None:
        abort(400)
    return value


def kept(but: frozenset[str] = frozenset({"csrf_token", "version"})) -> Mapping[str, str]:
    """Give everything that was typed, so that it can stand in the form again."""
    return {name: value for name, value in request.form.items() if name not in but}
