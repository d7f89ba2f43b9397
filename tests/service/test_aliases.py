from __future__ import annotations

from service.aliases import FIRST_WORDS, SECOND_WORDS, alias_of, tone_of
from service.console.people import TONES


def test_the_same_id_is_always_called_the_same() -> None:
    assert [alias_of(f"m-{number}") for number in (0, 1, 2)] == [
        "Ember Redstart",
        "Tundra Rook",
        "Bramble Anchor",
    ]


def test_every_word_is_one_capitalised_word_and_comes_once() -> None:
    words = FIRST_WORDS + SECOND_WORDS

    assert len(words) == len(set(words))
    assert all(word.isalpha() and word == word.capitalize() for word in words)


def test_few_of_a_thousand_members_share_an_alias() -> None:
    assert len({alias_of(f"m-{number}") for number in range(1000)}) > 980


def test_all_colours_are_used() -> None:
    assert {tone_of(f"m-{number}", TONES) for number in range(100)} == set(range(TONES))
