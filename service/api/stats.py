"""Statistics over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from schemas.stats import MeasuresOut, StatsOut
from service.api.auth import needs
from service.api.blueprint import path_id, raises
from service.api.requests import now, platform_id, store
from service.records.api_key import Scope
from service.usecases.counts import platform_counts
from service.usecases.measures import measures_of_match
from service.usecases.outcomes import CAVEAT, CAVEAT_OF_CHANGE
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
    """Read what the seeker of a match answered over time, with what it can and cannot say."""
    found = measures_of_match(store(), platform_id(), match_id=match_id)
    first, last = found.felt_lonely or (None, None)
    felt_lonely = {"first": first, "last": last} if first else None
    return {**asdict(found), "felt_lonely": felt_lonely, "caveat": CAVEAT_OF_CHANGE}
