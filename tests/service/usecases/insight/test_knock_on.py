"""What a choice about a pair would do: what a run gives that had to keep to it."""

from __future__ import annotations

from contextlib import suppress

import pytest

from service.errors import Conflict, NotFound
from service.records.block import Block
from service.records.codec import put_of
from service.storage.store import Changes
from service.usecases.insight import studies as module
from service.usecases.insight.knock_on import Choice, effect_of_choice
from service.usecases.insight.studies import Studies
from service.usecases.matches import list_matches
from service.usecases.members import put_members
from tests.service.usecases.cast import BEN, NOW, OTHER, P, seeker, supporter
from tests.service.usecases.insight.communities import people, published


@pytest.fixture
def studies() -> Studies:
    return Studies(patience=60)


def effect(store, studies, run, seeker_id, supporter_id, choice=Choice.FORBID):
    return effect_of_choice(
        store, studies, P, run_id=run.run_id, seeker_id=seeker_id, supporter_id=supporter_id, choice=choice
    )


@pytest.mark.parametrize("seed", range(4))
def test_forbidding_a_pair_does_what_a_run_does_in_which_the_two_are_kept_apart(store, clock, studies, seed):
    profiles = people(seed)
    run = published(store, P, profiles, clock)
    pair = min(list_matches(store, P).records, key=lambda match: match.score)
    told = effect(store, studies, run, pair.seeker_id, pair.supporter_id)

    put_members(store, OTHER, profiles=profiles, now=NOW)
    store.commit(OTHER, Changes(puts=(put_of(Block(pair.seeker_id, pair.supporter_id, since=NOW)),)))
    without = published(store, OTHER, profiles, clock)

    assert told.matched == without.counts.matched - run.counts.matched
    assert told.score == without.counts.total_score - run.counts.total_score
    before = {match.seeker_id: match.supporter_id for match in list_matches(store, P, limit=500).records}
    after = {match.seeker_id: match.supporter_id for match in list_matches(store, OTHER, limit=500).records}
    moved = {one for one in before.keys() | after.keys() if before.get(one) != after.get(one)}
    assert {move.seeker_id for move in told.moves} == moved
    assert all(
        (before.get(move.seeker_id), after.get(move.seeker_id)) == (move.before, move.after) for move in told.moves
    )
    assert told.sentence.text
    assert told.sentence.verified


def test_of_a_large_run_what_is_told_is_what_all_pairs_tell(store, clock, studies, monkeypatch):
    run = published(store, P, people(5, seekers=40, supporters=25), clock)
    pairs = [(match.seeker_id, match.supporter_id) for match in list_matches(store, P, limit=500).records]
    expected = {pair: effect(store, studies, run, *pair) for pair in pairs}

    monkeypatch.setattr(module, "MOST_PAIRS_HERE", 0)
    monkeypatch.setattr(module, "PAIRS_EACH", 2)
    told, far = {}, Studies(patience=60)
    for pair in pairs:
        with suppress(Conflict):
            told[pair] = effect(store, far, run, *pair)
    study = far.of(store, P, run)

    assert 0 < len(told) < len(expected)
    assert told == {pair: expected[pair] for pair in told}
    assert study.nearby.problem.scores.size < studies.of(store, P, run).residual.problem.scores.size
    with pytest.raises(Conflict) as refused:
        effect(store, far, run, *min(expected.keys() - told.keys()))
    assert refused.value.code == "effect_too_far"


def test_of_a_large_run_a_pair_that_cannot_be_is_refused_as_of_a_small_one(store, clock, monkeypatch):
    monkeypatch.setattr(module, "MOST_PAIRS_HERE", -1)
    run = published(store, P, [seeker("zoe", languages=("pl",)), BEN], clock)

    with pytest.raises(Conflict, match="no language in common"):
        effect(store, Studies(patience=60), run, "zoe", "ben", Choice.FORCE)


def test_forcing_the_pair_that_is_there_changes_nothing(cast, clock, studies):
    run = published(cast, P, [], clock)
    pair = list_matches(cast, P).records[0]

    told = effect(cast, studies, run, pair.seeker_id, pair.supporter_id, Choice.FORCE)

    assert (told.matched, told.score, told.moves, told.sentence.text) == (0, 0, (), "Nothing else would change.")


def test_a_pair_that_cannot_be_is_refused_in_the_words_of_the_rule(store, clock, studies):
    run = published(store, P, [seeker("zoe", languages=("pl",)), BEN, supporter("bee", capacity=0)], clock)

    with pytest.raises(Conflict, match="no language in common") as refused:
        effect(store, studies, run, "zoe", "ben", Choice.FORCE)
    assert refused.value.code == "rule_broken"
    with pytest.raises(Conflict) as refused:
        effect(store, studies, run, "zoe", "bee", Choice.FORCE)
    assert refused.value.code == "not_in_run"
    with pytest.raises(NotFound):
        effect_of_choice(
            store, studies, OTHER, run_id=run.run_id, seeker_id="zoe", supporter_id="ben", choice=Choice.FORBID
        )
