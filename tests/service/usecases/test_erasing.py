"""Erasure: canaries in every field of a member, found before in every blob that is stored, and nowhere after."""

import base64
import importlib
import pkgutil
import secrets
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

from matching.profile import Apart
from service import records
from service.clock import FixedClock
from service.erasure_ledger import ErasureLedger
from service.errors import Conflict
from service.lifecycle import Action
from service.records import kinds
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.codec import put_of, read_as
from service.records.erasure import ErasureState
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.records.match import Actor, ActorRole, MatchState
from service.records.run import RunState
from service.records.task import CoordinatorTask, TaskKind
from service.secret_keys import SecretKey, SecretKeys
from service.storage import open_store
from service.storage.store import Changes, Fence
from service.usecases.audit import check_audit
from service.usecases.changes import list_changes
from service.usecases.erasing.progress import carry_on_erasure, get_erasure
from service.usecases.erasing.runs import renamed
from service.usecases.erasing.traces import TRACES
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import delete_member, put_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.proposing import propose_pair
from service.usecases.rests import apart_now
from service.usecases.running.evidence import read_result, read_snapshot
from service.usecases.runs import get_run, run_now, verify_run
from service.usecases.sealing import seal
from tests.service.storage import servers
from tests.service.usecases.cast import COORDINATOR, NOW, P, seeker, supporter

LATER = NOW + timedelta(hours=1)
SOON = timedelta(seconds=20)
KEYS = SecretKeys(SecretKey("k1", "s" * 40))


class Place:
    """A store, and every file that it writes."""

    def __init__(self, engine, folder):
        self.folders = [folder]
        self.server = None
        self.url = f"sqlite:///{folder}/store.sqlite3"
        if engine == "redis":
            self.server = servers.RedisServer(**{"slowlog-log-slower-than": "0"})
            self.folders = [self.server.folder]
            self.url = self.server.url
        self.store = open_store(self.url)

    def texts(self):
        """Everything that can be read from the files, and from what is packed in what can be read."""
        for folder in self.folders:
            for file in folder.rglob("*"):
                if file.is_file():
                    yield from unpacked(file.read_bytes())
        for scope in ("_alongside", P):
            for part in self.store.dump(scope):
                yield from unpacked(repr(part).encode())
                if getattr(part, "kind", "") == kinds.RUN_PART:
                    yield zlib.decompressobj().decompress(base64.b64decode(part.body["bytes"]))
        if self.server is not None:
            yield repr(self.server.ask("SLOWLOG", "GET", 1000)).encode()

    def found(self, canaries):
        texts = list(self.texts())
        return {canary for canary in canaries if any(canary.encode() in text for text in texts)}


def unpacked(data):
    """The bytes, and whatever base64 and zlib hold in them."""
    yield data
    for start in _starts(data, b'"bytes":"'):
        piece = data[start : start + 900_000].split(b'"')[0]
        try:
            yield zlib.decompressobj().decompress(base64.b64decode(piece + b"=" * (-len(piece) % 4)))
        except (ValueError, zlib.error):
            continue


def _starts(data, mark):
    at = data.find(mark)
    while at >= 0:
        yield at + len(mark)
        at = data.find(mark, at + 1)


@pytest.fixture(params=["sqlite", pytest.param("redis", marks=pytest.mark.redis)])
def place(request, tmp_path):
    made = Place(request.param, tmp_path)
    yield made
    made.store.close()
    if made.server is not None:
        made.server.remove()


def canary():
    return f"c{secrets.token_hex(10)}"


def marked_seeker():
    """A seeker in each of whose free fields stands a canary."""
    member_id, topic, interest, avoided = canary(), canary(), canary(), canary()
    profile = seeker(
        member_id, topics=("bereavement", topic), interests=frozenset((interest,)), avoid_topics=frozenset((avoided,))
    )
    return profile, (member_id, topic, interest, avoided)


