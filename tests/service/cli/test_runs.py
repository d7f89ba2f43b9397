import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from matching.cohort import Cohort
from matching.engine import match as HONEST  # noqa: N812 - what a test puts another in place of
from schemas.member import load_profile
from service.cli import output
from service.clock import FixedClock
from service.errors import NotFound
from service.records.match import Actor, ActorRole
from service.storage import open_store
from service.storage.store import Changes, Put
from service.usecases.matches import act_on_match, list_matches
from service.usecases.members import put_member
from service.usecases.runs import list_runs

PROFILE = {
    "languages": ["en"],
    "timezone": "Europe/London",
    "availability": [{"day": "mon", "start": "18:00", "end": "21:00"}],
    "modes": ["video"],
    "age_band": "25-34",
    "consent": {"matching": True, "given_at": "2026-09-01T10:00:00Z"},
}
MEMBERS = [
    {"member_id": "robin", **PROFILE, "seeker": {"topics": ["bereavement"]}},
    {"member_id": "kim", **PROFILE, "seeker": {"topics": ["divorce"]}},
    {"member_id": "alex", **PROFILE, "supporter": {"topics": ["bereavement"]}},
]


@pytest.fixture
def members(cli, harbour, tmp_path):
    (tmp_path / "members.ndjson").write_text("\n".join(map(json.dumps, MEMBERS)))
    assert cli("import", "members.ndjson", "--platform", harbour).code == 0
    return harbour


