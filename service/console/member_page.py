"""One member as their page shows them: what they say, where they stand, and what has been, the latest first.

Left out on purpose, as on the proposal page: wishes, boundaries, labels and measures. Why somebody is paused for care
is for safeguarding. Built from records that were read; nothing here reads a store.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from matching.profile import Profile
from service.console.beside import Said, facts_of
from service.console.care_words import CAUSES, ROLES, SEARCHES, STATUSES
from service.console.people import Person, people_of, person_of
from service.console.proposal import step_words
from service.console.translation import _
from service.console.words import DAYS, STATES, counted, day, listed, moment, waited
from service.records.block import Block
from service.records.care import Search
from service.records.check_in import CheckIn
from service.records.hold import Hold
from service.records.match import OPEN_STATES, Match
from service.records.member import Member, MemberRole


@dataclass(frozen=True, slots=True)
class MatchLine:
    """One of their matches."""

    match_id: str
    people: tuple[Person, Person]
    state: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has been: what, and with whom it was (empty for themselves alone)."""

    at: datetime
    when: str
    what: str
    match_id: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class MemberPage:
    """What the page shows.

    Attributes
    ----------
    standing : sentences about where they stand just now.
    is_looking : is a seeker for whom there is no pair just now.
    is_on_hold : paused for care; is_to_ask : to be asked whether they would like another peer supporter.
    """

    member_id: str
    person: Person
    roles: str
    is_seeker: bool
    is_looking: bool
    standing: tuple[str, ...]
    is_on_hold: bool
    is_to_ask: bool
    boost: int
    facts: Sequence[tuple[str, Sequence[Said]]]
    times: tuple[str, ...]
    matches: tuple[MatchLine, ...]
    blocks: tuple[Person, ...]
    history: tuple[Event, ...]


def member_page_of(  # noqa: PLR0913 - one page, described by names
    member: Member,
    *,
    matches: Sequence[Match],
    check_ins: Iterable[CheckIn],
    blocks: Iterable[Block],
    holds: Iterable[Hold],
    knows_why: bool,
    today: date,
) -> MemberPage:
    """Show a member; `knows_why`: whether whoever looks may know why somebody is paused for care."""
    own = member.member_id
    roles = listed(ROLES[role] for role in member.roles)
    events = [
        *(event for match in matches for event in _events_of(match, own)),
        *(_check_in_event(said) for said in check_ins),
        *(event for hold in holds for event in _hold_events(hold, knows_why=knows_why)),
    ]
    lines = tuple(_match_line(match) for match in sorted(matches, key=lambda each: each.created_at, reverse=True))
    return MemberPage(
        member_id=own,
        person=person_of(own, roles),
        roles=roles,
        is_seeker=MemberRole.SEEKER in member.roles,
        is_looking=MemberRole.SEEKER in member.roles
        and not any(match.seeker_id == own and match.state in OPEN_STATES for match in matches),
        standing=_standing(member, today),
        is_on_hold=member.care.is_on_hold,
        is_to_ask=member.care.search is not Search.LOOKING,
        boost=member.care.boost if member.care.boost_until and today < member.care.boost_until else 0,
        facts=facts_of(member.profile),
        times=_times(member.profile),
        matches=lines,
        blocks=tuple(
            person_of(other, "")
            for block in blocks
            for other in (block.first_id, block.second_id)
            # Somebody who was erased is kept apart still, under a name that nobody can read.
            if other != own and not other.startswith("~")
        ),
        # Of two steps at one moment the later one is told first, too.
        history=tuple(reversed(sorted(events, key=lambda event: event.at))),
    )


def _standing(member: Member, today: date) -> tuple[str, ...]:
    care, profile = member.care, member.profile
    said = []
    if care.is_on_hold:
        said.append(_("Paused for care: out of everything new until safeguarding lets them go on."))
    if not profile.consent.matching:
        said.append(_("Has not agreed to be matched."))
    paused = STATUSES[member.status]
    until = profile.paused_until
    said.append(_("%(status)s until %(day)s.", status=paused, day=day(until)) if until else f"{paused}.")
    if MemberRole.SEEKER in member.roles:
        if care.has_supporter:
            said.append(_("Has a peer supporter."))
        else:
            said.append(f"{SEARCHES[care.search]}. {waited(member.waiting_since_on(today), today)}.")
    if care.is_recovering(today) and care.recovering_until is not None:
        said.append(_("Left in peace after an ending until %(day)s.", day=day(care.recovering_until)))
    if care.boost and care.boost_until is not None and today < care.boost_until:
        weeks = counted(care.boost, "week", "weeks")
        said.append(_("Comes earlier, as after %(weeks)s more, until %(day)s.", weeks=weeks, day=day(care.boost_until)))
    if care.is_quiet:
        said.append(_("No message is sent to them by itself just now."))
    return tuple(said)


def _times(profile: Profile) -> tuple[str, ...]:
    return tuple(
        f"{DAYS[window.day]} {_hour(window.start_minute)}–{_hour(window.end_minute)}" for window in profile.availability
    )


def _hour(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _match_line(match: Match) -> MatchLine:
    people = people_of(match.seeker_id, match.supporter_id)
    return MatchLine(match.match_id, people, STATES[match.state], match.state in OPEN_STATES)


def _events_of(match: Match, own: str) -> list[Event]:
    people = people_of(match.seeker_id, match.supporter_id)
    other = people[1] if match.seeker_id == own else people[0]
    return [
        Event(entry.at, moment(entry.at), step_words(entry, with_moment=False), match.match_id, other.alias)
        for entry in match.history
    ]


def _check_in_event(said: CheckIn) -> Event:
    words = [
        (_("they have met") if said.met else _("they have not met")) if said.met is not None else "",
        (_("would like to go on") if said.wants_to_continue else _("would rather stop"))
        if said.wants_to_continue is not None
        else "",
        _("does not feel safe") if said.not_safe else "",
    ]
    told = listed(word for word in words if word) if any(words) else _("how it goes")
    return Event(said.at, moment(said.at), _("Told us: %(words)s", words=told), said.match_id)


def _hold_events(hold: Hold, *, knows_why: bool) -> list[Event]:
    why = f" ({CAUSES[hold.cause]})" if knows_why else ""
    events = [Event(hold.placed_at, moment(hold.placed_at), _("Paused for care") + why)]
    if hold.released_at is not None:
        events.append(Event(hold.released_at, moment(hold.released_at), _("Goes on after a pause for care")))
    return events
