"""Who may do what in the console: each view says what it needs, one table says which roles may.

Looking is open to everybody who is signed in; a view that changes something must say what it needs, and one that
forgot is refused. A new need is a row of `ROLES_OF`. Coordinators of some sites only are for later: labels of sites are
the platform's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeVar

from service.records.coordinator import Role

V = TypeVar("V", bound=Callable[..., Any])


class Need(StrEnum):
    """What a page or step needs."""

    READ = "read"
    DECIDE = "decide"  # on pairs, tasks, answers, blocks; pausing somebody for care and reporting a concern
    CARE = "care"  # reading concerns, letting somebody who is paused for care go on
    MANAGE = "manage"  # people, policy, runs, audit, erasing


ROLES_OF: Final[Mapping[Need, frozenset[Role]]] = MappingProxyType(
    {
        Need.READ: frozenset(Role),
        Need.DECIDE: frozenset((Role.COORDINATOR, Role.LEAD, Role.SAFEGUARDING)),
        Need.CARE: frozenset((Role.SAFEGUARDING,)),
        Need.MANAGE: frozenset((Role.LEAD,)),
    }
)

_NEEDS = "needs_of_console"


def needs(need: Need) -> Callable[[V], V]:
    """Say what a view needs; stands below the route."""

    def marked(view: V) -> V:
        setattr(view, _NEEDS, need)
        return view

    return marked


def need_of(view: object, method: str) -> Need | None:
    """Give what a view needs; None for one that changes something and does not say."""
    said: Need | None = getattr(view, _NEEDS, None)
    return said or (Need.READ if method in ("GET", "HEAD", "OPTIONS") else None)


def may(role: Role, need: Need) -> bool:
    """Tell whether a role may do what needs this."""
    return role in ROLES_OF[need]