@pytest.fixture
def store(cli, tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/data/alongside.sqlite3")
    yield opened
    opened.close()


def rematch(cli, *arguments):
    outcome = cli("rematch", *arguments, "--json")
    return outcome, outcome.document


def test_a_run_is_told_in_one_line_where_nobody_watches(cli, members):
    outcome = cli("rematch", "--platform", members)

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("harbour: 1 of 2 people matched, 1 still looking, total score ")
    assert outcome.out.count("\n") == 1


def test_a_run_is_told_in_a_few_short_lines_on_a_terminal(cli, members, monkeypatch):
    monkeypatch.setattr("service.cli.run_lines.at_terminal", lambda: True)

    outcome = cli("rematch", "--platform", members)

    lines = outcome.out.splitlines()
    assert lines[0] == "harbour: 1 of 2 people matched, 1 still looking"
    assert "  Proposals    1 new, 0 from before still stand, 0 taken back" in lines
    assert max(map(len, lines)) <= 80


def test_a_dry_run_changes_nothing(cli, members):
    outcome = cli("rematch", "--platform", members, "--dry-run")

    assert "a trial, nothing was changed" in outcome.out
    assert cli("platforms", "list", "--json").document[0]["current_run"] == "-"


def test_a_terminal_is_told_why_of_a_trial_and_of_a_run_in_the_same_words(cli, members, monkeypatch):
    monkeypatch.setattr("service.cli.run_lines.at_terminal", lambda: True)

    told = [cli("rematch", "--platform", members, *more).out.splitlines() for more in (("--dry-run",), ())]

    for lines in told:
        assert [line for line in lines if "  New " in line] == ["  New          1 for people without a proposal"]


def test_a_trial_as_json_tells_pair_by_pair_and_a_run_how_many_for_which_reason(cli, members):
    trial = rematch(cli, "--platform", members, "--dry-run")[1]["runs"][0]
    run = rematch(cli, "--platform", members)[1]["runs"][0]

    (change,) = trial["changes"]
    assert (change["fate"], change["seeker_id"], change["supporter_id"], change["why"]) == (
        "new", "robin", "alex", "first"
    )  # fmt: skip
    assert "changes" not in run
    assert run["counts"]["reasons"] == trial["counts"]["reasons"] == {"new": {"first": 1}}


def test_a_second_run_keeps_the_proposals(cli, members):
    cli("rematch", "--platform", members)

    _, document = rematch(cli, "--platform", members)

    assert (document["runs"][0]["counts"]["matched"], document["runs"][0]["counts"]["kept"]) == (1, 1)


def test_json_is_the_run_as_the_api_gives_it(cli, members):
    outcome, document = rematch(cli, "--platform", members)

    (run,) = document["runs"]
    assert outcome.code == 0
    assert (run["platform_id"], run["state"], run["dry_run"]) == ("harbour", "done", False)
    assert run["proof"]["primal"] == run["proof"]["dual"]
    assert document["failed"] == []


@pytest.mark.parametrize("arguments", [[], ["--all", "--platform", "harbour"]])
def test_either_one_platform_or_all_must_be_named(cli, arguments):
    assert cli("rematch", *arguments).code == 2


def test_an_unknown_platform_is_bad_input_and_leaves_no_run_behind(cli, harbour, store):
    assert cli("rematch", "--platform", "nowhere").code == 65
    assert store.count("nowhere", "run") == 0


def test_all_platforms_are_rematched_one_after_the_other(cli, members):
    cli("platforms", "create", "quay", "--signposting", "Call 112.")

    outcome = cli("rematch", "--all")

    assert outcome.code == 0
    assert [line.split(":")[0] for line in outcome.out.splitlines()] == ["harbour", "quay"]


def test_no_platform_yet_is_done(cli):
    assert cli("rematch", "--all").code == 0
    assert rematch(cli, "--all")[1] == {"runs": [], "failed": [], "skipped": []}


@pytest.fixture
def at_noon(monkeypatch):
    """A clock that stands at noon, or where a test puts it."""
    clock = FixedClock(datetime(2026, 11, 25, 12, 4, tzinfo=UTC))
    monkeypatch.setattr("service.clock.SystemClock", lambda: clock)
    return clock


def test_a_slot_is_done_once_and_a_slower_replica_is_told_so(cli, members, at_noon):
    first, again = (cli("rematch", "--platform", members, "--slot") for _ in range(2))

    assert first.code == 0
    assert again.code == 75
    assert again.out.startswith("harbour: this slot was done already by run_")
    assert (again.out.count("\n"), again.err) == (1, "")


def test_the_next_slot_is_another_one(cli, members, at_noon):
    cli("rematch", "--platform", members, "--slot")

    at_noon.advance(timedelta(minutes=5, seconds=59))
    still = cli("rematch", "--platform", members, "--slot").code
    at_noon.advance(timedelta(seconds=1))

    assert (still, cli("rematch", "--platform", members, "--slot").code) == (75, 0)


def test_a_slot_may_be_longer(cli, members, at_noon):
    at_noon.advance(timedelta(minutes=20))
    cli("rematch", "--platform", members, "--slot", "60")

    at_noon.advance(timedelta(minutes=30))

    assert cli("rematch", "--platform", members, "--slot", "60").code == 75


def test_a_slot_is_told_as_json_too(cli, members, at_noon):
    run_id = rematch(cli, "--platform", members, "--slot")[1]["runs"][0]["run_id"]

    outcome, document = rematch(cli, "--platform", members, "--slot")

    assert outcome.code == 75
    assert document["skipped"] == [{"platform_id": "harbour", "reason": "slot_done", "run_id": run_id}]


def test_force_runs_in_spite_of_slot_and_standstill(cli, members, at_noon):
    cli("rematch", "--platform", members, "--slot")

    assert cli("rematch", "--platform", members, "--slot", "--changed-only", "--force").code == 0


def test_a_slot_whose_run_failed_may_be_done_again(cli, members, at_noon, monkeypatch):
    from matching.errors import MatchingError

    def broken(*_args, **_kwargs):
        raise MatchingError("no")

    with monkeypatch.context() as patch:
        patch.setattr("matching.engine.match", broken)
        assert cli("rematch", "--platform", members, "--slot").code == 65

    assert cli("rematch", "--platform", members, "--slot").code == 0


def test_platforms_whose_slot_was_done_elsewhere_are_no_failure_beside_others(cli, members, at_noon):
    cli("rematch", "--platform", members, "--slot")
    cli("platforms", "create", "quay", "--signposting", "Call 112.")

    assert [cli("rematch", "--all", "--slot").code for _ in range(2)] == [0, 75]


def test_a_platform_that_is_not_ready_is_passed_over_and_named_and_fails_nobody(cli, members, at_noon):
    cli("platforms", "create", "quay")

    first, again = (cli("rematch", "--all", "--slot") for _ in range(2))

    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[1] == (
        "quay: not ready to publish, so nobody was matched; first say where help is to be found: "
        "alongside wording help TEXT --platform quay"
    )
    # A slower machine: all that could be done was done elsewhere.
    assert (again.code, again.err) == (75, "")
    _, document = rematch(cli, "--all", "--slot")
    assert {"platform_id": "quay", "reason": "not_ready", "run_id": ""} in document["skipped"]
    # Whoever asks for this platform alone asks for something that cannot be done.
    assert cli("rematch", "--platform", "quay").code == 78
    assert cli("rematch", "--platform", "quay", "--dry-run").code == 0

    cli("wording", "help", "Call 112.", "--platform", "quay")
    assert cli("rematch", "--all", "--slot").out.startswith("quay: 0 of 0 people matched")


def test_where_no_platform_is_ready_nothing_has_failed(cli):
    cli("platforms", "create", "quay")

    assert cli("rematch", "--all", "--slot").code == 0


def test_where_nothing_has_changed_nothing_is_done(cli, members, at_noon):
    assert cli("rematch", "--platform", members, "--changed-only").code == 0

    outcome = cli("rematch", "--platform", members, "--changed-only")

    assert outcome.code == 0
    assert outcome.out.startswith("harbour: nothing has changed since run_")


@pytest.mark.parametrize("change", ["a member", "the policy", "a match", "the day"])
def test_whatever_changed_is_noticed(cli, members, store, at_noon, tmp_path, change):
    cli("rematch", "--platform", members, "--changed-only")

    if change == "a member":
        (tmp_path / "one.ndjson").write_text(json.dumps({**MEMBERS[0], "modes": ["text", "video"]}))
        cli("import", "one.ndjson", "--platform", members)
    elif change == "the policy":
        (tmp_path / "policy.yaml").write_text("minimum_score: 5\n")
        assert cli("policy", "set", "policy.yaml", "--platform", members).code == 0
    elif change == "a match":
        (match,) = list_matches(store, members).records
        by = Actor(ActorRole.COORDINATOR, "c-1")
        act_on_match(store, members, match_id=match.match_id, action="approve", by=by, now=at_noon.now())
    else:
        at_noon.advance(timedelta(hours=12))

    outcome = cli("rematch", "--platform", members, "--changed-only")

    assert (outcome.code, " still looking" in outcome.out) == (0, True)


def hold_run_lease(store, platform_id):
    store.acquire_lease(platform_id, "run", owner="another", ttl=timedelta(hours=1), now=datetime.now(UTC))


def test_a_platform_whose_lock_is_held_is_told_to_be_busy(cli, members, store):
    hold_run_lease(store, members)

    outcome = cli("rematch", "--platform", members)

    assert outcome.code == 75
    assert outcome.err == "alongside: another run of this platform is under way\n"


def test_one_failing_platform_does_not_stop_the_others_and_ends_with_1(cli, members, store):
    cli("platforms", "create", "quay", "--signposting", "Call 112.")
    hold_run_lease(store, members)

    outcome = cli("rematch", "--all")
    _, document = rematch(cli, "--all")

    assert outcome.code == 1
    assert outcome.err == "alongside: harbour: another run of this platform is under way\n"
    assert outcome.out.startswith("quay: 0 of 0 people matched")
    assert [each["platform_id"] for each in document["runs"]] == ["quay"]
    assert [(each["platform_id"], each["code"]) for each in document["failed"]] == [("harbour", "run_in_progress")]


def test_all_failing_for_one_reason_end_with_its_code(cli, members, store):
    hold_run_lease(store, members)

    assert cli("rematch", "--all").code == 75


def run_id_of(cli, platform_id):
    return rematch(cli, "--platform", platform_id)[1]["runs"][0]["run_id"]


def test_a_run_is_verified_again(cli, members):
    run_id = run_id_of(cli, members)

    outcome = cli("verify", run_id, "--platform", members)
    document = cli("verify", run_id, "--platform", members, "--json").document

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[0] == f"{run_id}: the proof holds"
    assert max(map(len, outcome.out.splitlines())) <= 80
    assert (document["holds"], document["matched"], document["pairs_checked"]) == (True, 1, 2)


def test_a_run_whose_numbers_were_changed_is_refused(cli, members, store):
    run_id = run_id_of(cli, members)
    stored = store.get(members, "run", run_id)
    counts = {**stored.body["counts"], "total_score": stored.body["counts"]["total_score"] + 1}
    put = Put("run", run_id, {**stored.body, "counts": counts}, format=stored.format, index=(("state", "done"),))
    store.commit(members, Changes(puts=(put,)))

    outcome = cli("verify", run_id, "--platform", members, "--json")

    assert (outcome.code, outcome.out) == (70, "")
    assert "total score" in outcome.err


def test_a_run_of_another_platform_is_no_run(cli, members):
    cli("platforms", "create", "quay", "--signposting", "Call 112.")

    outcome = cli("verify", run_id_of(cli, members), "--platform", "quay")

    assert (outcome.code, outcome.err) == (65, "alongside: there is no run with this id\n")


def test_progress_is_shown_on_a_terminal_only(capsys, monkeypatch):
    with output.progress("Matching") as advance:
        advance(1, 2)
    assert capsys.readouterr() == ("", "")

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with output.progress("Matching") as advance:
        advance(1, 2)
    assert "Matching" in capsys.readouterr().err


@pytest.fixture
def out_of_time(monkeypatch):
    """An engine that is stopped before it has asked every pair."""
    from matching import engine
    from tests.service.usecases.test_limited_runs import before_every_pair_was_asked

    monkeypatch.setattr(engine, "match", lambda *args, **kwargs: before_every_pair_was_asked(HONEST(*args, **kwargs)))


def test_a_run_that_is_out_of_time_is_published_and_says_that_nothing_is_proven(cli, members, out_of_time):
    outcome = cli("rematch", "--platform", members, "--max-seconds", "1")

    assert (outcome.code, outcome.err) == (0, "")
    assert "stopped after 1 second; no proof: time was up before every pair was asked" in outcome.out
    assert "proof checked" not in outcome.out


def test_a_run_that_is_out_of_time_says_so_on_a_terminal_and_when_verified(cli, members, out_of_time, monkeypatch):
    monkeypatch.setattr("service.cli.run_lines.at_terminal", lambda: True)
    told = cli("rematch", "--platform", members, "--max-seconds", "1").out
    run_id = next(line.split()[1] for line in told.splitlines() if line.startswith("  Run "))

    verified = cli("verify", run_id, "--platform", members)

    assert "Proof stopped after 1 second; no proof: time was up before every pair was asked" in " ".join(told.split())
    assert max(map(len, told.splitlines())) <= 80
    assert verified.code == 0
    assert "the record holds" in verified.out
    assert "  Proof        stopped after 1 second; no proof" in verified.out
    assert "no pairing matches more" not in told + verified.out


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_a_limit_of_time_is_a_number_of_seconds(cli, members, seconds):
    assert cli("rematch", "--platform", members, "--max-seconds", seconds).code == 2


@pytest.mark.parametrize(
    ("arguments", "seconds"), [([], 90), (["--max-seconds", "5"], 5)], ids=["the setting", "said for this run"]
)
def test_the_engine_gets_the_limits_of_the_settings_unless_the_command_says_otherwise(
    cli, members, monkeypatch, arguments, seconds
):
    told = []

    def run_now(*_args, limits, **_kwargs):
        told.append(limits)
        raise NotFound("run", "x")

    monkeypatch.setenv("ALONGSIDE_ENGINE_MEMORY_MB", "64")
    monkeypatch.setenv("ALONGSIDE_ENGINE_SECONDS", "90")
    monkeypatch.setattr("service.usecases.runs.run_now", run_now)
    cli("rematch", "--platform", members, *arguments)

    assert [(limits.memory_bytes, limits.max_seconds) for limits in told] == [(64 << 20, seconds)]


def test_stages_are_named_on_a_terminal_only(capsys, monkeypatch):
    with output.stages("harbour") as (_advance, rename):
        rename("matching")
    assert capsys.readouterr().err == ""

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with output.stages("harbour") as (advance, rename):
        advance(1, 2)
        rename("checking every pair")
    assert "harbour: checking every pair" in capsys.readouterr().err


def profile_of(member):
    return load_profile(member["member_id"], {name: each for name, each in member.items() if name != "member_id"})


def test_a_pair_that_breaks_a_hard_rule_is_never_published_and_the_command_says_so(cli, members, store, monkeypatch):
    """The engine is made to overlook a rule: it is given everybody as if they spoke one language."""
    foreign = {"member_id": "alex", **PROFILE, "languages": ["pl"], "supporter": {"topics": ["bereavement"]}}
    put_member(store, members, profile=profile_of(foreign), now=datetime(2026, 11, 23, tzinfo=UTC))

    def overlooking(cohort, policy, **_more):
        everybody = [profile_of(each) for each in MEMBERS]
        as_if = Cohort.from_profiles(everybody, week=cohort.week, policy=policy)
        outcome = HONEST(as_if, policy)
        assert outcome.matched == 1
        return replace(outcome, cohort=cohort)

    monkeypatch.setattr("matching.engine.match", overlooking)
    outcome = cli("rematch", "--platform", members)

    assert outcome.code == 70
    assert "did not pass the independent check" in outcome.err
    assert list_matches(store, members).records == ()
    (run,) = list_runs(store, members).records
    assert (run.state, run.error_code) == ("failed", "certificate_refused")
    monkeypatch.setattr("matching.engine.match", HONEST)
    assert cli("rematch", "--platform", members).code == 0
    assert list_matches(store, members).records == ()
