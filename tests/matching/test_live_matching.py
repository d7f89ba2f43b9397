"""A live matching: after each change of a member, what a run from scratch of all who are present would find."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from matching.engine import match
from matching.errors import ProfileError, ScoreError
from matching.live_matching import LiveMatching, Move
from matching.outcome import Outcome
from matching.policy import Objective, Policy
from matching.profile import Apart, MemberStatus, Profile, Standing
from matching.warm import upkeep
from tests.matching.anybody import POLICIES as ANY_POLICIES
from tests.matching.anybody import kept_apart, standing
from tests.matching.live_law import MOST, Present
from tests.matching.people import cohort_of, seeker, supporter
from tests.matching.test_live import likely

POLICIES = tuple(
    replace(policy, objective=objective, keep_margin=margin)
    for policy in ANY_POLICIES
    for objective, margin in ((Objective.COVERAGE, 150), (Objective.COVERAGE, 0), (Objective.SCORE, 0))
)


class Platform:
    """A live matching, and everything it was told, as a run would be told."""

    def __init__(self, seed: int, policy: Policy, members: int) -> None:
        self.draw = Random(seed)
        self.present = Present(policy, kept_apart(self.draw, members))
        self.proposals: dict[str, str] = {}
        for number in range(members):
            self.present.tell(likely(self.draw, number), standing(self.draw))
        self.live = LiveMatching.of(self.run(), apart=self.present.kept())

    def run(self) -> Outcome:
        return match(self.present.cohort(), self.present.policy, self.proposals)

    def change(self) -> None:
        kinds = (self._put, self._remove, self._propose, self._part)
        self.draw.choices(kinds, weights=(6, 2, 2, 1))[0]()

    def _anybody(self) -> str:
        return self.draw.choice(sorted(self.present.profiles))

    def _put(self) -> None:
        number = self.draw.randrange(MOST)
        profile = self.present.profiles.get(f"member-{number}", None)
        if profile is None or self.draw.random() < 0.6:
            profile = likely(self.draw, number)
        how = standing(self.draw)
        before = self.live.pairs
        moves = self.live.put(profile, how)
        self.present.tell(profile, how)
        self._assert_told(before, moves)

    def _remove(self) -> None:
        if not self.present.profiles:
            return
        gone = self._anybody()
        before = self.live.pairs
        moves = self.live.remove(gone)
        del self.present.profiles[gone]
        self.proposals = {i: j for i, j in self.proposals.items() if gone not in (i, j)}
        self._assert_told(before, moves)

    def _propose(self) -> None:
        if not self.present.profiles:
            return
        one = self._anybody()
        other = self.draw.choice([None, f"member-{self.draw.randrange(MOST)}", self.live.supporter_of(one)])
        before = self.live.pairs
        moves = self.live.propose(one, other)
        self.proposals.pop(one, None)
        if other is not None:
            self.proposals[one] = other
        self._assert_told(before, moves)

    def _part(self) -> None:
        one, other = (f"member-{self.draw.randrange(MOST)}" for _ in range(2))
        why = self.draw.choice(list(Apart))
        before = self.live.pairs
        if (min(one, other), max(one, other), why) in self.present.apart:
            moves = self.live.let_meet(one, other, why)
            self.present.apart.remove((min(one, other), max(one, other), why))
        else:
            moves = self.live.keep_apart(one, other, why)
            self.present.apart.add((min(one, other), max(one, other), why))
        self._assert_told(before, moves)

    def _assert_told(self, before: dict[str, str], moves: dict[str, Move]) -> None:
        now = self.live.pairs
        assert moves == {
            each: Move(before.get(each), now.get(each)) for each in {*before, *now} if before.get(each) != now.get(each)
        }

    def assert_as_from_scratch(self) -> None:
        outcome = self.run()
        certificate, cohort, live = outcome.result.certificate, outcome.cohort, self.live
        assert certificate is not None
        assert live.pairs == {pair.seeker_id: pair.supporter_id for pair in outcome.pairs}
        assert live.value == certificate.primal
        assert live.proposals == self.proposals
        prices = certificate.supporter_price.tolist()
        assert [live.price_of(each) for each in cohort.supporter_ids] == [tuple(price) for price in prices]
        surpluses = certificate.seeker_surplus.tolist()
        assert [live.surplus_of(each) for each in cohort.seeker_ids] == [tuple(surplus) for surplus in surpluses]


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_it_is_as_a_run_from_scratch(
    seed: int, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed == 2:
        monkeypatch.setattr(upkeep, "ARCS", 2)
        monkeypatch.setattr(upkeep, "JOINING", 1)
        monkeypatch.setattr(upkeep, "LOOKING", 3)
        monkeypatch.setattr(upkeep, "WORTH_THREADS", 1)
    platform = Platform(seed, policy, members=(30, 0, 45)[seed])

    for step in range(60):
        platform.change()
        if step % 3 == 0:
            platform.assert_as_from_scratch()

    platform.assert_as_from_scratch()
    platform.live.check()


def live_of(*profiles: Profile, policy: Policy | None = None) -> LiveMatching:
    cohort = cohort_of(*profiles, policy=policy or Policy())
    return LiveMatching.of(match(cohort, cohort.policy))


def test_an_urgent_seeker_takes_the_place_and_the_one_who_moves_is_told() -> None:
    live = live_of(seeker("ada"), supporter("ben"))

    moves = live.put(seeker("eve"), Standing(boost=9))

    assert moves == {"ada": Move("ben", None), "eve": Move(None, "ben")}
    assert live.seekers_of("ben") == ("eve",)
    assert live.supporter_of("ada") is None


def test_what_is_put_and_taken_back_leaves_no_trace() -> None:
    live = live_of(seeker("ada"), seeker("cleo"), supporter("ben"))
    before = live.pairs, live.value, live.price_of("ben"), live.surplus_of("cleo")

    live.put(seeker("eve"), Standing(boost=9))
    live.remove("eve")

    assert (live.pairs, live.value, live.price_of("ben"), live.surplus_of("cleo")) == before


def test_an_open_proposal_holds_against_an_equally_urgent_seeker() -> None:
    live = live_of(seeker("ada"), supporter("ben"))

    live.propose("ada", "ben")
    moves = live.put(seeker("eve"), Standing(boost=9))

    assert moves == {}
    assert live.proposals == {"ada": "ben"}


def test_a_proposal_counts_again_when_its_supporter_comes_back() -> None:
    live = live_of(seeker("ada"), seeker("eve"), supporter("ben"))
    waiting = {"ada", "eve"} - set(live.pairs)
    live.propose(min(waiting), "ben")
    assert live.pairs == {min(waiting): "ben"}

    live.put(replace(supporter("ben"), status=MemberStatus.PAUSED))
    assert live.pairs == {}
    live.put(supporter("ben"))

    assert live.pairs == {min(waiting): "ben"}


def test_it_tells_scores_of_pairs_that_may_be_and_of_no_others() -> None:
    live = live_of(seeker("ada"), supporter("ben"), supporter("finn", languages=("fi",)))

    score = live.score("ada", "ben")

    assert score is not None
    assert live.score("ada", "finn") is None
    assert live.score("ben", "ada") is None
    assert live.supporters_for("ada") == {"ben": score}
    assert live.seekers_for("ben") == {"ada": score}
    assert live.seekers_for("finn") == live.supporters_for("ben") == {}


def test_whoever_takes_no_part_has_no_price_and_no_surplus() -> None:
    live = live_of(seeker("ada"), supporter("ben"))

    assert (live.price_of("ada"), live.surplus_of("ben"), live.seekers_of("ada")) == (None, None, ())
    with pytest.raises(ProfileError, match="cannot find member 'nobody'"):
        live.price_of("nobody")
    with pytest.raises(ProfileError, match="cannot remove member 'nobody'"):
        live.remove("nobody")


def test_stable_matchings_are_not_kept() -> None:
    with pytest.raises(ScoreError, match="cannot keep a matching warm under stable"):
        live_of(seeker("ada"), supporter("ben"), policy=Policy(objective=Objective.STABLE))


def test_a_run_without_proof_is_not_begun_from() -> None:
    cohort = cohort_of(seeker("ada"), supporter("ben"))
    outcome = match(cohort, cohort.policy)
    unproven = replace(outcome, result=replace(outcome.result, is_best=False))

    with pytest.raises(ScoreError, match="not proven best"):
        LiveMatching.of(unproven)
