"""Somebody of whom every kind of record tells: before they are erased by each that can, after it by none, nor any file.

The table of traces is the list of what is looked for, so a new kind that can name a member comes in here, too.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

from matching.policy import LabelField, LabelType, Policy
from matching.profile import Clearance, ClearanceScope, Measures, SupporterSide
from matching.profile_json import profile_to_mapping
from service.backups.moving import write_backup
from service.clock import FixedClock
from service.records import kinds
from service.records.block import Block
from service.records.check_in import CheckIn
from service.records.codec import put_of
from service.records.erasure import ErasureState
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.records.kept_answer import Answer, CallState, KeptAnswer
from service.records.match import ActorRole
from service.records.note import Note
from service.records.renewal import Renewal
from service.records.report import About, Report, ReportState
from service.records.round import Round
from service.records.wait import Wait
from service.storage.operated import Kept
from service.storage.store import Changes, Delete, Fence
from service.usecases.erasing.traces import NO_TRACE, TRACES
from service.usecases.importing.receiving import receive
from service.usecases.members import delete_member, put_members
from service.usecases.platforms import create_platform
from service.usecases.policies import put_policy
from service.usecases.running.orders import LOOKING, looking_entry, write_order
from service.usecases.runs import list_runs, run_now
from service.usecases.sealing import seal
from tests.service.usecases.acting import act, active
from tests.service.usecases.cast import NOW, P, seeker, supporter
from tests.service.usecases.test_erasing import LATER, canary, carry_on, outside, place
from tests.service.usecases.webhooks.posts import Post, turn, verified

__all__ = ["outside", "place"]


def marked():
    """Somebody on both sides, with a canary in each field whose words are a platform's own."""
    fields = ("topic", "training", "interest", "boundary", "access", "label", "check", "text")
    words = {field: canary() for field in fields}
    profile = seeker(
        canary(),
        topics=(words["topic"],),
        interests=frozenset((words["interest"],)),
        avoid_topics=frozenset((words["boundary"],)),
        access=frozenset((words["access"],)),
        labels={"site": words["label"]},
    )
    side = SupporterSide(
        topics=frozenset((words["topic"],)),
        training=frozenset((words["training"],)),
        clearances=(Clearance(words["check"], frozenset((ClearanceScope.ADULTS,))),),
    )
    measured = replace(profile.seeker, measures=Measures(NOW.date(), (3, 2, 3)))
    consent = replace(profile.consent, text_version=words["text"])
    return replace(profile, seeker=measured, supporter=side, consent=consent), {profile.member_id, *words.values()}


def lived(store, profile):
    """What a year brings, at one moment; gives how much the webhook was told."""
    clock, erased_id = FixedClock(NOW), profile.member_id
    policy = Policy(labels=(LabelField("site", LabelType.STRING),))
    put_policy(store, P, policy=policy, now=NOW, expected_version=1)
    webhook = verified(store, clock)
    put_members(store, P, profiles=(profile, supporter("ben"), seeker("amy"), supporter("bea")), now=NOW)
    run = run_now(store, P, clock=clock)
    for each in store.page(P, kinds.MATCH, index=kinds.BY_STATE, value="proposed", limit=100).records:
        store.commit(P, Changes(deletes=(Delete(each.kind, each.record_id),)))
    active(store, "amy", erased_id)
    ended = act(store, active(store, erased_id, "ben"), "end", reason="safety")
    told = (
        Hold("hold_1", erased_id, HoldCause.CRISIS, NOW, "c-1"),
        Concern("concern_1", erased_id, ConcernCategory.OTHER, Severity.LOW, NOW, reporter_id="amy"),
        Concern("concern_2", "amy", ConcernCategory.OTHER, Severity.LOW, NOW, reporter_id=erased_id),
        CheckIn("checkin_1", ended.match_id, ActorRole.SEEKER, erased_id, NOW, ucla3=(3, 3, 3)),
        Block(*sorted((erased_id, "bea")), NOW),
        Note("note_1", ended.match_id, (erased_id, "ben"), NOW, "c-1", "k1:sealed"),
        Wait(erased_id, NOW.date(), 28),
        Round("waiting", NOW.date(), after=erased_id),
        Renewal(kinds.MEMBER, 2, after=erased_id),
        Report(
            *("report_1", About.SMALLEST_CHANGE, run.run_id, {"member_id": erased_id}, ReportState.DONE, NOW, NOW),
            {"member_id": erased_id},
        ),
        KeptAnswer(
            *("a" * 64, "b" * 64, CallState.ANSWERED, NOW, NOW + timedelta(days=1)),
            Answer(201, {"Location": "/v1/matches"}, json.dumps({"seeker_id": erased_id})),
        ),
        KeptAnswer(
            *("c" * 64, "d" * 64, CallState.ANSWERED, NOW, NOW + timedelta(days=1)),
            Answer(202, {"Location": f"/v1/matches?member={erased_id}"}, json.dumps({"job": "queued"})),
        ),
    )
    store.commit(P, Changes(puts=tuple(put_of(each) for each in told)))
    lease = store.acquire_lease(P, "order", owner="w", ttl=timedelta(minutes=1), now=NOW)
    entries = [looking_entry(NOW.date(), erased_id), looking_entry(NOW.date(), "amy")]
    write_order(store, P, run_id="run_before", name=LOOKING, entries=entries, fence=Fence(lease.name, lease.token))
    line = json.dumps({"member_id": erased_id, **profile_to_mapping(profile)}).encode()
    receive(store, P, file=BytesIO(line), requested_by="key:k", now=NOW)
    seal(store, P, now=NOW)
    post = Post()
    while turn(store, clock, webhook, post).next_at is not None:
        pass
    return len(post.documents)


def kinds_naming(store, member_id):
    """The kinds of which some record names the member, in its id, its body or its index, parts of runs unpacked."""
    named = set()
    for part in store.dump(P):
        if isinstance(part, Kept) and any(member_id in text for text in _texts_of(part)):
            named.add(part.kind)
    return named


def _texts_of(part):
    yield repr(part)
    if part.kind in (kinds.RUN_PART, kinds.IMPORT_PIECE) and "bytes" in part.body:
        yield zlib.decompressobj().decompress(base64.b64decode(part.body["bytes"])).decode(errors="replace")


def test_every_kind_that_can_name_a_member_does_so_before_and_none_after(place, outside):
    create_platform(place.store, platform_id=P, name="Harbour", now=NOW, signposting="Call 112.")
    profile, canaries = marked()
    assert lived(place.store, profile) > 3
    may_name = {kind for kind, trace in TRACES.items() if trace is not NO_TRACE}
    assert kinds_naming(place.store, profile.member_id) == may_name
    assert place.found(canaries) == canaries

    reading = place.store.each(P, kinds.MEMBER)
    next(reading)
    erasure = delete_member(place.store, P, member_id=profile.member_id, now=LATER)
    first = carry_on(place.store, erasure.erasure_id, outside, patience=timedelta(0))
    assert first.state is ErasureState.EMPTIED
    reading.close()
    done = carry_on(place.store, erasure.erasure_id, outside)

    assert done.state is ErasureState.DONE
    assert kinds_naming(place.store, profile.member_id) == set()
    write_backup(place.store, place.folders[0] / "later.backup", key=None, now=LATER)
    assert place.found(canaries) == set()
    assert list_runs(place.store, P).records[0].erased_at == LATER
