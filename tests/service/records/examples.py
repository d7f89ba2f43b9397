"""One full and one bare example of every record this package tests, by name."""

from datetime import UTC, date, datetime

from matching.policy import OfferOrder, Policy, Schedule
from matching.profile import Profile
from service.records import (
    Actor,
    ActorRole,
    Agenda,
    ApiKey,
    Coordinator,
    HistoryEntry,
    Job,
    JobState,
    Match,
    MatchState,
    Member,
    Platform,
    PlatformEntry,
    Role,
    Run,
    RunCounts,
    RunProof,
    RunState,
    Scope,
)
from service.records.block import Block
from service.records.care import Care, Search
from service.records.check_in import CheckIn, HowOften
from service.records.claim import Claim
from service.records.delivery import Delivery, DeliveryState
from service.records.ended_session import EndedSession
from service.records.erasure import Erasure, ErasureState
from service.records.forgotten import Forgotten
from service.records.heartbeat import Heartbeat
from service.records.hold import Concern, ConcernCategory, Hold, HoldCause, Severity
from service.records.import_ import Counts, Import, ImportState
from service.records.kept_answer import Answer, CallState, KeptAnswer
from service.records.key_use import KeyUse
from service.records.load import Load
from service.records.mapping import Mapping
from service.records.match import Fired
from service.records.note import Note
from service.records.policy import PolicyVersion
from service.records.renewal import Renewal
from service.records.report import About, Report, ReportState
from service.records.rest import Rest
from service.records.round import Round
from service.records.run_progress import RunProgress
from service.records.schedule import ScheduleState
from service.records.seal import Seal
from service.records.sign_in_tries import SignInTries
from service.records.standby import Standby
from service.records.task import CoordinatorTask, TaskKind
from service.records.wait import Wait, WaitLevel
from service.records.webhook import Webhook, WebhookSecret, WebhookState
from service.records.webhook_progress import WebhookProgress
from service.records.wording import Wording

NOW = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)

PROFILE = {
    "languages": ["en", "pl"],
    "timezone": "Europe/London",
    "availability": [{"day": "sat", "start": "22:00", "end": "01:00"}],
    "modes": ["text", "in_person"],
    "age_band": "25-34",
    "location": {"latitude": 53.48, "longitude": -2.24, "radius_km": 10},
    "labels": {"level": 4},
    "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z", "given_by": "member", "text_version": "2026-08"},
    "seeker": {"topics": ["bereavement"]},
    "supporter": {"topics": ["new_parent"], "capacity": 2},
}
SEEKER_ONLY = {name: value for name, value in PROFILE.items() if name != "supporter"} | {"status": "paused"}

COUNTS = RunCounts(
    seekers=3,
    supporters=2,
    places=2,
    pairs_checked=6,
    pairs_feasible=4,
    matched=2,
    still_looking=1,
    kept=0,
    thin=1,
    total_score=12_345,
    blocking_pairs=1,
)
PROOF = RunProof("coverage", (2, 2**70), (2, 2**70), "ab" * 32, "0.1.0", "2026a", LATER)
HISTORY = (
    HistoryEntry("propose", None, MatchState.PROPOSED, Actor(ActorRole.SYSTEM), NOW),
    HistoryEntry(
        "reject", MatchState.PROPOSED, MatchState.REJECTED, Actor(ActorRole.COORDINATOR, "c-1"), LATER, "poor_fit"
    ),
)

