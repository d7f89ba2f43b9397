"""Shortages of a run as recruiting advice: whom to ask in, whose further place would help most, who has room.

All of it is worked out by a job. Lists are cut after `MOST_LISTED`, the most helpful first; totals tell of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from matching.groups import FEWEST
from service.small_counts import NOT_TOLD, told_alone
from service.usecases.insight.reports import Asking
from service.usecases.insight.studies import Study
from service.usecases.insight.telling import COUNTED, PRICED, SOLVED_WITH_THEM, cell, counts_told

if TYPE_CHECKING:
    from matching.shortages import Shortage

MOST_LISTED: Final = 500


def answer(study: Study, _asked: Mapping[str, Any], _asking: Asking) -> dict[str, Any]:
    """Work out everything a platform is told about a run."""
    outcome = study.outcome
    return {
        "run_id": study.run.run_id,
        "matched": outcome.matched,
        "still_looking": len(outcome.still_looking),
        "shortages": _shortages(study) if study.may_try_changes else None,
        "places": _places(study) if study.may_weigh_places else None,
        "ready": _ready(study),
    }


def _shortages(study: Study) -> list[dict[str, Any]]:
    from matching.shortages import shortages

    return [_shortage(study, each) for each in shortages(study.outcome, study.residual, study.trials)]


def _shortage(study: Study, shortage: Shortage) -> dict[str, Any]:
    from matching.sentences import tell_shortage

    wanted = shortage.wanted
    if _asking_for(study, wanted.language, wanted.topic) < FEWEST:
        # The topics of so few people would point at them; no rule needs one.
        shortage = replace(shortage, wanted=replace(wanted, topic=""))
    return {
        "language": wanted.language,
        "timezone": wanted.timezone,
        "hours": wanted.hours,
        "mode": str(wanted.mode),
        "topic": shortage.wanted.topic or None,
        "supporters": shortage.supporters,
        "people": cell(told_alone(shortage.matched)),
        "seeker_ids": None if shortage.matched < FEWEST else list(shortage.seeker_ids),
        "text": tell_shortage(shortage),
        "verified": SOLVED_WITH_THEM,
    }


def _asking_for(study: Study, language: str, topic: str) -> int:
    """Count those still looking who speak a language and asked for a topic."""
    waiting = (study.cohort.seekers[study.row_of(each)] for each in study.outcome.still_looking)
    return sum(
        language in each.languages and each.seeker is not None and topic in each.seeker.topics for each in waiting
    )


def _places(study: Study) -> dict[str, Any]:
    from matching.sentences import tell_place

    worth, ids = study.places, study.cohort.supporter_ids
    matched, score = worth.more_counts[:, 0].tolist(), worth.more_counts[:, 1].tolist()
    helpful = sorted(
        (row for row in range(len(ids)) if matched[row] > 0 or score[row] > 0),
        key=lambda row: (-matched[row], -score[row], ids[row]),
    )
    return {
        "total": len(helpful),
        "supporters": [
            {
                "supporter_id": ids[row],
                "matched": matched[row],
                "score": score[row],
                "text": tell_place(worth.more(row)),
                "verified": PRICED,
            }
            for row in helpful[:MOST_LISTED]
        ],
    }


def _ready(study: Study) -> dict[str, Any]:
    from matching.ready import ready_to_be_asked
    from matching.sentences import tell_ready

    ready = ready_to_be_asked(study.outcome)
    listed = []
    for each in sorted(ready, key=lambda one: (-one.places, one.supporter_id))[:MOST_LISTED]:
        between, _ = counts_told([(one.rule, one.reason, one.seekers) for one in each.removed], [each.feasible])
        listed.append(
            {
                "supporter_id": each.supporter_id,
                "places": each.places,
                "between": between,
                "text": tell_ready(each, _some(between)),
                "verified": COUNTED,
            }
        )
    return {"total": len(ready), "supporters": listed}


def _some(between: list[dict[str, Any]]) -> str:
    """Say how many are behind the first rule where their number is hidden because it would tell another's."""
    return "some people" if between and between[0]["words"] == NOT_TOLD else ""
