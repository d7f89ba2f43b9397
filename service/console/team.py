"""The coordinators of a platform by their sign-in names: who looks after something, and to whom it can be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request
from flask_login import current_user

from service.console.access import Need, may
from service.console.blueprint import store
from service.console.translation import _
from service.records.coordinator import Coordinator
from service.usecases.coordinators import list_coordinators


@dataclass(frozen=True, slots=True)
class Owner:
    """Who looks after something; `words` say it, `owner_id` is empty for nobody."""

    owner_id: str
    words: str
    is_me: bool


class Team:
    """The coordinators there are, read once a page."""

    def __init__(self, coordinators: Mapping[str, Coordinator]) -> None:
        self._coordinators = coordinators

    def owner(self, owner_id: str) -> Owner:
        """Say who looks after it; somebody who is no coordinator any longer is nobody."""
        if owner_id == current_user.coordinator_id:
            return Owner(owner_id, _("You look after it"), is_me=True)
        known = self._coordinators.get(owner_id)
        if known is None:
            return Owner("", _("Nobody looks after it yet"), is_me=False)
        return Owner(owner_id, _("%(who)s looks after it", who=known.login), is_me=False)

    def login_of(self, coordinator_id: str) -> str:
        """Give a sign-in name; empty for somebody who is no coordinator any longer, or a program."""
        known = self._coordinators.get(coordinator_id)
        return known.login if known else ""

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """Those who may look after something: (id, sign-in name), by name."""
        able = (each for each in self._coordinators.values() if may(each.role, Need.DECIDE))
        return tuple(sorted(((each.coordinator_id, each.login) for each in able), key=lambda one: one[1].casefold()))


def team() -> Team:
    """Read the coordinators of the platform of whoever is signed in."""
    found = list_coordinators(store(), current_user.platform_id)
    return Team({each.coordinator_id: each for each in found})


def owner_asked_for() -> str | None:
    """Give whose things a list is asked for (``?mine=yes``): one's own id; None for everybody's."""
    own: str = current_user.coordinator_id
    return own if request.args.get("mine") == "yes" else None
