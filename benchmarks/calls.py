"""How many calls a second the API answers beside an empty Flask view, both served by gunicorn as it is shipped.

``python -m benchmarks.calls [STORE] [MEMBERS] [SECONDS]`` makes a platform of 20,000 members (a file in a temporary
folder unless a URL is given; a store that is not empty is refused), starts both servers, and asks them in turns, five
times: an empty view, GET of a member, PUT of a member with a changed profile. Beside the empty view stand the same two
calls as a bare flask-smorest app would answer them: our schemas, but no key, no store, no log line, no limit. One JSON
line for each question; the shares are of the medians, and beside them stand those of the best rounds. In some rounds
one of the two workers has taken all connections before the other was awake, and less than half as many calls are
answered; the best round is never such a one. Durability and every middleware are on, which the run makes sure of. Ends
with 1 when a bar is missed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from random import Random
from statistics import median
from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint

from benchmarks.asking import Connection, at_once, percentiles
from benchmarks.served import Filled, check_middleware, filled, say, served, with_store
from matching.community import generate
from matching.profile import Profile
from matching.profile_json import profile_to_mapping
from schemas.member import MemberIn, MemberOut

CONNECTIONS = 8
ROUNDS = 5
WARM_SECONDS = 2.0
LEAST_SHARE = {"GET member": 0.45, "PUT member": 0.15}
MOST_PUT_MS = 100

Request = Callable[[Random], bytes]


def empty_app() -> Flask:
    """Make an app with one view that answers nothing, and the two calls without all that is ours but the schemas."""
    app = Flask("empty")
    app.config.update(API_TITLE="Bare", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    app.add_url_rule("/empty", "empty", lambda: "")
    bare: Any = Blueprint("bare", "bare", url_prefix="/bare")
    known = _Bare(generate(seed=1, seekers=1, supporters=0, today=date(2026, 11, 30)).profiles[0])

    def get_bare(member_id: str) -> _Bare:  # noqa: ARG001 - as it is asked for
        return known

    def put_bare(_profile: Any, member_id: str) -> _Bare:  # noqa: ARG001 - as it is asked for
        return known

    bare.get("/<member_id>")(bare.response(200, MemberOut)(get_bare))
    bare.put("/<member_id>")(bare.arguments(MemberIn)(bare.response(200, MemberOut)(put_bare)))
    Api(app).register_blueprint(bare)
    return app


class _Bare:
    """A member who was never stored."""

    version, waiting_since = 1, date(2026, 11, 1)
    created_at = updated_at = datetime(2026, 11, 1, tzinfo=UTC)

    def __init__(self, profile: Profile) -> None:
        self.member_id = profile.member_id
        self.profile_json = profile_to_mapping(profile)


def main(url: str, members: int, seconds: float) -> bool:
    """Measure and print; tell whether the bars are reached."""
    platform = filled(url, members)
    with (
        served("benchmarks.calls:empty_app()", {**os.environ}) as (empty, _),
        served("service.app:create_app()", platform.environment) as (api, _),
    ):
        check_middleware(api, platform)
        questions = _questions(platform)
        rates: dict[str, list[float]] = {}
        worst: dict[str, list[float]] = {}
        for number in range(ROUNDS):
            for name, request in questions.items():
                rate, waits = _asked(api if name in LEAST_SHARE else empty, request, seconds)
                told = percentiles(waits)
                rates.setdefault(name, []).append(rate)
                worst.setdefault(name, []).append(told["p99_ms"])
                say(name, round=number + 1, calls_a_second=round(rate), **told)
        base, best = median(rates["empty view"]), max(rates["empty view"])
        shares = {name: median(rates[name]) / base for name in questions if name != "empty view"}
        for name, share in shares.items():
            bar = {"bar": LEAST_SHARE[name]} if name in LEAST_SHARE else {}
            by_best = round(max(rates[name]) / best, 3)
            say(f"{name}, share of the empty view", share=round(share, 3), by_best_rounds=by_best, **bar)
        p99 = median(worst["PUT member"])
        say("PUT member, p99", p99_ms=p99, bar_ms=MOST_PUT_MS)
    return all(shares[name] >= least for name, least in LEAST_SHARE.items()) and p99 <= MOST_PUT_MS


def _questions(platform: Filled) -> dict[str, Request]:
    def get(chance: Random, at: str = "/v1/members") -> bytes:
        member_id, _ = chance.choice(platform.profiles)
        return platform.request("GET", f"{at}/{member_id}")

    def put(chance: Random, at: str = "/v1/members") -> bytes:
        member_id, profile = chance.choice(platform.profiles)
        changed = {**profile, "interests": [f"interest-{chance.randrange(10**9)}"]}
        return platform.request("PUT", f"{at}/{member_id}", changed)

    return {
        "empty view": lambda _: platform.request("GET", "/empty"),
        "bare GET": partial(get, at="/bare"),
        "bare PUT": partial(put, at="/bare"),
        "GET member": get,
        "PUT member": put,
    }


def _asked(port: int, request: Request, seconds: float) -> tuple[float, list[float]]:
    """Ask from several connections for so long; give answers a second, and how long each took."""
    waits: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    first = time.monotonic() + WARM_SECONDS
    last = first + seconds

    def ask(number: int, chance: Random) -> None:
        with Connection(port) as connection:
            while (before := time.monotonic()) < last:
                answer = connection.ask(request(chance))
                if answer.status not in (200, 201):
                    raise RuntimeError(answer.head.decode("latin-1"))
                if before >= first:
                    waits[number].append(time.monotonic() - before)

    at_once(CONNECTIONS, ask)
    counted = [wait for each in waits for wait in each]
    return len(counted) / seconds, counted


if __name__ == "__main__":
    given = sys.argv[1:]
    with with_store(given) as store_url:
        is_reached = main(
            store_url, int(given[1]) if len(given) > 1 else 20_000, float(given[2]) if len(given) > 2 else 10.0
        )
    sys.exit(0 if is_reached else 1)
