"""A platform's matching, kept best while its members come, change and go.

`LiveMatching` puts a live cohort (`live/`) and a warm engine (`warm/`) together, so that nobody else has to tell one
what happened to the other. What is made of prices, scores and moves, such as what a pair would cost others, belongs to
whoever asks. Never here: stores, jobs, threads of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from matching.cohort import NOBODY_APART
from matching.cohort_run import bounds_of
from matching.entries import Ints
from matching.kept_apart import Kept
from matching.live import LiveCohort, Positions
from matching.live.cohort import NOWHERE_LEFT_OUT
from matching.outcome import Outcome
from matching.problem import WAITING
from matching.profile import NEWCOMER, Apart, Profile, Standing
from matching.proposals import Proposals
from matching.scorer import PairScorer
from matching.sources import THREADS, ScoredPairs, ShouldStop
from matching.warm import Terms, WarmEngine
from matching.warm.beginning import Solved, begin_from
from matching.warm.checking import Checked, check

NOWHERE = Positions(None, None, NOWHERE_LEFT_OUT)

Value = tuple[int, ...]
"""The digits of the objective, compared from left to right; see docs/engine.md."""


@dataclass(frozen=True, slots=True)
class Move:
    """Whom a seeker was proposed before a change and after it; None where they wait, or do not take part."""

    before: str | None
    after: str | None


Moves = Mapping[str, Move]
"""Seeker id → move, of all whose supporter is another now."""


class LiveMatching:
    """The best matching of a platform's members, repaired with each change of one member.

    After every call pairs, prices and value are those that `match` would find anew for all who are present, under the
    same policy, week and open proposals: to the last digit, whatever came before. `check` holds them against every
    pair, out of band.

    It begins with `of`, from the outcome of a run; a new day, another policy, or new open proposals for everybody are a
    new run and a new `LiveMatching`. Objectives "coverage" and "score" are kept; "stable" is refused.

    Notes
    -----
    *Threads.* One thread at a time may call it, reading included: nothing here is locked. Inside, a call may use as
    many threads as `of` was told. A call that raises `ProfileError` changed nothing; after any other error it is to be
    thrown away.

    *What it costs* (two cores; docs/benchmarks.md has the figures): beginning takes one pass over all pairs after the
    run itself, some 2 s with 20,000 members and half a minute with 100,000 or more; a change takes milliseconds to
    tens of milliseconds, rarely some tenths of a second. Memory: about 2 KB for each seeker and 1 KB for each
    supporter, beside the cohort it began with, which may be let go.
    """

    def __init__(self, cohort: LiveCohort, engine: WarmEngine, proposals: Mapping[str, str]) -> None:
        self._cohort = cohort
        self._engine = engine
        self._proposals = Proposals(proposals)

    @classmethod
    def of(
        cls,
        outcome: Outcome,
        *,
        apart: Kept = NOBODY_APART,
        threads: int = THREADS,
        should_stop: ShouldStop | None = None,
    ) -> LiveMatching:
        """Begin where a run ended.

        Parameters
        ----------
        outcome : of `match`, proven best; its `previous` are the open proposals.
        apart : as it was given for the outcome's cohort.
        threads : how many work at a time where many pairs are asked for.
        should_stop : asked between blocks of pairs; yes raises `Cancelled`.

        Raises
        ------
        ScoreError
            A run that is not proven best, or an objective that is not kept. BoundError: values too large to be kept.
        """
        cohort, policy = outcome.cohort, outcome.policy
        live = LiveCohort(cohort, apart=apart)
        terms = Terms(policy.objective, policy.keep_margin, bounds_of(cohort))
        source = ScoredPairs(PairScorer.of(cohort), threads=threads)
        engine = begin_from(
            Solved.of(outcome, live.cells), source, live, terms, threads=threads, should_stop=should_stop
        )
        engine.make_room(live.n, live.m)
        live.prepare()
        return cls(live, engine, outcome.previous)

    @property
    def cohort(self) -> LiveCohort:
        """Who takes part, by position; to be read only."""
        return self._cohort

    @property
    def engine(self) -> WarmEngine:
        """Matching and prices by position; to be read only."""
        return self._engine

    @property
    def proposals(self) -> Mapping[str, str]:
        """Open proposals: seeker id → supporter id, whether they can be kept or not."""
        return self._proposals.supporter_of

    @property
    def pairs(self) -> dict[str, str]:
        """The whole matching: seeker id → supporter id."""
        supporter_of = self._engine.supporter_of
        matched = np.flatnonzero(supporter_of != WAITING)
        return {
            str(self._cohort.seeker_at(i)): str(self._cohort.supporter_at(j))
            for i, j in zip(matched.tolist(), supporter_of[matched].tolist(), strict=True)
        }

    @property
    def value(self) -> Value:
        """What the matching is worth; as `certificate.primal` of a run."""
        return self._engine.value()

    def supporter_of(self, seeker_id: str) -> str | None:
        """Give whom a seeker is matched with; None where they wait or do not take part. ProfileError if unknown."""
        position = self._cohort.positions_of(seeker_id).seeker
        held = WAITING if position is None else self._engine.supporter_at(position)
        return None if held == WAITING else self._cohort.supporter_at(held)

    def seekers_of(self, supporter_id: str) -> tuple[str, ...]:
        """Give who holds the places of a supporter, sorted. ProfileError if unknown."""
        position = self._cohort.positions_of(supporter_id).supporter
        held = () if position is None else self._engine.seekers_at(position)
        return tuple(sorted(str(self._cohort.seeker_at(each)) for each in held))

    def price_of(self, supporter_id: str) -> Value | None:
        """Give what one more place with a supporter would be worth; None where they do not take part."""
        position = self._cohort.positions_of(supporter_id).supporter
        return None if position is None else self._engine.price_at(position)

    def surplus_of(self, seeker_id: str) -> Value | None:
        """Give the certificate's surplus of a seeker; None where they do not take part."""
        position = self._cohort.positions_of(seeker_id).seeker
        return None if position is None else self._engine.surplus_at(position)

    def score(self, seeker_id: str, supporter_id: str) -> int | None:
        """Give the score of a pair; None where a rule forbids it or one of them does not take part."""
        i, j = self._cohort.positions_of(seeker_id).seeker, self._cohort.positions_of(supporter_id).supporter
        if i is None or j is None:
            return None
        is_feasible, scores = self._cohort.cells(np.array([i]), np.array([j]))
        return int(scores[0]) if is_feasible[0] else None

    def supporters_for(self, seeker_id: str) -> dict[str, int]:
        """Give every supporter a seeker may meet, with the score."""
        position = self._cohort.positions_of(seeker_id).seeker
        if position is None:
            return {}
        _, supporters, scores = self._cohort.rows(np.array([position]))
        ids = map(self._cohort.supporter_at, supporters.tolist())
        return {str(each): score for each, score in zip(ids, scores.tolist(), strict=True)}

    def seekers_for(self, supporter_id: str) -> dict[str, int]:
        """Give every seeker a supporter may meet, with the score."""
        position = self._cohort.positions_of(supporter_id).supporter
        if position is None:
            return {}
        _, seekers, scores = self._cohort.columns(np.array([position]))
        ids = map(self._cohort.seeker_at, seekers.tolist())
        return {str(each): score for each, score in zip(ids, scores.tolist(), strict=True)}

    def put(self, profile: Profile, standing: Standing = NEWCOMER) -> Moves:
        """Take a member in, or replace all that is known of them; tell who moves.

        `standing` is replaced, too: a change of standing alone is a put of the same profile. ProfileError, and nobody
        is changed, where no cohort would take the profile.
        """
        member_id = profile.member_id
        is_known = member_id in self._cohort
        before = self._cohort.positions_of(member_id) if is_known else NOWHERE
        after = self._cohort.edit(profile, standing) if is_known else self._cohort.add(profile, standing)
        return self._followed(member_id, before, after)

    def remove(self, member_id: str) -> Moves:
        """Let a member go, with their open proposals; tell who moves. ProfileError if unknown."""
        before = self._cohort.remove(member_id)
        self._proposals.forget(member_id)
        return self._followed(member_id, before, NOWHERE)

    def propose(self, seeker_id: str, supporter_id: str | None) -> Moves:
        """Note the open proposal of a seeker, or with None that there is none; tell who moves.

        ProfileError if the seeker is unknown. It counts while the two may meet.
        """
        position = self._cohort.positions_of(seeker_id).seeker
        held = self._engine.supporter_of
        self._proposals.put(seeker_id, supporter_id)
        if position is not None:
            self._engine.edit_seeker(position, previous=self._earlier(seeker_id))
        return self._moves(held, seeker_id)

    def keep_apart(self, one: str, other: str, why: Apart) -> Moves:
        """Let two members, present or not, not meet in either role; tell who moves."""
        self._cohort.keep_apart(one, other, why)
        return self._looked_at_anew(one, other)

    def let_meet(self, one: str, other: str, why: Apart) -> Moves:
        """Take back what `keep_apart` said for that reason; tell who moves."""
        self._cohort.let_meet(one, other, why)
        return self._looked_at_anew(one, other)

    def check(self, *, should_stop: ShouldStop | None = None) -> Checked:
        """Hold matching and prices against every pair; raises CertificateError where anything is off.

        It takes as long as a pass over all pairs. `Cancelled` when `should_stop` answers yes.
        """
        source = ScoredPairs(self._cohort.scorer(), threads=self._engine.upkeep.threads)
        return check(self._engine, source, should_stop=should_stop)

    def _followed(self, member_id: str, before: Positions, after: Positions) -> Moves:
        """Tell the engine what a member's change is on either side."""
        held = self._engine.supporter_of
        self._follow_seeker(member_id, before.seeker, after.seeker)
        self._follow_supporter(member_id, before.supporter, after.supporter)
        return self._moves(held, member_id)

    def _follow_seeker(self, member_id: str, before: int | None, after: int | None) -> None:
        engine, cohort = self._engine, self._cohort
        if before is not None and before != after:
            engine.remove_seeker(before)
        if after is None:
            return
        terms = {"priority": int(cohort.priority[after]), "previous": self._earlier(member_id)}
        if before == after:
            engine.edit_seeker(after, **terms)
        else:
            engine.add_seeker(after, key=int(cohort.seeker_keys[after]), **terms)

    def _follow_supporter(self, member_id: str, before: int | None, after: int | None) -> None:
        engine, cohort = self._engine, self._cohort
        if before is not None and before != after:
            engine.remove_supporter(before)
        if after is None:
            return
        places = int(cohort.capacity[after])
        if before == after:
            engine.edit_supporter(after, places=places)
            return
        engine.add_supporter(after, key=int(cohort.supporter_keys[after]), places=places)
        for seeker_id in self._proposals.seekers_of(member_id):
            position = cohort.positions_of(seeker_id).seeker if seeker_id in cohort else None
            if position is not None:
                engine.edit_seeker(position, previous=after)

    def _looked_at_anew(self, *member_ids: str) -> Moves:
        held = self._engine.supporter_of
        for member_id in member_ids:
            position = self._cohort.positions_of(member_id).seeker if member_id in self._cohort else None
            if position is not None:
                self._engine.edit_seeker(position)
        return self._moves(held, "")

    def _earlier(self, seeker_id: str) -> int:
        """Give the position of whom an open proposal of a seeker names, if they are a supporter the engine knows."""
        supporter_id = self.proposals.get(seeker_id)
        if supporter_id is None or supporter_id not in self._cohort:
            return WAITING
        position = self._cohort.positions_of(supporter_id).supporter
        return position if position is not None and self._engine.has_supporter(position) else WAITING

    def _moves(self, held: Ints, changed_id: str) -> Moves:
        """Compare with who held whom before; a position that is free now was that of the changed member."""
        now = self._engine.supporter_of
        before = np.full(now.size, WAITING, dtype=np.int64)
        before[: held.size] = held
        moved = np.flatnonzero(before != now)

        def named(position: int) -> str | None:
            return None if position == WAITING else self._cohort.supporter_at(position) or changed_id

        return {
            self._cohort.seeker_at(i) or changed_id: Move(named(old), named(new))
            for i, old, new in zip(moved.tolist(), before[moved].tolist(), now[moved].tolist(), strict=True)
        }
