from __future__ import annotations

from datetime import date

from service.console.beside import Row, Said, rows_of
from tests.service.console.scenario import seeker, supporter

TODAY = date(2026, 11, 23)


def _row(title: str, rows: tuple[Row, ...]) -> Row:
    return next(row for row in rows if row.title == title)


def test_what_both_said_is_marked_on_both_sides() -> None:
    rows = rows_of(seeker("s", waiting_since=TODAY), supporter("p", interests=["chess", "baking"]))

    assert _row("Interests", rows).seeker == (Said("chess", is_shared=True), Said("gardening"))
    assert _row("Interests", rows).supporter == (Said("baking"), Said("chess", is_shared=True))


def test_topics_asked_for_stand_beside_topics_lived() -> None:
    row = _row("Topics", rows_of(seeker("s", waiting_since=TODAY), supporter("p")))

    assert row.seeker == (Said("bereavement", is_shared=True), Said("new parent"))
    assert row.supporter == (Said("bereavement", is_shared=True), Said("burnout"))


def test_a_regional_form_is_the_same_language() -> None:
    rows = rows_of(seeker("s", waiting_since=TODAY, languages=["pt-BR"]), supporter("p", languages=["pt-PT", "en"]))

    assert _row("Languages", rows).seeker == (Said("Portuguese", is_shared=True),)
    assert _row("Languages", rows).supporter == (Said("Portuguese", is_shared=True), Said("English"))


def test_lines_about_which_nobody_says_anything_are_left_out() -> None:
    rows = rows_of(seeker("s", waiting_since=TODAY), supporter("p"))

    assert "Gender" not in {row.title for row in rows}
    assert "Training" not in {row.title for row in rows}


def test_wishes_boundaries_and_measures_are_never_shown() -> None:
    private = seeker(
        "s",
        waiting_since=TODAY,
        gender_preference=["woman"],
        preferred_age_bands=["35-44"],
        avoid_topics=["addiction"],
        seeker={"measures": {"ucla3": [3, 3, 3], "taken_at": "2026-09-01"}},
    )

    said = str(rows_of(private, supporter("p")))

    assert not any(word in said for word in ("woman", "35-44", "addiction", "ucla", "9"))
