"""The report for those who pay: counts that could point at somebody are hidden, in the page and in the file alike."""

from __future__ import annotations

import csv
import io
import time
from datetime import datetime, timedelta

import pytest

from service.lifecycle import Action
from service.records.check_in import CheckIn
from service.records.match import ActorRole
from service.usecases import kept_reports
from service.usecases.check_ins import record_check_in
from service.usecases.matches import act_on_match, get_match
from service.usecases.outcomes import outcomes
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community, seeker, supporter
from tests.service.console.test_today import COORDINATOR, _met

PERIOD = "from=2026-11-01&to=2026-11-30"


def _pairs(community: Community, number: int) -> list[str]:
    """Pairs that met, each of a seeker who has waited ten days more than the one before, from day 10 on."""
    found = []
    for place in range(number):
        since = community.now.date() - timedelta(days=10 * (place + 1))
        community.save(
            seeker(
                f"x-{place}",
                waiting_since=since,
                seeker={"measures": {"ucla3": [3, 3, 2], "taken_at": since.isoformat()}},
            ),
            supporter(f"y-{place}"),
        )
        found.append(community.propose(f"x-{place}", f"y-{place}"))
        _met(community, found[-1])
    return found


def _rows(maria: Visitor, *, wide: bool = False) -> dict[str, tuple[str, ...]]:
    answer = maria.client.get(f"/console/report?{PERIOD}&as=csv")
    assert answer.mimetype == "text/csv"
    assert "report-2026-11-01-2026-11-30.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    return {row[1]: tuple(row[2 : 6 if wide else 4]) for row in rows[1:]}


def test_a_period_is_asked_for_first(maria: Visitor) -> None:
    assert "Make the report" in maria.go("/console/report")
    assert "Pairs that began" not in maria.page.text
    assert "the first not after the last" in maria.go("/console/report?from=2026-12-01&to=2026-11-01")
    assert maria.page.status_code == 422


def test_figures_come_with_how_many_they_are_made_of(maria: Visitor, harbour: Community) -> None:
    pairs = _pairs(harbour, 6)
    for match_id in pairs[:5]:
        said = CheckIn(
            "",
            match_id,
            ActorRole.SEEKER,
            get_match(harbour.store, "harbour", match_id=match_id).seeker_id,
            harbour.now,
            met=True,
        )
        record_check_in(harbour.store, "harbour", said=said, now=harbour.now)

    rows = _rows(maria)

    assert rows["Would like company"][0] == "9"
    assert rows["Pairs that began"][0] == "6"
    assert rows["Days from asking to the beginning, in the middle"] == ("35", "6")
    # Six pairs, eight days of November each, half an hour a week.
    assert rows["Hours together, if all met as they meant to"] == ("3.4", "6")
    assert rows["Check-ins that tell of a meeting"] == ("100%", "5")
    assert rows["Change"] == ("not enough answers yet", "")


def _end(harbour: Community, pairs: list[str], *, now: datetime, reason: str) -> None:
    for match_id in pairs:
        act_on_match(
            harbour.store, "harbour", match_id=match_id, action=Action.END, by=COORDINATOR, now=now, reason=reason
        )


def test_fewer_than_five_are_hidden_everywhere(maria: Visitor, harbour: Community) -> None:
    pairs = _pairs(harbour, 4)
    _end(harbour, pairs, now=harbour.now, reason="goal_reached")

    rows = _rows(maria)
    words = maria.go(f"/console/report?{PERIOD}")

    for title in ("Pairs that began", "Pairs that ended", "They reached what they set out for"):
        assert rows[title][0] == "fewer than five", title
    assert rows["Days from asking to the beginning, in the middle"] == ("not enough to tell", "")
    assert "Pairs that began fewer than five" in words


def _long_ago(harbour: Community, number: int) -> list[str]:
    """Pairs that met a hundred days ago."""
    harbour.now -= timedelta(days=100)
    pairs = _pairs(harbour, number)
    harbour.now += timedelta(days=100)
    return pairs


def test_what_became_of_pairs_is_told_as_everywhere_with_its_interval(maria: Visitor, harbour: Community) -> None:
    pairs = _long_ago(harbour, 20)
    _end(harbour, pairs[:6], now=harbour.now - timedelta(days=70), reason="poor_fit")

    maria.client.get(f"/console/report?{PERIOD}")
    rows = _rows(maria, wide=True)

    assert rows["Together for twelve weeks, or ended well before"] == ("70%", "20 pairs", "46%", "88%")
    found = outcomes(harbour.store, "harbour", now=harbour.now).all_pairs
    assert found is not None
    assert (found.stayed, found.pairs) == (14, 20)
    assert "46% and 88%" in maria.go(f"/console/report?{PERIOD}")


def test_the_change_of_loneliness_is_told_of_twenty_people_with_its_interval(
    maria: Visitor, harbour: Community
) -> None:
    for number, match_id in enumerate(_long_ago(harbour, 20)):
        answer = (2, 2, 2) if number % 2 else (2, 2, 3)
        said = CheckIn("", match_id, ActorRole.SEEKER, f"x-{number}", harbour.now, ucla3=answer)
        record_check_in(harbour.store, "harbour", said=said, now=harbour.now)

    rows = _rows(maria, wide=True)

    assert rows["Before they began, on average"] == ("8.0", "20 people", "8.0", "8.0")
    assert rows["Change, on average"] == ("-1.5", "20 people", "-1.7", "-1.3")
    assert "regression to the mean" in maria.go(f"/console/report?{PERIOD}")


def test_a_few_who_have_not_met_are_not_told_by_those_who_have(maria: Visitor, harbour: Community) -> None:
    for number, match_id in enumerate(_pairs(harbour, 6)):
        said = CheckIn("", match_id, ActorRole.SEEKER, f"x-{number}", harbour.now, met=number > 0)
        record_check_in(harbour.store, "harbour", said=said, now=harbour.now)

    assert _rows(maria)["Check-ins that tell of a meeting"] == ("not enough to tell", "")


def test_over_many_pairs_it_is_counted_while_nobody_waits(
    maria: Visitor, harbour: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pairs(harbour, 6)
    at_once = maria.go(f"/console/report?{PERIOD}")
    monkeypatch.setattr(kept_reports, "MOST_COUNTED", 0)
    monkeypatch.setitem(maria.client.application.config, "PAGE_PATIENCE", 0)

    deadline = time.monotonic() + 60
    while "is being counted" in (words := maria.go(f"/console/report?{PERIOD}")):
        assert 'data-part="report"' in maria.page.text
        assert time.monotonic() < deadline

    assert words == at_once
    assert _rows(maria)["Pairs that began"][0] == "6"
