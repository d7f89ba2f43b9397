"""What may happen on a small platform of random people, so that whatever is kept ready has something to follow."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from matching.profile import MemberStatus, Mode
from service.errors import Conflict
from service.records.match import MatchState
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import delete_member, put_member, put_members
from service.usecases.proposing import propose_pair
from service.usecases.runs import run_now
from service.usecases.safety import put_block
from tests.service.usecases.acting import COORDINATOR, seeker_of, supporter_of
from tests.service.usecases.cast import P, supporter


def something(store, random, profiles, clock):
    """Let something happen."""
    others = [each for each in profiles if each.startswith("supporter")]
    happening = random.choice(HAPPENINGS)
    happening(store, random, profiles, random.choice(others), clock)


def _changes(store, random, profiles, other, clock):
    modes = frozenset(random.sample((Mode.TEXT, Mode.VOICE), random.randint(1, 2)))
    profiles[other] = replace(profiles[other], modes=modes)
    put_member(store, P, profile=profiles[other], now=clock.now())


def _comes(store, random, profiles, _other, clock):
    new = supporter(f"supporter-{len(profiles)}-{random.random()}", capacity=random.choice((0, 1, 2)))
    profiles[new.member_id] = new
    put_member(store, P, profile=new, now=clock.now())


def _goes(store, _random, profiles, other, clock):
    if len(profiles) > 12:
        delete_member(store, P, member_id=other, now=clock.now())
        del profiles[other]


def _is_proposed(store, random, profiles, other, clock):
    one = random.choice([each for each in profiles if each.startswith("seeker")])
    with suppress(Conflict):
        propose_pair(store, P, seeker_id=one, supporter_id=other, by=COORDINATOR, now=clock.now())


def _is_rejected(store, _random, _profiles, _other, clock):
    for match in list_matches(store, P, state=MatchState.PROPOSED, limit=1).records:
        act_on_match(
            store, P, match_id=match.match_id, action="reject", by=COORDINATOR, now=clock.now(), reason="not_now"
        )


def _is_blocked(store, random, profiles, other, clock):
    one = random.choice([each for each in profiles if each.startswith("seeker")])
    put_block(store, P, one=one, other=other, now=clock.now())


def _are_rematched(store, _random, _profiles, _other, clock):
    clock.advance(timedelta(seconds=1))
    run_now(store, P, clock=clock)


def _withdraws(store, _random, profiles, other, clock):
    profiles[other] = replace(profiles[other], consent=replace(profiles[other].consent, matching=False))
    put_members(store, P, profiles=[profiles[other]], now=clock.now())


def _seeker_changes(store, random, profiles, _other, clock):
    one = random.choice([each for each in profiles if each.startswith("seeker")])
    modes = frozenset(random.sample((Mode.TEXT, Mode.VOICE), random.randint(1, 2)))
    until = clock.now().date() + timedelta(days=random.choice((0, 30)))
    status = random.choice((MemberStatus.ACTIVE, MemberStatus.ACTIVE, MemberStatus.PAUSED))
    paused_until = until if status is MemberStatus.PAUSED else None
    profiles[one] = replace(profiles[one], modes=modes, status=status, paused_until=paused_until)
    put_member(store, P, profile=profiles[one], now=clock.now())


def _goes_on(store, random, _profiles, _other, clock):
    """Let a pair take its next step: offered, accepted twice, ended."""
    state = random.choice((MatchState.PROPOSED, MatchState.OFFERED, MatchState.ACTIVE))
    for match in list_matches(store, P, state=state, limit=1).records:
        steps = {
            MatchState.PROPOSED: (("approve", COORDINATOR, {}),),
            MatchState.OFFERED: (("accept", supporter_of(match), {}), ("accept", seeker_of(match), {})),
            MatchState.ACTIVE: (("end", COORDINATOR, {"reason": "goal_reached"}),),
        }
        for action, by, more in steps[state]:
            with suppress(Conflict):
                act_on_match(store, P, match_id=match.match_id, action=action, by=by, now=clock.now(), **more)


HAPPENINGS = (
    _seeker_changes,
    _goes_on,
    _goes_on,
    _changes,
    _comes,
    _goes,
    _is_proposed,
    _is_rejected,
    _is_blocked,
    _are_rematched,
    _withdraws,
)
