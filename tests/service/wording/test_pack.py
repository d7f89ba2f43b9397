"""The words people read: none missing, none that blames or tells on somebody, every placeholder known."""

import re

import pytest

from service.errors import InvalidInput
from service.events import CATALOGUE
from service.wording.english import ENGLISH, Audience
from service.wording.pack import allowed_in, check_signposting, check_texts, choose, events
from service.wording.placeholders import PLACEHOLDERS, filled, placeholders_in

EVERY_TEXT = [(event, audience, text) for event, audiences in ENGLISH.items() for audience, text in audiences.items()]

ENGINE_WORDS = re.compile(
    r"\b(score|rejected|declined|unmatched|expired|price|match(ed|ing)?|hold|held|solver|run|idle|capacity|user|weight)\b",
    re.IGNORECASE,
)
TELLTALES = re.compile(
    r"\b(concern|crisis|report(ed)?|block(ed)?|complain|refus|lonel|because of you|fail)", re.IGNORECASE
)


def test_every_event_the_service_tells_has_its_words_or_says_that_nobody_is_told():
    assert set(ENGLISH) == set(CATALOGUE)


@pytest.mark.parametrize(("event", "audience", "text"), EVERY_TEXT)
def test_a_text_is_plain_and_kind(event, audience, text):
    assert ENGINE_WORDS.search(text) is None
    if audience is not Audience.COORDINATOR:
        assert TELLTALES.search(text) is None
    assert text[0].isupper()
    assert len(text) < 300
    assert max(len(sentence.split()) for sentence in re.split(r"[.?!:]", text)) <= 35


@pytest.mark.parametrize(("event", "audience", "text"), EVERY_TEXT)
def test_its_placeholders_are_named_and_allowed(event, audience, text):
    assert placeholders_in(text) <= PLACEHOLDERS.keys()
    assert placeholders_in(text) <= allowed_in(event, audience)


def test_every_placeholder_is_told_of_once():
    assert all(said.endswith(".") for said in PLACEHOLDERS.values())


def test_whoever_is_paused_for_care_is_told_where_help_is():
    assert "{signposting}" in ENGLISH["member.held"][Audience.MEMBER]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"match.nothing": {"seeker": "Hello"}}, "holds match.nothing, and must be one of: match.proposed, "),
        ({"run.published": {"seeker": "Hello"}}, "holds run.published, and must be one of: "),
        ({"match.active": {"friend": "Hello"}}, "holds friend at match.active, and must be one of: seeker, supporter"),
        (
            {"match.active": {"coordinator": "Hello"}},
            "holds coordinator at match.active, and must be one of: seeker, supporter",
        ),
        (
            {"match.active": {"seeker": "Hello {nmae}"}},
            "may hold these in braces at match.active for seeker: name, other, platform, signposting",
        ),
        (
            {"match.active": {"seeker": "Hello {"}},
            "may hold these in braces at match.active for seeker: name, other, platform, signposting",
        ),
        (
            {"match.active": {"seeker": "Hello {other.__class__}"}},
            "may hold these in braces at match.active for seeker: name, other, platform, signposting",
        ),
        (
            {"member.looking": {"seeker": "Hello {other}"}},
            "may hold these in braces at member.looking for seeker: name, platform, signposting",
        ),
        (
            {"match.active": {"seeker": "By {answer_by}"}},
            "may hold these in braces at match.active for seeker: name, other, platform, signposting",
        ),
    ],
)
def test_what_cannot_be_said_is_named_with_what_can(texts, said):
    with pytest.raises(InvalidInput) as refused:
        check_texts(texts)

    (problem,) = refused.value.problems
    assert problem.field == "texts"
    assert problem.message.startswith(said)


def test_own_words_may_use_what_ours_do_and_the_readers_name():
    check_texts({event: dict(ENGLISH[event]) for event in events()})
    check_texts({"match.active": {"seeker": "{name}, {other} of {platform}"}})


def test_where_help_is_holds_no_braces():
    check_signposting("Call 112.")
    with pytest.raises(InvalidInput):
        check_signposting("Call {other}")


def test_a_text_is_in_the_best_of_the_readers_languages_that_there_is():
    own = {
        "pl": {"match.active": {"seeker": "Cześć"}},
        "pt-BR": {"match.active": {"seeker": "Olá"}},
        "en": {"match.paused": {"seeker": "A pause"}},
    }

    def told(*languages, event="match.active"):
        chosen = choose(own, event, Audience.SEEKER, languages)
        return chosen.text, chosen.language

    assert told("uk", "pl", "pt") == ("Cześć", "pl")
    assert told("pt", "pl") == ("Olá", "pt-BR")
    assert told("pl", event="match.paused") == ("A pause", "en")
    assert told("uk") == (ENGLISH["match.active"][Audience.SEEKER], "en")
    assert told("en", "pl") == (ENGLISH["match.active"][Audience.SEEKER], "en")
    assert choose(own, "match.rejected", Audience.SEEKER, ("en",)) is None


def test_a_text_is_filled_once_and_what_is_filled_in_is_not_read_again():
    assert filled("{platform} and {name}", {"platform": "{name}"}) == "{name} and {name}"
