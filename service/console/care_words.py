"""Words about people in our care: tasks, holds, concerns, check-ins, and where somebody stands.

A new kind of task, cause, category or reason is a row here; `words.py` holds what is said of pairs. Nothing here reads
a record or decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping

from matching.profile import MemberStatus
from matching.rules import RULES
from service.console.translation import N_, Words, _
from service.console.words import CHECKS, FAREWELLS, plain
from service.records.care import Search
from service.records.check_in import HowOften
from service.records.hold import ConcernCategory, HoldCause, Severity
from service.records.match import ActorRole
from service.records.member import MemberRole
from service.records.task import CoordinatorTask, TaskKind
from service.records.wait import WaitLevel
from service.usecases.boosts import BoostReason
from service.usecases.bulk import Flag

TASKS = Words(
    {
        TaskKind.CARE: N_("Somebody may need you"),
        TaskKind.RULE: N_("Something they both need no longer holds"),
        TaskKind.WITHOUT_SUPPORTER: N_("Ask whether they would like another peer supporter"),
        TaskKind.FIRST_MEETING: N_("They have not met yet"),
        TaskKind.CHECK_IN: N_("Ask how it goes"),
        TaskKind.SUPERVISION: N_("Talk with the peer supporter about how it goes"),
        TaskKind.LONG_WAIT: N_("Waiting for long"),
    }
)
"""What coordinators are asked to do, the most urgent first."""

_DETAILS: Mapping[str, str] = Words(
    {
        "died": N_("one of them has died: no message is sent by itself until you say that this is done"),
        "would_rather_stop": N_("one of them would rather stop"),
        WaitLevel.AMBER: N_("longer than it should be; is there anybody to ask?"),
        WaitLevel.RED: N_("much too long; somebody should get in touch"),
    }
)

CAUSES = Words(
    {
        HoldCause.CRISIS: N_("They may need help now"),
        HoldCause.CONCERN: N_("Somebody is worried about what they do"),
        HoldCause.COORDINATOR: N_("A coordinator paused them"),
    }
)

CATEGORIES = Words(
    {
        ConcernCategory.BOUNDARIES: N_("Boundaries"),
        ConcernCategory.HARASSMENT: N_("Harassment"),
        ConcernCategory.EXPLOITATION: N_("Being taken advantage of"),
        ConcernCategory.SAFETY: N_("Somebody's safety"),
        ConcernCategory.OTHER: N_("Something else"),
    }
)

SEVERITIES = Words(
    {
        Severity.LOW: N_("Low"),
        Severity.MEDIUM: N_("Medium"),
        Severity.HIGH: N_("High"),
    }
)

BOOSTS = Words(
    {
        BoostReason.URGENT_NEED: N_("They need company urgently"),
        BoostReason.OUR_MISTAKE: N_("They waited because of a mistake of ours"),
        BoostReason.TIME_LIMIT: N_("After a certain day it is too late"),
        BoostReason.OTHER: N_("Another reason"),
    }
)

FLAGS = Words(
    {
        Flag.THIN: N_("little in common"),
        Flag.NEW_SUPPORTER: N_("nobody has met with this peer supporter yet"),
        Flag.MINOR: N_("one of them is under 18"),
        Flag.EARLIER_CONCERN: N_("there was a concern before"),
    }
)
"""Why a pair is looked at by itself."""

SIDES = Words(
    {
        ActorRole.SEEKER: N_("the person looking for company"),
        ActorRole.SUPPORTER: N_("the peer supporter"),
    }
)

ROLES = Words(
    {
        MemberRole.SEEKER: N_("would like company"),
        MemberRole.SUPPORTER: N_("peer supporter"),
    }
)

STATUSES = Words(
    {
        MemberStatus.ACTIVE: N_("Takes part"),
        MemberStatus.PAUSED: N_("Taking a pause"),
    }
)

SEARCHES = Words(
    {
        Search.LOOKING: N_("Looking for company"),
        Search.TO_ASK: N_("Without a supporter now; to be asked whether they would like another"),
        Search.NOT_NOW: N_("Said not now"),
    }
)

HOW_OFTEN = Words(
    {
        HowOften.OFTEN_OR_ALWAYS: N_("often or always"),
        HowOften.SOME_OF_THE_TIME: N_("some of the time"),
        HowOften.OCCASIONALLY: N_("occasionally"),
        HowOften.HARDLY_EVER: N_("hardly ever"),
        HowOften.NEVER: N_("never"),
    }
)


def detail_of(task: CoordinatorTask) -> str:
    """Say what a task's closed word means; empty for none."""
    detail = task.detail
    if not detail:
        return ""
    if detail in RULES:
        return CHECKS.get(detail) or _(RULES[detail].title)
    return _DETAILS.get(detail) or FAREWELLS.get(detail) or plain(detail)
