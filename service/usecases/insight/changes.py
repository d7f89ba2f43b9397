"""The smallest change that would find company for somebody, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.usecases.insight.reports import Asking
from service.usecases.insight.studies import Study
from service.usecases.insight.telling import SOLVED_AGAIN


def answer(study: Study, asked: Mapping[str, Any], _asking: Asking) -> dict[str, Any]:
    """Work out a report about the smallest change for one seeker: ``{"change": … or null}``."""
    return {"change": change_told(study, asked["member_id"])}


def change_told(study: Study, member_id: str) -> dict[str, Any] | None:
    """Find the smallest change for a seeker who waits; None where no single one does."""
    from matching.sentences import Audience, tell_change

    smallest = study.changes.smallest_for(member_id)
    if smallest is None:
        return None
    return {
        "kind": str(smallest.change.kind),
        "member_id": smallest.change.member_id,
        "what": smallest.change.what,
        "supporter_id": smallest.supporter_id,
        "matched_before": study.outcome.matched,
        "matched_after": smallest.matched,
        "moved": smallest.moved,
        "text": tell_change(smallest),
        "text_for_member": tell_change(smallest, Audience.MEMBER),
        "verified": SOLVED_AGAIN,
    }
