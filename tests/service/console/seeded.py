"""A community in which every page of the console has something to show, and the addresses of all pages by role."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from service.clock import FixedClock
from service.records import kinds
from service.records.coordinator import Role
from service.records.hold import ConcernCategory, Severity
from service.storage.store import Fence
from service.usecases.insight.previews import ask_for_preview
from service.usecases.insight.reports import work_out
from service.usecases.policies import get_policy
from service.usecases.runs import run_now
from service.usecases.safety import put_block, report_concern
from tests.service.console.scenario import LOGIN, Community, seeker
from tests.service.console.test_today import COORDINATOR, _met, _offered

LOGINS = (LOGIN, Role.LEAD.value, Role.SAFEGUARDING.value)


def do_the_reports(community: Community) -> None:
    """Work out what was asked, as a worker does."""
    store, platform_id, now = community.store, community.platform_id, community.now
    lease = store.acquire_lease(platform_id, "job", owner="w", ttl=timedelta(minutes=1), now=now)
    for stored in list(store.each(platform_id, kinds.REPORT)):
        work_out(store, platform_id, report_id=stored.record_id, now=lambda: now, fence=Fence(lease.name, lease.token))


class Seeded:
    """A community in which every page has something to show."""

    def __init__(self, harbour: Community) -> None:
        self.harbour = harbour
        store, platform_id, now = harbour.store, harbour.platform_id, harbour.now
        for role in (Role.LEAD, Role.SAFEGUARDING):
            harbour.add_coordinator(role.value, role)
        harbour.save_run(matched=1, still_looking=2, new=1)
        self.matched = run_now(store, platform_id, clock=FixedClock(now)).run_id
        asked = replace(get_policy(store, platform_id), minimum_score=7000)
        harbour.save(seeker("s-4", waiting_since=date(2026, 10, 1), languages=["ta"]))
        self.what_if = ask_for_preview(store, platform_id, policy=asked, now=now).report_id
        do_the_reports(harbour)
        self.running = harbour.propose("s-3", "p-2")
        _met(harbour, self.running)
        self.offered = harbour.propose("s-1", "p-1")
        _offered(harbour, self.offered)
        self.proposed = harbour.propose("s-2", "p-2", is_thin=True)
        put_block(store, platform_id, one="s-1", other="p-2", now=now)
        report_concern(
            store,
            platform_id,
            about_id="s-3",
            category=ConcernCategory.OTHER,
            severity=Severity.LOW,
            by=COORDINATOR,
            now=now,
            case_number="2026-1",
        )

    def paths(self, login: str) -> list[str]:
        """Every page of a role."""
        mine = {
            Role.SAFEGUARDING.value: ["care", "people/s-3"],
            Role.LEAD.value: ["import", "policy", f"policy/what-if/{self.what_if}", "access", "audit", "erasures"],
        }
        shared = [
            "today",
            "tasks",
            "review",
            f"proposals/{self.proposed}",
            f"proposals/{self.proposed}/another",
            f"proposals/{self.proposed}/another?supporter=p-1",
            f"proposals/{self.proposed}/around",
            f"proposals/{self.offered}",
            f"proposals/{self.running}",
            "matches",
            "people",
            "people/s-1",
            "people/s-4",
            "people/s-4/why",
            "people?id=nobody",
            "care",
            "still-looking",
            "whom-to-ask-in",
            "report",
            "report?from=2026-01-01&to=2026-12-31",
            "report?from=2026-12-31&to=2026-01-01",
            "runs",
            f"runs/{self.harbour.run_id}",
            f"runs/{self.matched}/changes",
            "nothing",
        ]
        return mine.get(login, shared)
