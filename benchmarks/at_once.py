"""Time what is answered while somebody waits: `python -m benchmarks.at_once`.

Candidates with reasons among 50,000 supporters, matches at once on a platform of 20,000 members, and what forcing or
forbidding a pair of a run of 10,000 × 5,000 would have done, through the web app on an embedded store; the first
answer, for which members or the run are read, is told apart. Between calls for candidates and matches members change,
so that what is kept ready has something to follow. Times of the processor alone are told, too: they are what remains on
a machine that others use. Ends with 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

from benchmarks.communities import SEED
from matching.community import generate
from matching.profile import Profile
from matching.profile_json import profile_to_mapping
from service.app import create_app
from service.clock import FixedClock
from service.records.api_key import Scope
from service.records.codec import read_as
from service.records.match import Match, MatchState
from service.settings import Settings
from service.usecases.keys import create_key
from service.usecases.matches import each_visible
from service.usecases.members import put_members
from service.usecases.platforms import create_platform
from service.usecases.runs import run_now


class Answer(NamedTuple):
    """One call: its status, and how long it took."""

    status: int
    ms: float
    processor_ms: float


NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PLATFORM = "bench"
CANDIDATES_MS, MATCH_MS = 100, 1000
EFFECT_MEDIAN_MS, EFFECT_P99_MS = 200, 1000


def main() -> int:
    """Store people, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--supporters", type=int, default=50_000, help="of the first platform")
    parser.add_argument("--members", type=int, default=20_000, help="of the second, two seekers for each supporter")
    parser.add_argument("--run", type=int, default=15_000, help="members of the run, two seekers for each supporter")
    parser.add_argument("--calls", type=int, default=300)
    asked = parser.parse_args()
    passed = [
        timed("candidates with reasons", asked.calls, 1000, asked.supporters, candidates, CANDIDATES_MS),
        timed("a match at once", asked.calls, 2 * asked.members // 3, asked.members // 3, match, MATCH_MS),
        effects_timed(asked.calls, 2 * asked.run // 3, asked.run // 3),
    ]
    return 0 if all(passed) else 1


def candidates(client: Any, headers: dict[str, str], seeker_id: str) -> int:
    """Ask for candidates; give the status."""
    return int(client.get(f"/v1/members/{seeker_id}/candidates", headers=headers).status_code)


def match(client: Any, headers: dict[str, str], seeker_id: str) -> int:
    """Ask for a match at once; give the status."""
    path = f"/v1/members/{seeker_id}/match"
    return int(client.post(path, headers={**headers, "Prefer": "wait=20"}).status_code)


def timed(name: str, calls: int, seekers: int, supporters: int, call: Callable[..., int], bar_ms: int) -> bool:
    """Measure calls on a platform of its own; tell whether 95 of 100 are within the bar."""
    with _served(seekers, supporters) as (client, headers, people, _store):
        first, answers = _measured(client, headers, people, calls, call)
    median, p95, most = np.percentile([each.ms for each in answers], (50, 95, 100))
    median_work, p95_work = np.percentile([each.processor_ms for each in answers], (50, 95))
    told = dict(sorted(Counter(each.status for each in answers).items()))
    print(
        f"{name}: {seekers:,} seekers, {supporters:,} supporters; ready after {first:.1f} s; then median {median:.0f} "
        f"ms, p95 {p95:.0f} ms (bar {bar_ms}), longest {most:.0f} ms of {len(answers)}; of the processor alone median "
        f"{median_work:.0f} ms, p95 {p95_work:.0f} ms; answers {told}"
    )
    return bool(p95 <= bar_ms) and 503 not in told and 202 not in told


def effects_timed(calls: int, seekers: int, supporters: int) -> bool:
    """Ask what choices would have done in a stored run; tell whether median and p99 are within the bars."""
    with _served(seekers, supporters) as (client, headers, people, store):
        run = run_now(store, PLATFORM, clock=FixedClock(NOW))
        made = [read_as(Match, each) for each in each_visible(store, PLATFORM, state=MatchState.PROPOSED)]
        pairs = _choices(Random(SEED), [(each.seeker_id, each.supporter_id) for each in made], people)
        call = partial(effect, client, headers, run.run_id)
        began = perf_counter()
        while call(next(pairs)) == 503:
            pass
        first = perf_counter() - began
        # A drawn pair that no rule allows is refused; what is refused is not counted.
        answered = (each for each in (_timed(partial(call, pair)) for pair in pairs) if each.status != 409)
        answers = list(islice(answered, calls))
    median, p99, most = np.percentile([each.ms for each in answers], (50, 99, 100))
    told = dict(sorted(Counter(each.status for each in answers).items()))
    print(
        f"a pair forced or forbidden: {seekers:,} seekers, {supporters:,} supporters, {len(made):,} matched; ready "
        f"after {first:.1f} s; then median {median:.0f} ms (bar {EFFECT_MEDIAN_MS}), p99 {p99:.0f} ms (bar "
        f"{EFFECT_P99_MS}), longest {most:.0f} ms of {len(answers)}; answers {told}"
    )
    return bool(median <= EFFECT_MEDIAN_MS and p99 <= EFFECT_P99_MS) and set(told) == {200}


def effect(client: Any, headers: dict[str, str], run_id: str, choice: tuple[str, str, str]) -> int:
    """Ask what forcing or forbidding a pair would have done; give the status."""
    named = dict(zip(("seeker_id", "supporter_id", "choice"), choice, strict=True))
    return int(client.get(f"/v1/runs/{run_id}/knock-on", query_string=named, headers=headers).status_code)


def _choices(
    random: Random, made: Sequence[tuple[str, str]], people: Sequence[Profile]
) -> Iterator[tuple[str, str, str]]:
    """Draw, for ever and in turns, a matched pair to forbid and any two people to force."""
    seekers = [each.member_id for each in people if each.seeker]
    supporters = [each.member_id for each in people if each.supporter]
    while True:
        yield (*random.choice(made), "forbid")
        yield (random.choice(seekers), random.choice(supporters), "force")


@contextmanager
def _served(seekers: int, supporters: int) -> Iterator[tuple[Any, dict[str, str], Sequence[Profile], Any]]:
    """Give a client of an app with a platform of so many, its headers, the people, and the store."""
    people = generate(seed=SEED, seekers=seekers, supporters=supporters, today=date(2026, 11, 23)).profiles
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(f"sqlite:///{folder}/bench.sqlite3", True, Path(folder) / "secret.key", True)
        app = create_app(settings, clock=FixedClock(NOW))
        store = app.extensions["alongside"]
        create_platform(store, platform_id=PLATFORM, name="Bench", now=NOW, signposting="Call 112.")
        put_members(store, PLATFORM, profiles=people, now=NOW)
        _, key = create_key(store, PLATFORM, name="bench", scopes=tuple(Scope), now=NOW)
        yield app.test_client(), {"Authorization": f"Bearer {key}"}, people, store
        store.close()


def _measured(
    client: Any, headers: dict[str, str], people: Sequence[Profile], calls: int, call: Callable[..., int]
) -> tuple[float, list[Answer]]:
    random = Random(SEED)
    able = [each.member_id for each in people if each.seeker and each.consent.matching and each.availability]
    helping = [each for each in people if each.supporter]
    first = _until_ready(client, headers, able[0], candidates)
    answers = []
    for seeker_id in random.sample(able, min(calls, len(able))):
        changed = random.choice(helping)
        body = {**profile_to_mapping(changed), "pace": random.choice(("weekly", "monthly"))}
        client.put(f"/v1/members/{changed.member_id}", json=body, headers=headers)
        answers.append(_timed(partial(call, client, headers, seeker_id)))
    return first, answers


def _timed(call: Callable[[], int]) -> Answer:
    began, worked = perf_counter(), process_time()
    status = call()
    return Answer(status, (perf_counter() - began) * 1000, (process_time() - worked) * 1000)


def _until_ready(client: Any, headers: dict[str, str], seeker_id: str, call: Callable[..., int]) -> float:
    began = perf_counter()
    while call(client, headers, seeker_id) == 503:
        pass
    return perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
