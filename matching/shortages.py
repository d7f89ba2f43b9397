"""Shortages as recruiting advice: which peer supporters, were they here, would let most people be matched now.

A profile is a language, hours, a way of meeting and a topic; each is tried among everybody by solving again, and the
one that finds company for most is taken, again and again. Groups of fewer than five are the caller's to hide
(`sentences.group`). Never here: words for people, names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from itertools import product

import numpy as np

from matching.cohort import Cohort
from matching.entries import Ints
from matching.kernel import score_pairs
from matching.languages import language_of
from matching.outcome import Outcome
from matching.problem import WAITING
from matching.profile import (
    AgeBand,
    Clearance,
    ClearanceScope,
    Consent,
    Day,
    LabelValue,
    Mode,
    Profile,
    SupporterSide,
    Window,
)
from matching.residual import Flags, Residual
from matching.trials import Newcomers, Trials

PLACES = 1
"""Places a recruit is counted with."""

MOST_RECRUITS = 8
TRIED = 6
"""Profiles tried by solving again for each recruit: those who could meet most of the people waiting."""

_WEEKDAYS, _WEEKEND = tuple(Day)[:5], tuple(Day)[5:]
HOURS = {
    "weekday mornings": (_WEEKDAYS, 8 * 60, 12 * 60),
    "weekday afternoons": (_WEEKDAYS, 12 * 60, 17 * 60),
    "weekday evenings": (_WEEKDAYS, 17 * 60, 22 * 60),
    "weekend days": (_WEEKEND, 9 * 60, 17 * 60),
    "weekend evenings": (_WEEKEND, 17 * 60, 22 * 60),
}
_MOST_LANGUAGES, _MOST_TOPICS = 8, 2
MODES = (Mode.TEXT, Mode.VOICE, Mode.VIDEO)
"""In person is left out: it takes a place, and a place could point at somebody."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A profile of a peer supporter the community lacks.

    Attributes
    ----------
    language, hours, mode, topic : in the community's own terms; `hours` is a key of `HOURS`, in `timezone`; topic empty
        where nobody who would be matched asked for one.
    """

    language: str
    timezone: str
    hours: str
    mode: Mode
    topic: str


@dataclass(frozen=True, slots=True)
class Shortage:
    """Peer supporters of one profile, all of one place, and what they would do.

    Attributes
    ----------
    supporters : how many of them. matched : how many more people are matched with them, after all shortages before.
    seeker_ids : who is matched then and was not before; verified by solving again.
    """

    wanted: Wanted
    supporters: int
    matched: int
    seeker_ids: tuple[str, ...]


def shortages(
    outcome: Outcome, residual: Residual, trials: Trials, *, most: int = MOST_RECRUITS
) -> tuple[Shortage, ...]:
    """Find the peer supporters who would let most people be matched now, one after the other; objective ``coverage``.

    Parameters
    ----------
    outcome, residual, trials : of one run. most : peer supporters at most.

    Returns
    -------
    The most helpful first. Empty where nobody waits, or nobody like that would help.

    Notes
    -----
    Everybody asked in is taken to have the training and clearances the platform asks for; gender is not stated, so
    somebody who wishes for one is never counted. Each step takes the best of `TRIED` profiles by (people matched, those
    waiting who could meet them directly); that is greedy, and each gain is what solving again says.
    """
    waiting = residual.arrays.waiting.astype(np.int64)
    seekers = [outcome.cohort.seekers[row] for row in waiting.tolist()]
    wanted = tuple(_wanted(seekers))
    like_all = _what_is_asked_of_all(outcome.cohort, seekers)
    recruits = [_recruit(each, like_all) for each in wanted]
    meets = _meets(outcome.cohort, seekers, recruits)
    found: list[tuple[Wanted, tuple[str, ...]]] = []
    with trials.with_newcomers() as newcomers:
        before = newcomers.supporter_of()
        while len(found) < most:
            direct = (meets & (before[waiting] == WAITING)[:, None]).sum(axis=0)
            tried = [at for at in np.argsort(-direct, kind="stable")[:TRIED].tolist() if direct[at]]
            gains = {at: _gain(newcomers, recruits[at], before) for at in tried}
            best = max(tried, key=lambda at: (gains[at], direct[at], -at), default=None)
            if best is None or gains[best] <= 0:
                break
            newcomers.come(replace(recruits[best], member_id=f"recruit {len(found)}"), PLACES)
            after = newcomers.supporter_of()
            newly = np.flatnonzero((before == WAITING) & (after != WAITING)).tolist()
            found.append((wanted[best], tuple(outcome.cohort.seeker_ids[row] for row in newly)))
            before = after
    return _together(found)


def _gain(newcomers: Newcomers, recruit: Profile, before: Ints) -> int:
    """Count how many more people are matched with a recruit, who goes again."""
    if not newcomers.come(recruit, PLACES):
        return 0
    after = newcomers.supporter_of()
    newcomers.leave(recruit.member_id)
    return int(np.count_nonzero(after != WAITING) - np.count_nonzero(before != WAITING))


def _wanted(seekers: Sequence[Profile]) -> Iterator[Wanted]:
    """List the profiles worth trying, from what those who wait speak, where they live and what they ask for."""
    spoken = Counter(tag for each in seekers for tag in {language_of(tag): tag for tag in each.languages}.values())
    for language, _ in _commonest(spoken, _MOST_LANGUAGES):
        speakers = [each for each in seekers if language in each.languages]
        zone = _commonest(Counter(each.timezone for each in speakers), 1)[0][0]
        asked = Counter(topic for each in speakers if each.seeker for topic in each.seeker.topics)
        topics = [topic for topic, _ in _commonest(asked, _MOST_TOPICS)] or [""]
        for hours, mode, topic in product(HOURS, MODES, topics):
            yield Wanted(language, zone, hours, mode, topic)


def _commonest(counts: Counter[str], most: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:most]


def _what_is_asked_of_all(cohort: Cohort, seekers: Sequence[Profile]) -> Profile:
    """Make up somebody with all that the platform, and anybody who waits, asks of everybody."""
    kinds = sorted({kind for kinds in cohort.policy.clearances.values() for kind in kinds})
    return Profile(
        member_id="recruit",
        languages=(),
        timezone="",
        modes=frozenset(),
        age_band=AgeBand.AGE_35_44,
        consent=Consent(matching=True, given_at=datetime.combine(cohort.week.today, time(), UTC)),
        labels=_labels(cohort, seekers),
        supporter=SupporterSide(
            training=frozenset(each for one in seekers if one.seeker for each in one.seeker.required_training),
            capacity=PLACES,
            clearances=tuple(Clearance(kind, frozenset(ClearanceScope)) for kind in kinds),
        ),
    )


def _recruit(wanted: Wanted, like_all: Profile) -> Profile:
    """Give somebody a profile."""
    days, start, end = HOURS[wanted.hours]
    side = like_all.supporter or SupporterSide()
    return replace(
        like_all,
        languages=(wanted.language,),
        timezone=wanted.timezone,
        modes=frozenset({wanted.mode}),
        availability=tuple(Window(day, start, end) for day in days),
        supporter=replace(side, topics=frozenset({wanted.topic} - {""})),
    )


def _labels(cohort: Cohort, seekers: Sequence[Profile]) -> dict[str, LabelValue]:
    """Give the commonest value of each of the platform's labels among those who wait."""
    labels: dict[str, LabelValue] = {}
    for label in cohort.policy.labels:
        values = Counter(each.labels[label.name] for each in seekers if label.name in each.labels)
        if values:
            labels[label.name] = min(values, key=lambda value: (-values[value], str(value)))
    return labels


