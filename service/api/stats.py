"""Statistics over HTTP."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from schemas.stats import MeasuresOut, StatsOut
from service.api.auth import needs
from service.api.blueprint import path_id, raises
from service.api.requests import now, platform_id, store
from service.records.api_key import Scope
from service.usecases.counts import platform_counts
from service.usecases.outcomes import CAVEAT, CAVEAT_OF_CHANGE, measures_of_match
from service.usecases.outcomes import outcomes as look_back

stats = Blueprint("stats", __name__, url_prefix="/v1", description="Counts, and what became of matches.")

MATCH = path_id("match_id", "The match's id.")


@stats.get("/stats")
@needs(Scope.STATS)
@stats.response(200, StatsOut)
def get_stats() -> dict[str, Any]:
    """Read counts of members, matches and tasks, and how pairs fared.

    Counts of one to four are null, and so is what would tell them. Outcomes come with 95 % intervals, or with
    `not_enough_data`; no weight is changed by them.
    """
    counts = platform_counts(store(), platform_id())
    found = look_back(store(), platform_id(), now=now())
    ucla3 = {name: getattr(found.ucla3, name) for name in ("members", "before", "after", "change")}
    return {
        **{name: getattr(counts, name) for name in ("seekers", "supporters", "matches", "tasks")},
        "outcomes": {
            "all_pairs": found.all_pairs,
            "factors": found.factors,
            "caveat": CAVEAT,
            "ucla3": {**ucla3, "caveat": CAVEAT_OF_CHANGE},
        },
    }


@stats.get("/matches/<match_id>/measures", parameters=[MATCH])
@needs(Scope.REVIEW)
@raises(_404="NotFound")
@stats.response(200, MeasuresOut)
def get_measures(match_id: str) -> dict[str, Any]:
    """Read what the seeker of a match answered over time (UCLA-3), with what it can and cannot say."""
    found = measures_of_match(store(), platform_id(), match_id=match_id)
    answers = [{"at": at, "ucla3_sum": total} for at, total in found.sums]
    return {"match_id": match_id, "answers": answers, "change": found.change, "caveat": CAVEAT_OF_CHANGE}
