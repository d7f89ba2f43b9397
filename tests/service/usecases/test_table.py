"""The whole table over a store of either engine: every state, action and actor, through the one door there is.

What the table says of each is held in `tests/service/test_lifecycle.py`; here, that it is saved as a whole or not at
all: match, history, places and event.
"""

from __future__ import annotations

from itertools import count

import pytest

from service.errors import ActionNotAllowed, Forbidden
from service.events import match_event
from service.lifecycle import Action, actors_of, allowed_actions
from service.records.load import Load
from service.records.match import HOLDING_STATES, Actor, ActorRole, Match
from service.storage import open_store
from service.usecases.matches import act_on_match
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from service.usecases.reading import found, maybe_found
from tests.service.storage.engines import ENGINES
from tests.service.test_lifecycle import SITUATIONS, is_expected, reason_for
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.proposals import propose

NUMBERS = count()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def store(request, tmp_path_factory):
    opened = open_store(ENGINES[request.param](tmp_path_factory.mktemp("table")))
    create_platform(opened, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    yield opened
    opened.close()


def actor(role: ActorRole, match: Match) -> Actor:
    in_pair = role in (ActorRole.SEEKER, ActorRole.SUPPORTER)
    return Actor(role, match.member_of(role) if in_pair else "somebody")


def act(store, match, action, role, *, reason) -> Match:
    return act_on_match(store, P, match_id=match.match_id, action=action, by=actor(role, match), now=NOW, reason=reason)


def led_to(store, name) -> Match:
    """A match of two people of its own, in a situation of the table."""
    number = next(NUMBERS)
    put_members(store, P, profiles=(seeker(f"s-{number}"), supporter(f"t-{number}")), now=NOW)
    match = propose(store, f"s-{number}", f"t-{number}")
    for action, by in SITUATIONS[name]:
        is_hold = action == "hold"
        why = "hold" if is_hold else reason_for(Action(action), role=by.role)
        match = act(store, match, "pause" if is_hold else action, by.role, reason=why)
    return match


class Heard:
    """What has been told since it was last asked."""

    def __init__(self, store):
        self.store, self.after = store, 0
        self.new()

    def new(self):
        told = []
        while events := self.store.events(P, after=self.after, limit=1000):
            told += [(event.type, event.subject) for event in events]
            self.after = events[-1].sequence
        return told


@pytest.mark.parametrize("name", SITUATIONS)
def test_every_action_of_everybody_is_taken_as_a_whole_or_refused_and_nothing_changed(store, name):
    match, heard = led_to(store, name), Heard(store)
    for action in Action:
        for role in ActorRole:
            before = found(store, P, Match, match.match_id)
            expected = is_expected(name, match.state, action, role)
            came = attempt(store, match, action, role)
            after = found(store, P, Match, match.match_id)
            if expected == "taken":
                check_taken(store, came, before, after, heard)
                match = led_to(store, name)
                heard.new()
            elif expected == "not now":
                assert (type(came), came.allowed) == (ActionNotAllowed, allowed_actions(before, by=role, at=NOW))
                assert after == before
            else:
                assert (type(came), came.needed) == (Forbidden, ", ".join(sorted(actors_of(before, action))))
                assert after == before


def attempt(store, match, action, role):
    """Give the match after the action, or how it was refused."""
    try:
        return act(store, match, action, role, reason=reason_for(action, role=role))
    except (ActionNotAllowed, Forbidden) as refused:
        return refused


def check_taken(store, came, before, after, heard) -> None:
    assert after == came
    assert (after.version, after.history[:-1]) == (before.version + 1, before.history)
    load = maybe_found(store, P, Load, after.supporter_id) or Load(after.supporter_id)
    assert (after.match_id in load.match_ids) == (after.state in HOLDING_STATES)
    is_first_yes = after.history[-1].action == Action.ACCEPT and after.state is before.state
    told = "match.accepted" if is_first_yes else match_event(after.state)
    assert [subject for what, subject in heard.new() if what == told] == [after.match_id]
