from __future__ import annotations

from service.aliases import alias_of
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import Community, seeker, supporter


def test_who_has_waited_longest_comes_first_and_who_has_a_proposal_is_not_there(
    maria: Visitor, harbour: Community
) -> None:
    harbour.propose("s-1", "p-1")

    words = maria.go("/console/still-looking")

    assert "2 people are looking for company" in words
    assert words.index(alias_of("s-2")) < words.index(alias_of("s-3"))
    assert alias_of("s-1") not in words


def test_who_would_fit_but_has_no_room_is_a_matter_of_places(maria: Visitor, harbour: Community) -> None:
    assert "2 peer supporters would fit; their places are with others just now." in maria.go("/console/still-looking")


def test_what_stood_in_the_way_is_counted_without_blame(maria: Visitor, harbour: Community) -> None:
    harbour.save(seeker("s-4", waiting_since=harbour.now.date(), languages=["ta"]))

    words = maria.go("/console/still-looking")

    assert "We do not yet have a peer supporter who fits and has room." in words
    assert "no language in common: 2" in words


def test_somebody_without_free_time_is_told_apart(maria: Visitor, harbour: Community) -> None:
    harbour.save(seeker("s-4", waiting_since=harbour.now.date(), availability=[]))

    assert "We do not yet know a time that is long enough for a session." in maria.go("/console/still-looking")


def test_when_everyone_is_matched_the_page_is_glad(maria: Visitor, harbour: Community) -> None:
    for number, seeker_id in enumerate(("s-1", "s-2", "s-3")):
        harbour.save(supporter(f"p-{10 + number}"))
        harbour.propose(seeker_id, f"p-{10 + number}")

    assert "Nobody is still looking" in maria.go("/console/still-looking")
