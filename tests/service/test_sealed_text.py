"""Texts the store alone does not tell: sealed, opened with older keys, and never in another's place."""

import pytest

from service.errors import UnreadableText
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import SecretKey, SecretKeys

OLD, NEW = SecretKey("k1", "o" * 40), SecretKey("k2", "n" * 40)
BEFORE = TextSeal(SecretKeys(OLD), NOTES)
ROTATED = TextSeal(SecretKeys(NEW, (OLD,)), NOTES)
AFTER = TextSeal(SecretKeys(NEW), NOTES)


def test_a_text_comes_back_and_is_not_to_be_seen():
    sealed = BEFORE.sealed("Prefers mornings ☀", of="note_1")

    assert BEFORE.opened(sealed, of="note_1") == "Prefers mornings ☀"
    assert "mornings" not in sealed
    assert sealed != BEFORE.sealed("Prefers mornings ☀", of="note_1")


def test_an_older_key_still_opens_until_its_line_is_removed():
    sealed = BEFORE.sealed("x", of="note_1")

    assert ROTATED.opened(sealed, of="note_1") == "x"
    assert (BEFORE.is_current(sealed), ROTATED.is_current(sealed)) == (True, False)
    assert ROTATED.sealed("x", of="note_1").startswith("k2:")
    with pytest.raises(UnreadableText):
        AFTER.opened(sealed, of="note_1")


def test_a_key_of_the_same_id_with_another_secret_opens_nothing():
    with pytest.raises(UnreadableText):
        TextSeal(SecretKeys(SecretKey("k1", "x" * 40)), NOTES).opened(BEFORE.sealed("x", of="a"), of="a")


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-4] + "AAA=", lambda text: "k1:", lambda text: "k1:%%%", lambda text: ""]
)
def test_what_was_changed_is_not_read(damage):
    with pytest.raises(UnreadableText):
        BEFORE.opened(damage(BEFORE.sealed("some text", of="note_1")), of="note_1")


def test_a_text_cannot_be_put_in_anothers_place():
    with pytest.raises(UnreadableText):
        BEFORE.opened(BEFORE.sealed("x", of="harbour note_1"), of="harbour note_2")
