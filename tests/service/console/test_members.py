"""One person's page, what is kept about them, and care."""

from __future__ import annotations

import pytest

from service.aliases import alias_of
from service.records.block import block_id_of
from service.records.care import Search
from service.records.coordinator import Role
from service.records.match import MatchState
from service.usecases.matches import list_matches
from service.usecases.safety import list_concerns, list_holds
from tests.service.console.browsing import Visitor, forms_of
from tests.service.console.scenario import Community
from tests.service.console.test_today import _met, _offered

SCRIPT = "<script>alert(1)</script>"


def _guard(visitor: Visitor, community: Community) -> Visitor:
    community.add_coordinator("guard", Role.SAFEGUARDING)
    visitor.send("/sign-out")
    visitor.sign_in(community.platform_id, login="guard")
    return visitor


def test_people_are_listed_and_found_by_id(maria: Visitor, harbour: Community, outsider: Community) -> None:
    words = maria.go("/console/people")
    assert f"{alias_of('p-1')} p-1 Peer supporter" in words
    assert maria.go("/console/people?role=seeker").count("Would like company") == 3 + 1
    assert "Nobody here yet" in maria.go("/console/people?status=paused")

    maria.go("/console/people?id=s-1")
    assert maria.page.request.path == "/console/people/s-1"
    for nobody in ("p-9", "no such id", "../x"):
        assert "There is nobody with this id on your platform." in maria.go(f"/console/people?id={nobody}")


def test_a_persons_page_tells_what_they_say_and_what_has_been(maria: Visitor, harbour: Community) -> None:
    _offered(harbour, harbour.propose("s-2", "p-1"))

    words = maria.go("/console/people/s-2")

    assert words.startswith(f"{alias_of('s-2')} · Alongside")
    assert "Takes part. Looking for company. Waiting 11 weeks." in words
    assert "Would like company with bereavement new parent" in words
    assert "Monday 18:00–21:30" in words
    assert f"Approved by a coordinator, with {alias_of('p-1')}" in words


def test_wishes_and_measures_are_not_shown(maria: Visitor, harbour: Community) -> None:
    from tests.service.console.scenario import seeker

    harbour.save(
        seeker(
            "s-1",
            waiting_since=harbour.now.date(),
            gender_preference=["woman"],
            avoid_topics=["addiction"],
            seeker={"measures": {"ucla3": [3, 3, 3], "taken_at": "2026-09-01"}},
        )
    )

    words = maria.go("/console/people/s-1")

    assert "addiction" not in words
    assert "woman" not in words
    assert " 9 " not in words


def test_two_people_are_kept_apart_and_no_longer(maria: Visitor, harbour: Community) -> None:
    match_id = harbour.propose("s-1", "p-1")
    maria.go("/console/people/s-1")

    words = maria.send("/apart", other="p-1")
    assert "They are kept apart from now on." in words
    assert f"Kept apart from {alias_of('p-1')}" in words
    assert harbour.store.get("harbour", "block", block_id_of("s-1", "p-1"))
    assert list_matches(harbour.store, "harbour", member_id="s-1").records[0].state is MatchState.WITHDRAWN
    assert match_id

    assert "They are no longer kept apart." in maria.send("/together")
    assert harbour.store.get("harbour", "block", block_id_of("s-1", "p-1")) is None


@pytest.mark.parametrize(
    ("form", "values", "told"),
    [
        ("/apart", {"other": "p-9"}, "There is nobody with this id on your platform."),
        ("/apart", {"other": "s-1"}, "Please name somebody else."),
        ("/apart", {"other": SCRIPT}, "Please give the id that your platform uses for them."),
        ("/looking", {}, "Please choose what they said."),
        ("/earlier", {"weeks": "53", "reason": "other"}, "Please give a whole number from 0 to 52."),
        ("/earlier", {"weeks": "4"}, "Please choose why they should come earlier."),
        ("/propose", {"supporter": "p-9"}, "There is nobody with this id on your platform."),
        ("/propose", {"supporter": "s-1"}, "Please name somebody else."),
        ("/hold", {}, "Please choose why."),
        ("/hold", {"cause": "concern"}, "Please choose why."),
        ("/concern", {"severity": "low"}, "Please choose what it is about."),
        ("/concern", {"category": "other"}, "Please choose how grave it is."),
        ("/concern", {"category": "other", "severity": "low", "case_number": SCRIPT}, "the case's number only"),
        ("/concern", {"category": "other", "severity": "low", "reporter": "s-1"}, "nobody reports themselves"),
    ],
)
def test_what_cannot_be_kept_is_said_beside_its_field_and_what_was_typed_stays(
    maria: Visitor, harbour: Community, outsider: Community, form: str, values: dict[str, str], told: str
) -> None:
    maria.go("/console/people/s-1")
    before = harbour.member("s-1")

    words = maria.send(form, **values)

    assert maria.page.status_code == 422
    assert told in words
    assert 'id="problem"' in maria.page.text
    assert 'aria-describedby="problem"' in maria.page.text
    assert SCRIPT not in maria.page.text
    typed = {name: value for each in forms_of(maria.page) for name, value in each.values.items() if name in values}
    assert typed == values or form == "/hold"
    assert harbour.member("s-1") == before


