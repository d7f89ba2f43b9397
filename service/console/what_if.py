"""What another policy would do, before it is saved: everybody of the last run is matched again, by a job.

A preview has an address of its own, so that it can be looked at until it is worked out; the policy page shows it among
its fields, and fetches it anew while a job is at it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from matching.policy import Policy
from service.console.access import Need, needs
from service.console.blueprint import console, now, store
from service.console.people import SEEKER_WORDS, Person, person_of
from service.console.translation import _
from service.console.words import counted
from service.records.report import Report, ReportState
from service.usecases.insight.previews import ask_for_preview, get_preview

MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A preview as it is shown: `lines` are (what, now, then); people are the first of those who gain or lose."""

    report_id: str
    is_working: bool
    has_failed: bool
    lines: tuple[tuple[str, str, str], ...] = ()
    gains: int = 0
    loses: int = 0
    gaining: Sequence[Person] = ()
    losing: Sequence[Person] = ()


def ask_what_if(policy: Policy) -> WhatIf:
    """Ask what a policy would do; Conflict (``no_run_yet``) before the first run."""
    return what_if_of(ask_for_preview(store(), current_user.platform_id, policy=policy, now=now()))


@console.get("/policy/what-if/<report_id>")
@needs(Need.MANAGE)
def get_what_if(report_id: str) -> ResponseReturnValue:
    """Show a preview, as far as it is worked out."""
    report = get_preview(store(), current_user.platform_id, report_id=report_id)
    return render_template("console/what_if_page.html", what_if=what_if_of(report))


def what_if_of(report: Report) -> WhatIf:
    """Show a preview."""
    if report.answer is None or len(report.answer["policies"]) < 2:
        failed = report.state is ReportState.FAILED
        return WhatIf(report.report_id, is_working=not failed, has_failed=failed)
    before, after = report.answer["policies"][:2]
    gains, loses = (report.answer[name] or {"total": 0, "seeker_ids": []} for name in ("gains", "loses"))
    return WhatIf(
        report.report_id,
        is_working=False,
        has_failed=False,
        lines=tuple(_lines(before, after)),
        gains=gains["total"],
        loses=loses["total"],
        gaining=_people(gains["seeker_ids"]),
        losing=_people(loses["seeker_ids"]),
    )


def _lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    def days(number: int) -> str:
        return counted(number, "day", "days")

    def plain(number: int) -> str:
        return f"{number:,}"

    said = (
        (_("People matched"), "matched", plain),
        (_("Points of a pair on average, as they count now"), "mean_score", plain),
        (_("The longest wait of those still looking"), "longest_wait_days", days),
        (_("Open proposals that would change"), "changed_proposals", plain),
    )
    return [(title, words(before[name]), words(after[name])) for title, name, words in said]


def _people(member_ids: Sequence[str]) -> tuple[Person, ...]:
    return tuple(person_of(member_id, _(SEEKER_WORDS)) for member_id in member_ids[:MOST_NAMED])