EXAMPLES = {
    "a store that stands by": Standby(NOW, version=1),
    "erasure": Erasure("erasure_1", ErasureState.REQUESTED, "m-1", NOW),
    "erasure that is done": Erasure("erasure_2", ErasureState.DONE, None, NOW, NOW, LATER, 3),
    "a report that is done": Report(
        "report_1",
        About.PREVIEW,
        "run_1",
        {"family": "weights"},
        ReportState.DONE,
        NOW,
        LATER,
        {"policies": []},
        version=2,
    ),
    "a report that is asked for": Report("report_2", About.SHORTAGES, "run_1", {}, ReportState.QUEUED, NOW, version=1),
    "an import that is at work": Import(
        "import_1",
        ImportState.RUNNING,
        {"rows": "seekers"},
        "key:k",
        NOW,
        9,
        3,
        1,
        Counts(1, 2, 0, 1),
        Counts(3),
        version=2,
    ),
    "an import that is done": Import("import_2", ImportState.DONE, None, "key:k", NOW, finished_at=LATER, version=1),
    "a mapping": Mapping("sign_up", {"rows": "seekers"}, NOW, version=1),
    "how far a run has come": RunProgress("run_1", "verify", 3, 10, at=NOW, version=2),
    "member with both roles": Member(Profile.from_mapping("m-1", PROFILE), date(2026, 9, 1), NOW, LATER, version=3),
    "member in our care": Member(
        Profile.from_mapping("m-3", PROFILE),
        date(2026, 9, 1),
        NOW,
        NOW,
        Care(
            search=Search.TO_ASK,
            has_supporter=True,
            stopped_on=date(2026, 9, 2),
            holds=("hold_1",),
            recovering_until=date(2026, 9, 3),
            lost_supporter_on=date(2026, 9, 4),
            boost=7,
            boost_until=date(2026, 9, 5),
            is_quiet=True,
            look_again=True,
        ),
        2,
    ),
    "paused seeker": Member(Profile.from_mapping("m-2", SEEKER_ONLY), None, NOW, NOW, version=1),
    "match with a history": Match(
        "match_1",
        "run_1",
        "m-1",
        "m-2",
        MatchState.REJECTED,
        7000,
        True,
        NOW,
        LATER,
        {"factors": [1]},
        HISTORY,
        version=2,
    ),
    "closing match": Match(
        "match_3",
        "run_1",
        "m-1",
        "m-2",
        MatchState.CLOSING,
        7000,
        True,
        NOW,
        LATER,
        history=(
            HistoryEntry(
                "plan_ending",
                MatchState.ACTIVE,
                MatchState.CLOSING,
                Actor(ActorRole.SAFEGUARDING, "c-1"),
                NOW,
                "other",
                ActorRole.SEEKER,
            ),
        ),
        offer_order=OfferOrder.TOGETHER,
        closing_on=date(2026, 12, 24),
        has_met=True,
        check_in_from=(ActorRole.SUPPORTER,),
        fired=(Fired("check_in", NOW, 2),),
        due_at=LATER,
        version=2,
    ),
    "bare match": Match("match_2", "run_1", "m-1", "m-2", MatchState.PROPOSED, 0, False, NOW, NOW, version=1),
    "finished run": Run(
        "run_1", RunState.DONE, "cli", True, NOW, NOW, LATER, 4, date(2026, 11, 22), COUNTS, PROOF, version=5
    ),
    "failed run": Run(
        "run_3", RunState.FAILED, "cli", False, NOW, NOW, LATER, error_code="out_of_memory", error="No.", version=1
    ),
    "queued run": Run("run_2", RunState.QUEUED, "key:k1", False, NOW, version=1),
    "platform": Platform("harbour", "Harbour", NOW, "run_1", 2),
    "platform entry": PlatformEntry("harbour", NOW, 1),
    "api key": ApiKey("k1", "harbour", "site", frozenset({Scope.RUNS, Scope.ADMIN}), "00" * 32, NOW, LATER, 1),
    "endless api key": ApiKey("k2", "harbour", "", frozenset(), "00" * 32, NOW, None, 1),
    "coordinator": Coordinator("c-1", "Ada@Example.org ", Role.LEAD, "$argon2id$x", NOW, 1),
    "scheduled job": Job(
        "job_1", "run", "run_1", JobState.FAILED, NOW, NOW, LATER, 2, 7, "rematch:2026-11-23T02:00Z", "killed", 3
    ),
    "load": Load("m-1", ("match_1", "match_2"), 4),
    "hold": Hold("hold_1", "m-1", HoldCause.CRISIS, NOW, "c-1", "", NOW, LATER, LATER, "c-2", 3),
    "unseen hold": Hold("hold_2", "m-1", HoldCause.CONCERN, NOW, "c-1", "concern_1", version=1),
    "concern": Concern("concern_1", "m-1", ConcernCategory.OTHER, Severity.LOW, NOW, "2026-1", "m-2", 1),
    "block": Block("m-1", "m-2", NOW, 1),
    "check-in": CheckIn(
        "checkin_1",
        "match_1",
        ActorRole.SEEKER,
        "m-1",
        NOW,
        met=True,
        wants_to_continue=False,
        felt_understood=4,
        things_in_common=True,
        not_safe=True,
        ucla3=(1, 2, 3),
        feels_lonely=HowOften.NEVER,
        de_jong_gierveld=(1, 2, 3, 1, 2, 3),
        version=1,
    ),
    "bare check-in": CheckIn("checkin_2", "match_1", ActorRole.SUPPORTER, "m-2", NOW, version=1),
    "open task": CoordinatorTask(TaskKind.CARE, "match_1", ("m-1", "m-2"), NOW, "died", version=1, task_id="task_1"),
    "done task": CoordinatorTask(
        TaskKind.CHECK_IN, "match_1", ("m-1",), NOW, done_at=LATER, done_by="c-1", version=2, task_id="task_2"
    ),
    "rest": Rest("m-2", "m-1", "match_1", "poor_fit", NOW, LATER, 1),
    "rest for ever": Rest("m-2", "m-1", "match_1", "safety", NOW, None, 1),
    "policy": PolicyVersion(Policy(version=3, weights={"topics": 4000}, minimum_score=10), NOW, 1),
    "sign-in tries": SignInTries("0af", 2, NOW, 7),
    "agenda": Agenda("harbour", LATER, NOW, 3),
    "heartbeat": Heartbeat("worker_1", NOW, LATER, 7),
    "seal": Seal(3, 4, "ab" * 32, "12345678" * 2, NOW, 1),
    "renewal": Renewal("member", 2, "m-7", version=3),
    "forgotten events": Forgotten("events", 7, 2),
    "schedule": ScheduleState("rematch", Schedule("0 3 * * MON", "Europe/London"), NOW, 2),
    "scheduled run": Run(
        "run_4",
        RunState.DONE,
        "schedule",
        False,
        NOW,
        slot="slot:harbour:rematch:x",
        as_of_event=4,
        snapshot_removed_at=LATER,
        version=1,
    ),
    "trial run": Run("run_5", RunState.QUEUED, "cli", True, NOW, trial_policy={"minimum_score": 7}, version=1),
    "kept answer": KeptAnswer(
        "ab" * 32, "cd" * 32, CallState.ANSWERED, NOW, LATER, Answer(201, {"ETag": '"v1"'}, '{"a": "b"}'), 2
    ),
    "call under way": KeptAnswer("ab" * 32, "cd" * 32, CallState.UNDER_WAY, NOW, LATER, version=1),
    "key use": KeyUse("k1", NOW, 1),
    "claim": Claim("match_1", "c-1", LATER, 2),
    "ended session": EndedSession("session_1", LATER, 1),
    "webhook": Webhook(
        "webhook_1",
        "https://example.org/hook",
        (WebhookSecret("k1:new", LATER), WebhookSecret("k1:old", NOW, LATER)),
        NOW,
        LATER,
        "our website",
        ("match.offered",),
        WebhookState.DISABLED,
        "failing",
        NOW,
        3,
    ),
    "bare webhook": Webhook("webhook_2", "https://example.org/", (WebhookSecret("k1:x", NOW),), NOW, NOW, version=1),
    "webhook progress": WebhookProgress("webhook_1", 7, 2, NOW, LATER, True, NOW, LATER, "status", 500, 4),
    "bare webhook progress": WebhookProgress("webhook_2", 0, version=1),
    "waiting delivery": Delivery(
        "webhook_1", 7, "evt_1", "match.offered", DeliveryState.WAITING, NOW, LATER, 2, NOW, "status", 500, version=2
    ),
    "dead delivery": Delivery(
        "webhook_1",
        8,
        "evt_2",
        "match.ended",
        DeliveryState.DEAD,
        NOW,
        None,
        20,
        LATER,
        "too_slow",
        ended_at=LATER,
        version=9,
    ),
    "round under way": Round("waiting", date(2026, 11, 22), "3", "m-7", version=2),
    "round that is through": Round("rules", date(2026, 11, 22), is_done=True, version=9),
    "long wait": Wait("m-1", date(2026, 11, 22), 56, WaitLevel.AMBER, 2),
    "wait with one word": Wait("m-2", date(2026, 11, 22), 28, version=1),
    "own words": Wording("pl", "Tel. 112", NOW, {"match.active": {"seeker": "Hello {name}"}}, 2),
    "note": Note("note_1", "match_1", ("m-1", "m-2"), NOW, "c-1", "k1:abcd", 1),
    "bare job": Job("job_2", "run", "run_2", JobState.QUEUED, NOW, NOW, version=1),
}