@pytest.fixture
def lived(place):
    """Somebody with canaries, a match that was offered, a pair that rests, runs that saw them, and events sealed."""
    store = place.store
    create_platform(store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    profile, canaries = marked_seeker()
    others = (supporter("ben", capacity=2), supporter("bea", capacity=2), seeker("amy"))
    put_members(store, P, profiles=(profile, *others), now=NOW)
    clock = FixedClock(NOW)
    first = run_now(store, P, clock=clock)
    match = next(
        match for match in list_matches(store, P, member_id=profile.member_id).records if match.run_id == first.run_id
    )
    act_on_match(store, P, match_id=match.match_id, action=Action.REJECT, by=COORDINATOR, now=NOW, reason="safety")
    clock.advance(timedelta(minutes=1))
    second = run_now(store, P, clock=clock)
    seal(store, P, now=NOW)
    return place, profile, canaries, match, (first, second)


def erase(store, profile, folder, *, now=LATER, patience=SOON):
    erasure = delete_member(store, P, member_id=profile.member_id, now=now)
    return carry_on(store, erasure.erasure_id, folder, patience=patience)


def carry_on(store, erasure_id, folder, *, patience=SOON):
    lease = store.acquire_lease(P, "job", owner="worker", ttl=timedelta(minutes=1), now=LATER)
    done = carry_on_erasure(
        store,
        P,
        erasure_id=erasure_id,
        note=ErasureLedger(folder / "ledger" / "erasures.ledger", KEYS).note,
        now=lambda: LATER,
        fence=Fence(lease.name, lease.token),
        patience=patience,
    )
    store.release_lease(lease)
    return done


@pytest.fixture
def outside(tmp_path_factory):
    """A folder that is none of the store's."""
    folder = tmp_path_factory.mktemp("outside")
    (folder / "ledger").mkdir()
    return folder


def test_nothing_of_an_erased_member_can_be_read_anywhere(lived, outside):
    place, profile, canaries, _, _ = lived
    assert place.found(canaries) == set(canaries)

    done = erase(place.store, profile, outside)

    assert (done.state, done.member_id, done.done_at) == (ErasureState.DONE, None, LATER)
    assert place.found(canaries) == set()
    assert not any(canary.encode() in file.read_bytes() for canary in canaries for file in outside.rglob("*.ledger"))


def test_nothing_that_was_asked_or_told_about_an_erased_member_names_them(lived, outside):
    place, profile, _, match, _ = lived
    erased_id = profile.member_id
    blocked = tuple(sorted((erased_id, "ben" if match.supporter_id == "bea" else "bea")))
    reported = Concern("concern_2", "amy", ConcernCategory.OTHER, Severity.LOW, NOW, reporter_id=erased_id)
    told = (
        Hold("hold_1", erased_id, HoldCause.CRISIS, NOW, "c-1"),
        Concern("concern_1", erased_id, ConcernCategory.OTHER, Severity.LOW, NOW, reporter_id="amy"),
        reported,
        CheckIn("checkin_1", match.match_id, ActorRole.SEEKER, erased_id, NOW),
        CoordinatorTask(TaskKind.CARE, match.match_id, (erased_id,), NOW, task_id="task_1"),
        Block(*blocked, NOW),
    )
    place.store.commit(P, Changes(puts=tuple(put_of(each) for each in told)))
    assert apart_now(place.store, P, LATER)[blocked] is Apart.BLOCKED

    erase(place.store, profile, outside)

    assert place.found((erased_id,)) == set()
    assert [place.store.count(P, each.KIND) for each in told] == [0, 1, 1, 0, 0, 1]
    assert read_as(Concern, place.store.get(P, Concern.KIND, "concern_2")) == replace(
        reported, reporter_id="", version=2
    )
    put_member(place.store, P, profile=profile, now=LATER)
    assert apart_now(place.store, P, LATER)[blocked] is Apart.BLOCKED


def test_what_is_said_of_others_stays(lived, outside):
    place, profile, _, match, _ = lived
    done = erase(place.store, profile, outside)

    kept = next(each for each in list_matches(place.store, P).records if each.match_id == match.match_id)
    assert (kept.seeker_id, kept.supporter_id, kept.state) == (done.alias, match.supporter_id, MatchState.REJECTED)
    assert kept.explanation == {}
    assert list_matches(place.store, P, member_id=match.supporter_id).records


def test_runs_that_saw_the_member_say_that_they_cannot_be_replayed(lived, outside):
    place, profile, _, _, runs = lived
    assert verify_run(place.store, P, run_id=runs[1].run_id).matched == 2

    erase(place.store, profile, outside)

    for run in runs:
        assert get_run(place.store, P, run_id=run.run_id).erased_at == LATER
        with pytest.raises(Conflict) as caught:
            verify_run(place.store, P, run_id=run.run_id)
        assert caught.value.code == "not_replayable_after_erasure"
    clock = FixedClock(LATER + timedelta(minutes=5))
    again = run_now(place.store, P, clock=clock)
    assert verify_run(place.store, P, run_id=again.run_id).run.state is RunState.DONE


def test_somebody_whose_id_is_a_word_of_ours_is_erased_and_nothing_else_is_renamed(place, outside):
    # Ids are the platform's own: one may be a word that we write beside them.
    store, clock, ids = place.store, FixedClock(NOW), ("new", "proposed", "supporter")
    create_platform(store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    put_members(store, P, profiles=(seeker("new"), seeker("proposed"), supporter("supporter", capacity=2)), now=NOW)
    run = run_now(store, P, clock=clock)
    offered, _ = list_matches(store, P).records
    act_on_match(store, P, match_id=offered.match_id, action=Action.APPROVE, by=COORDINATOR, now=NOW)
    answer = Actor(ActorRole.SUPPORTER, "supporter")
    act_on_match(store, P, match_id=offered.match_id, action=Action.ACCEPT, by=answer, now=NOW)
    before, matches = list_changes(store, P, run_id=run.run_id).records, list_matches(store, P).records

    aliases = {each: erase(store, seeker(each), outside).alias for each in ids}

    after = list_changes(store, P, run_id=run.run_id).records
    assert [replace(each, seeker_id="", supporter_id="") for each in after] == [
        replace(each, seeker_id="", supporter_id="") for each in before
    ]
    assert {each.pair for each in before} == {("new", "supporter"), ("proposed", "supporter")}
    names = {(aliases["new"], aliases["supporter"]), (aliases["proposed"], aliases["supporter"])}
    assert {each.pair for each in after} == names
    left = list_matches(store, P).records
    assert {(each.seeker_id, each.supporter_id) for each in left} == names
    said = [entry.by for each in left for entry in each.history if entry.by.role is ActorRole.SUPPORTER]
    assert said == [Actor(ActorRole.SUPPORTER, aliases["supporter"])]
    assert len(left) == len(matches)


WORDS = ("primal", "pairs", "member", "coverage", "resting", "en", "text")
"""Names and values that stand in a run's parts: in heads, in profiles of others, in a pair that rests."""


def test_a_run_stays_readable_when_somebody_is_erased_whose_id_is_a_word_of_its_parts(place, outside):
    store = place.store
    create_platform(store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    put_members(store, P, profiles=(*(seeker(word) for word in WORDS), supporter("sam", capacity=30)), now=NOW)
    match = propose_pair(store, P, seeker_id="text", supporter_id="sam", by=COORDINATOR, now=NOW)
    reject = {"action": Action.REJECT, "by": COORDINATOR, "now": NOW, "reason": "poor_fit"}
    act_on_match(store, P, match_id=match.match_id, **reject)
    run = run_now(store, P, clock=FixedClock(NOW))
    saw, _ = read_snapshot(store, P, run_id=run.run_id)
    gave = read_result(store, P, run_id=run.run_id)

    name_of = {word: erase(store, seeker(word), outside).alias for word in WORDS}

    snapshot, _ = read_snapshot(store, P, run_id=run.run_id)
    assert list(snapshot.members.member_ids) == ["sam"]
    assert (snapshot.week, snapshot.policy, dict(snapshot.apart)) == (
        saw.week,
        saw.policy,
        {(name_of["text"], "sam"): Apart.RESTING},
    )
    result = read_result(store, P, run_id=run.run_id)
    assert (result.head, result.primal, result.supporters) == (gave.head, gave.primal, gave.supporters)
    assert result.seekers == [name_of[each] for each in gave.seekers]
    assert [each.seeker_id for each in result.pairs] == [name_of[each.seeker_id] for each in gave.pairs]


def test_the_audit_chain_holds_after_an_erasure(lived, outside):
    place, profile, *_ = lived
    erase(place.store, profile, outside)
    seal(place.store, P, now=LATER)

    report = check_audit(place.store, P)

    assert (report.broken_at, report.problem) == (None, "")
    assert report.erased > 0


def test_a_rest_for_ever_counts_again_when_the_erased_id_returns(lived, outside):
    place, profile, _, match, _ = lived
    pair = (profile.member_id, match.supporter_id)
    assert apart_now(place.store, P, LATER)[pair] is Apart.RESTING

    erase(place.store, profile, outside)
    assert pair not in apart_now(place.store, P, LATER)
    assert len(apart_now(place.store, P, LATER)) == 1
    put_member(place.store, P, profile=profile, now=LATER + timedelta(days=400))

    assert apart_now(place.store, P, LATER + timedelta(days=400)) == {pair: Apart.RESTING}


def test_a_rest_counts_again_when_the_id_returns_in_an_import(lived, outside):
    place, profile, _, match, _ = lived
    erase(place.store, profile, outside)

    put_members(place.store, P, profiles=(seeker("ina"), profile, seeker("iva")), now=LATER)

    assert (profile.member_id, match.supporter_id) in apart_now(place.store, P, LATER)


def test_somebody_who_came_back_before_the_job_ran_keeps_what_is_theirs(lived, outside):
    place, profile, canaries, _, _ = lived
    erasure = delete_member(place.store, P, member_id=profile.member_id, now=LATER)
    returned = replace(profile, interests=frozenset())
    put_member(place.store, P, profile=returned, now=LATER + timedelta(seconds=1))

    assert carry_on(place.store, erasure.erasure_id, outside).state is ErasureState.DONE

    assert place.store.get(P, kinds.MEMBER, profile.member_id) is not None
    assert canaries[2] not in place.found(canaries)


def test_an_erasure_waits_for_a_run_that_may_have_read_the_member(lived, outside, monkeypatch):
    place, profile, *_ = lived
    erasure = delete_member(place.store, P, member_id=profile.member_id, now=LATER)
    from service.records.codec import put_of
    from service.records.run import Run
    from service.storage.store import Changes

    run = Run("run_x", RunState.RUNNING, "cli", False, created_at=NOW, started_at=NOW)
    place.store.commit(P, Changes(puts=(put_of(run),)))

    waiting = carry_on(place.store, erasure.erasure_id, outside)
    place.store.commit(P, Changes(puts=(put_of(replace(run, state=RunState.FAILED)),)))

    assert waiting.state is ErasureState.REQUESTED
    assert carry_on(place.store, erasure.erasure_id, outside).state is ErasureState.DONE


def test_an_erasure_done_twice_from_any_step_comes_to_the_same_end(lived, outside, monkeypatch):
    place, profile, canaries, _, _ = lived
    erasure = delete_member(place.store, P, member_id=profile.member_id, now=LATER)
    commits = 0
    commit = type(place.store).commit

    class Cut(Exception):  # noqa: N818 - it is no error of anybody
        pass

    while True:
        commits += 1
        left = commits

        def cut_off(self, scope, changes):
            nonlocal left
            left -= 1
            if left < 0:
                raise Cut
            return commit(self, scope, changes)

        with monkeypatch.context() as patched:
            patched.setattr(type(place.store), "commit", cut_off)
            try:
                done = carry_on(place.store, erasure.erasure_id, outside)
                break
            except Cut:
                continue
            finally:
                patched.undo()

    assert done.state is ErasureState.DONE
    assert commits > 3
    assert place.found(canaries) == set()


def test_a_reader_keeps_an_erasure_from_being_done_and_not_from_being_made(tmp_path, outside):
    place = Place("sqlite", tmp_path)
    create_platform(place.store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    profile, canaries = marked_seeker()
    put_members(place.store, P, profiles=(profile, seeker("amy"), seeker("abe")), now=NOW)
    reading = place.store.each(P, kinds.MEMBER)
    next(reading)

    first = erase(place.store, profile, outside, patience=timedelta(0))
    still_there = place.found(canaries)
    reading.close()
    second = carry_on(place.store, first.erasure_id, outside)

    assert (first.state, second.state) == (ErasureState.EMPTIED, ErasureState.DONE)
    assert still_there
    assert place.found(canaries) == set()
    place.store.close()


def test_every_kind_of_record_says_how_it_loses_a_member():
    modules = [
        importlib.import_module(f"service.records.{each.name}") for each in pkgutil.iter_modules(records.__path__)
    ]
    classes = [found for module in modules for found in vars(module).values() if hasattr(found, "FORMAT")]

    assert {found.KIND for found in classes if hasattr(found, "KIND")} <= set(TRACES)
    assert {kinds.RUN_PART, kinds.RUN_ORDER, kinds.VEIL_KEY} <= set(TRACES)


def test_a_text_is_renamed_wherever_it_stands_as_a_whole():
    line = {"m": ["m", {"deep": "m", "m-1": "m-1"}, 1, None], "n": "a m"}

    assert renamed(line, "m", "x") == {"x": ["x", {"deep": "x", "m-1": "m-1"}, 1, None], "n": "a m"}


def test_the_state_of_an_erasure_can_be_read(lived):
    place, profile, *_ = lived
    erasure = delete_member(place.store, P, member_id=profile.member_id, now=LATER)

    assert get_erasure(place.store, P, erasure_id=erasure.erasure_id).state is ErasureState.REQUESTED
