"""What a coordinator's choice about one pair would do to everybody else, by a published run: exactly, in milliseconds.

Whoever decides about single people sees who they are, so nothing is hidden here; it is never told to members.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from service.errors import Conflict
from service.records.run import Run
from service.storage.store import Store
from service.usecases.insight.studies import Studies, Study
from service.usecases.insight.telling import PRICED, Sentence
from service.usecases.reading import found

if TYPE_CHECKING:
    from matching.overrides import KnockOn, MemberMove


class Choice(StrEnum):
    """What a coordinator may do with a pair."""

    FORCE = "force"
    FORBID = "forbid"


@dataclass(frozen=True, slots=True)
class PairEffect:
    """What forcing or forbidding a pair would change.

    Attributes
    ----------
    matched, score, kept : by how much they change; score without margins. moves : in the order in which one makes room
        for the next.
    """

    run_id: str
    seeker_id: str
    supporter_id: str
    choice: Choice
    matched: int
    score: int
    kept: int
    moves: tuple[MemberMove, ...]
    sentence: Sentence


def effect_of_choice(  # noqa: PLR0913 - one question, described by names
    store: Store,
    studies: Studies,
    platform_id: str,
    *,
    run_id: str,
    seeker_id: str,
    supporter_id: str,
    choice: Choice,
    patience: float | None = None,
) -> PairEffect:
    """Tell what a choice about a pair would have done to a run; `patience` as `Kept.of`.

    NotFound (``run_not_found``); Conflict ``not_in_run`` where one of the two took no part on that side,
    ``rule_broken`` or ``no_place_left`` for a pair that cannot be forced, ``effect_too_far`` where of a large run only
    every pair there is could tell, ``run_without_prices``, and as `Studies.of`.
    """
    from matching.overrides import by_id
    from matching.sentences import tell_knock_on

    study = studies.of(store, platform_id, found(store, platform_id, Run, run_id), patience=patience)
    row, column = study.seekers.get(seeker_id), study.supporters.get(supporter_id)
    if row is None or column is None:
        raise Conflict("one of the two took no part in this run on that side", code="not_in_run")
    with study.lock:
        effect = _effect(study, row, column, choice)
    return PairEffect(
        run_id=run_id,
        seeker_id=seeker_id,
        supporter_id=supporter_id,
        choice=choice,
        matched=effect.matched,
        score=effect.score,
        kept=effect.kept,
        moves=by_id(effect, study.cohort),
        sentence=Sentence(tell_knock_on(effect), PRICED),
    )


def _effect(study: Study, row: int, column: int, choice: Choice) -> KnockOn:
    from matching.errors import BeyondReachError, MatchingError
    from matching.overrides import effect_of_forbidding, effect_of_forcing

    nearby = study.nearby
    try:
        return (effect_of_forbidding if choice is Choice.FORBID else effect_of_forcing)(nearby, row, column)
    except BeyondReachError as error:
        raise Conflict(
            "cannot say what this would do: of a run with so many people only what stays near the pair is worked out",
            code="effect_too_far",
        ) from error
    except MatchingError as error:
        raise _cannot_be(study, row, column) from error


def _cannot_be(study: Study, row: int, column: int) -> Conflict:
    """Say in the words of the rule why a pair cannot be forced."""
    from matching.explain import MINIMUM_SCORE, reasons_of
    from matching.obstacles import rule_between

    cohort, nearby = study.cohort, study.nearby
    rule = rule_between(cohort, row, column)
    if nearby.score_between(nearby.seeker_row(row), nearby.supporter_row(column)) is not None:
        return Conflict("the supporter had no place in this run", code="no_place_left")
    return Conflict(f"a hard rule keeps the two apart: {reasons_of(cohort)[rule or MINIMUM_SCORE]}", code="rule_broken")