def test_whether_somebody_would_like_another_is_kept(maria: Visitor, harbour: Community) -> None:
    maria.go("/console/people/s-1")

    maria.send("/looking", looking="no")
    assert harbour.member("s-1").care.search is Search.NOT_NOW
    assert "Said not now." in maria.go("/console/people/s-1")
    maria.send("/looking", looking="yes")
    assert harbour.member("s-1").care.search is Search.LOOKING


def test_somebody_comes_earlier_for_a_reason(maria: Visitor, harbour: Community) -> None:
    maria.go("/console/people/s-1")

    words = maria.send("/earlier", weeks="8", reason="urgent_need")

    assert "Comes earlier, as after 8 weeks more, until 15 February 2027." in words
    assert harbour.member("s-1").care.boost == 8


def test_a_pair_is_proposed_with_somebody_named_or_with_the_best(maria: Visitor, harbour: Community) -> None:
    maria.go("/console/people/s-1")
    assert "This pair is proposed." in maria.send("/propose", supporter="p-2")
    assert f"{alias_of('s-1')} with {alias_of('p-2')}" in maria.page.text.replace("</span>", "").replace(
        '<span data-member="s-1">', ""
    ).replace('<span data-member="p-2">', "")

    maria.go("/console/people/s-2")
    maria.send("/propose")
    pairs = {(m.seeker_id, m.supporter_id) for m in list_matches(harbour.store, "harbour").records}
    assert pairs == {("s-1", "p-2"), ("s-2", "p-1")}

    maria.go("/console/people/s-2")
    words = maria.send("/propose")
    assert maria.page.status_code == 409
    assert "has another match by now" in words


def test_a_pause_for_care_is_placed_by_a_coordinator_and_ended_by_safeguarding(
    maria: Visitor, harbour: Community
) -> None:
    match_id = harbour.propose("s-1", "p-1")
    _met(harbour, match_id)
    maria.go("/console/people/s-1")

    words = maria.send("/hold", cause="crisis")
    assert "They are paused for care." in words
    assert harbour.member("s-1").care.is_on_hold
    assert not any(form.action.endswith("/release") for form in forms_of(maria.page))
    assert "They may need help now" not in words

    guard = _guard(maria, harbour)
    assert "They may need help now" in guard.go("/console/care")
    assert "Thank you for looking after it." in guard.send("/seen")
    assert list_holds(harbour.store, "harbour").records[0].seen_at is not None
    guard.go("/console/people/s-1")
    assert "They go on." in guard.send("/release")
    assert not harbour.member("s-1").care.is_on_hold
    assert "Goes on after a pause for care" in guard.go("/console/people/s-1")


def test_a_concern_is_read_by_safeguarding_alone(maria: Visitor, harbour: Community) -> None:
    maria.go("/console/people/p-1")
    values = {"category": "boundaries", "severity": "high", "case_number": "2026-117", "reporter": "s-1"}

    words = maria.send("/concern", **values)
    assert "Safeguarding looks after it" in words
    assert harbour.member("p-1").care.is_on_hold
    assert not harbour.member("s-1").care.is_on_hold
    (concern,) = list_concerns(harbour.store, "harbour").records
    assert (concern.about_id, concern.reporter_id, concern.case_number) == ("p-1", "s-1", "2026-117")

    for path in ("care", "people/p-1", "people/s-1", "today"):
        words = maria.go(f"/console/{path}")
        assert "2026-117" not in words
        assert "Boundaries" not in words or "Report a concern" in words
    assert "Boundaries High 2026-117" in _guard(maria, harbour).go("/console/care")


@pytest.mark.parametrize("path", ["people/s-9", "people/nobody", "proposals/match_1/another"])
def test_people_and_pairs_of_others_are_not_found(maria: Visitor, outsider: Community, path: str) -> None:
    assert "There is nothing here" in maria.go(f"/console/{path}")
    assert maria.page.status_code == 404


@pytest.mark.parametrize("form", ["apart", "together", "looking", "earlier", "propose", "hold", "concern", "release"])
def test_nothing_is_kept_about_people_of_another_platform(
    maria: Visitor, harbour: Community, outsider: Community, form: str
) -> None:
    if form == "release":
        _guard(maria, harbour)
    maria.go("/console/people/s-1")
    values = {
        "csrf_token": forms_of(maria.page)[0].values["csrf_token"],
        "other": "p-9",
        "looking": "no",
        "weeks": "4",
        "reason": "other",
        "cause": "crisis",
        "category": "other",
        "severity": "low",
    }
    before = outsider.member("s-9")

    assert maria.client.post(f"/console/people/s-9/{form}", data=values).status_code == 404
    assert outsider.member("s-9") == before
