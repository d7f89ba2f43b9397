"""Small platforms with a published run, and the jobs that work out what was asked about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from matching.profile import Day, Mode, Profile, Window
from service.clock import FixedClock
from service.records.report import Report
from service.storage.store import Fence, Store
from service.usecases.insight.reports import work_out
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from service.usecases.reading import found
from service.usecases.runs import run_now
from tests.service.usecases.cast import NOW, seeker, supporter

TOPICS = ("bereavement", "caring", "new_parent")


def people(seed: int, *, seekers: int = 24, supporters: int = 9) -> list[Profile]:
    """Make up people of whom many are left waiting, each for another reason."""
    random = Random(seed)
    return [
        *(
            seeker(
                f"seeker-{number}",
                topics=tuple(random.sample(TOPICS, random.randint(0, 2))),
                since=date(2026, 11, 1) - timedelta(weeks=random.randint(0, 9)),
                **_shared(random),
            )
            for number in range(seekers)
        ),
        *(
            supporter(f"supporter-{number}", capacity=random.choice((1, 1, 2)), **_shared(random))
            for number in range(supporters)
        ),
    ]


def _shared(random: Random) -> dict[str, object]:
    return {
        "languages": random.choice((("en",), ("en",), ("en", "pl"), ("pl",), ("uk",))),
        "modes": frozenset(random.choice(((Mode.TEXT,), (Mode.TEXT, Mode.VOICE), (Mode.VOICE,)))),
        "availability": tuple(
            Window(random.choice((Day.MON, Day.TUE)), at, at + 60)
            for at in random.sample((17 * 60, 18 * 60, 19 * 60), 2)
        ),
    }


def published(store: Store, platform_id: str, profiles: Iterable[Profile], clock: FixedClock):
    """Give a run of a platform of these people; the platform is made where there is none."""
    if store.get(platform_id, "platform", platform_id) is None:
        create_platform(store, platform_id=platform_id, name=platform_id.title(), now=NOW, signposting="Call 112.")
    put_members(store, platform_id, profiles=profiles, now=NOW)
    return run_now(store, platform_id, clock=clock)


def worked_out(store: Store, platform_id: str, report: Report, clock: FixedClock) -> Report:
    """Have a report's job done, and give the report then."""
    lease = store.acquire_lease(
        platform_id, f"job {report.job_id}", owner="test", ttl=timedelta(minutes=5), now=clock.now()
    )
    fence = Fence(lease.name, lease.token)
    work_out(store, platform_id, report_id=report.report_id, now=clock.now, fence=fence)
    store.release_lease(lease)
    return found(store, platform_id, Report, report.report_id)


def with_place(profile: Profile) -> Profile:
    """The same supporter with one more place."""
    side = profile.supporter
    assert side is not None
    return replace(profile, supporter=replace(side, capacity=side.capacity + 1))