def _meets(cohort: Cohort, seekers: Sequence[Profile], recruits: Sequence[Profile]) -> Flags:
    """Tell who of those waiting could meet which recruit; (waiting, recruits)."""
    answer = np.zeros((len(seekers), len(recruits)), dtype=np.bool_)
    members = [
        *(replace(each, member_id=f"seeker {at}", supporter=None) for at, each in enumerate(seekers)),
        *(replace(each, member_id=f"recruit {at}") for at, each in enumerate(recruits)),
    ]
    trial = Cohort.from_profiles(members, week=cohort.week, policy=cohort.policy)
    ours, theirs = (
        np.array([int(each.split()[1]) for each in ids], dtype=np.int64)
        for ids in (trial.seeker_ids, trial.supporter_ids)
    )
    pairs = score_pairs(trial).tocoo()
    answer[ours[pairs.row], theirs[pairs.col]] = True
    return answer


def _together(found: Sequence[tuple[Wanted, tuple[str, ...]]]) -> tuple[Shortage, ...]:
    """Put recruits of the same profile together, in the order in which the first of each was taken."""
    by_profile: dict[Wanted, list[tuple[str, ...]]] = {}
    for wanted, seeker_ids in found:
        by_profile.setdefault(wanted, []).append(seeker_ids)
    return tuple(
        Shortage(wanted, len(each), sum(map(len, each)), tuple(sorted(one for ids in each for one in ids)))
        for wanted, each in by_profile.items()
    )
