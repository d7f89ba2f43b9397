"""What people are told of their matches: only who knows of it, in their language, and nobody after a death."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.aliases import alias_of
from service.errors import Conflict, InvalidInput, SignpostingMissing, StaleVersion
from service.records.match import ActorRole
from service.records.run import RunState
from service.records.wording import Wording
from service.usecases.firing import fire
from service.usecases.members import put_member
from service.usecases.messages import OF_MEMBERS, ON_DEMAND, messages_of_match, messages_of_member
from service.usecases.platforms import create_platform
from service.usecases.runs import execute_run, get_run, request_run, run_now
from service.usecases.wording import get_wording, put_wording, set_signposting
from tests.service.usecases.acting import act, active, as_it_is, asked_second, offered, seeker_of, supporter_of
from tests.service.usecases.cast import ADA, NOW, P
from tests.service.usecases.proposals import propose

DAY = timedelta(days=1)


def told(store, match, event=None):
    messages = messages_of_match(store, P, match_id=match.match_id, event=event, now=NOW)
    return {message.audience.value: message.event for message in messages}


def say(store, language, *, signposting="", expected_version=None, **texts):
    events = {event.replace("_", ".", 1): {"seeker": text} for event, text in texts.items()}
    wording = Wording(language, signposting, NOW, events)
    return put_wording(store, P, wording=wording, expected_version=expected_version)


def test_nobody_hears_of_a_proposal(cast):
    assert told(cast, propose(cast, "ada", "ben")) == {}


def test_the_supporter_is_asked_first_and_the_seeker_hears_nothing_yet(cast):
    assert told(cast, offered(cast, "ada", "ben")) == {"supporter": "match.offered"}


def test_after_the_supporters_yes_the_seeker_is_asked(cast):
    match = asked_second(cast, "ada", "ben")

    assert told(cast, match) == {"seeker": "match.offered", "supporter": "match.accepted"}
    (message, _) = messages_of_match(cast, P, match_id=match.match_id, event=None, now=NOW)
    assert "by 8 December 2026." in message.text


def test_the_seeker_never_hears_of_the_supporters_no(cast):
    match = offered(cast, "ada", "ben")
    act(cast, match, "decline", by=supporter_of(match))

    assert told(cast, match) == {"supporter": "match.declined"}


def test_of_a_no_both_hear_who_were_asked(cast):
    match = asked_second(cast, "ada", "ben")
    act(cast, match, "decline", by=seeker_of(match))

    assert told(cast, match) == {"seeker": "match.declined", "supporter": "match.declined"}


@pytest.mark.parametrize(
    ("steps", "event"),
    [
        ([], "match.active"),
        ([("pause", "break")], "match.paused"),
        ([("plan_ending", "goal_reached")], "match.closing"),
        ([("end", "goal_reached")], "match.ended"),
    ],
)
def test_both_hear_what_becomes_of_their_match(cast, steps, event):
    match = active(cast, "ada", "ben")
    for action, reason in steps:
        act(cast, match, action, reason=reason)

    assert told(cast, match) == {"seeker": event, "supporter": event}


def test_the_last_day_is_told_in_words(cast):
    match = active(cast, "ada", "ben")
    act(cast, match, "plan_ending", reason="goal_reached")

    (message, _) = messages_of_match(cast, P, match_id=match.match_id, event=None, now=NOW)

    assert message.text == (
        f"Your time with {alias_of('ben')} comes to its planned end on 23 December 2026. "
        "There is time for a good goodbye."
    )
    assert message.left == ()


def test_after_a_death_nobody_is_told_anything(cast):
    match = active(cast, "ada", "ben")
    act(cast, match, "end", reason="died")

    assert told(cast, match) == {}
    assert messages_of_member(cast, P, member_id="ada", event="member.still_looking", now=NOW) == ()


def test_a_reminder_is_for_whoever_is_awaited(cast):
    match = asked_second(cast, "ada", "ben")

    assert told(cast, match, "match.seeker_reminder") == {"seeker": "match.seeker_reminder"}
    assert told(cast, match, "match.supporter_reminder") == {}


def test_a_check_in_is_for_whoever_is_still_to_be_asked(cast):
    match = active(cast, "ada", "ben")
    assert told(cast, match, "match.check_in_due") == {}

    fire(cast, P, match_id=match.match_id, now=NOW + 7 * DAY)

    assert told(cast, as_it_is(cast, match), "match.check_in_due") == {
        "seeker": "match.check_in_due",
        "supporter": "match.check_in_due",
    }


def test_whoever_is_paused_for_care_hears_where_help_is_in_their_language(cast):
    put_member(cast, P, profile=replace(ADA, languages=("pl", "en")), now=NOW)

    def of_ada():
        (message,) = messages_of_member(cast, P, member_id="ada", event="member.held", now=NOW)
        return message

    assert of_ada().text.endswith("If you need help at once: Call 112.")
    say(cast, "pl", signposting="Zadzwoń pod 112.")
    assert of_ada().text.endswith("Zadzwoń pod 112.")
    assert of_ada().language == "en"


def test_own_words_are_used_and_the_readers_name_is_left_to_the_platform(cast):
    say(cast, "en", signposting="Call 112.", match_active="Hello {name}, meet {other}!")

    seeker, supporter = messages_of_match(cast, P, match_id=active(cast, "ada", "ben").match_id, event=None, now=NOW)

    assert (seeker.text, seeker.left) == (f"Hello {{name}}, meet {alias_of('ben')}!", ("name",))
    assert supporter.text.startswith(f"You and {alias_of('ada')} can meet now.")


def test_every_message_of_a_member_can_be_made(cast):
    for event in OF_MEMBERS:
        for message in messages_of_member(cast, P, member_id="ada", event=event, now=NOW + 56 * DAY):
            assert message.left == ()
            assert "{" not in message.text
    (word,) = messages_of_member(cast, P, member_id="ada", event="member.still_looking", now=NOW + 56 * DAY)
    assert "for 8 weeks" in word.text


def test_there_are_no_messages_to_members_about_anything_else(cast):
    with pytest.raises(InvalidInput):
        messages_of_member(cast, P, member_id="ada", event="member.deleted", now=NOW)
    assert set(ON_DEMAND.values()) == {ActorRole.SEEKER, ActorRole.SUPPORTER, None}


def test_two_who_change_the_words_at_once_do_not_overwrite_each_other(cast):
    first = say(cast, "pl", signposting="112")

    with pytest.raises(StaleVersion):
        say(cast, "pl", signposting="999", expected_version=0)
    assert get_wording(cast, P, language="pl") == first


def test_the_last_word_on_where_help_is_cannot_be_taken_back(cast):
    with pytest.raises(Conflict) as refused:
        say(cast, "en", signposting="")
    assert refused.value.code == "signposting_needed"

    say(cast, "pl", signposting="112")
    assert say(cast, "en", signposting="").signposting == ""


@pytest.fixture
def silent(store):
    """A platform that has not said where help is."""
    create_platform(store, platform_id="silent", name="Silent", now=NOW)
    put_member(store, "silent", profile=ADA, now=NOW)
    return store


def test_before_it_is_said_where_help_is_nothing_is_published(silent, clock):
    with pytest.raises(SignpostingMissing) as refused:
        run_now(silent, "silent", clock=clock)
    with pytest.raises(SignpostingMissing):
        request_run(silent, "silent", requested_by="key:1", now=NOW)

    assert "PUT /v1/wording" in str(refused.value)
    assert run_now(silent, "silent", is_dry_run=True, clock=clock).state is RunState.DONE
    set_signposting(silent, "silent", language="en", text="Call 112.", now=NOW)
    assert run_now(silent, "silent", clock=clock).state is RunState.DONE


def test_a_scheduled_run_fails_and_says_what_to_set(silent, clock):
    from service.storage.store import Changes
    from service.usecases.runs import new_run_puts

    run, puts = new_run_puts(requested_by="schedule", now=NOW)
    silent.commit("silent", Changes(puts=puts))

    with pytest.raises(SignpostingMissing):
        execute_run(silent, "silent", run_id=run.run_id, clock=clock)

    failed = get_run(silent, "silent", run_id=run.run_id)
    assert (failed.state, failed.error_code) == (RunState.FAILED, "signposting_missing")
    assert silent.count("silent", "match") == 0
