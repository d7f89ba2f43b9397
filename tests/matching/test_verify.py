"""The verifier accepts what is true and refuses everything else."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import assign, verify
from matching.errors import CertificateError, ScoreError
from matching.policy import Objective
from tests.matching.instances import random_instance, sparse

SCORES = sparse({(0, 0): 10, (0, 1): 6, (1, 0): 4, (1, 1): 5, (2, 1): 3, (3, 2): -2}, (4, 4))
CAPACITY = [1, 1, 2, 0]
PRIORITY = [2, 1, 1, 1]
PREVIOUS = [1, -1, 1, -1]
ARGUMENTS = {"capacity": CAPACITY, "priority": PRIORITY, "previous": PREVIOUS, "keep_margin": 1}
RESULT = assign(SCORES, **ARGUMENTS)
PRIMAL = RESULT.certificate.primal


def check(result, **changed):
    verify(SCORES, result, **{**ARGUMENTS, **changed})


def forged(**changed):
    """The true result with some attributes replaced, those of the certificate too."""
    inside = {name: changed.pop(name) for name in list(changed) if hasattr(RESULT.certificate, name)}
    return replace(RESULT, certificate=replace(RESULT.certificate, **inside), **changed)


def with_cell(array, at, value):
    copy = array.copy()
    copy[at] = value
    return copy


def test_the_true_result_is_accepted():
    assert check(RESULT) is None
    assert RESULT.supporter_of.tolist() == [0, -1, 1, 2]


@pytest.mark.parametrize("name", ["matched", "total_score", "kept"])
@pytest.mark.parametrize("claim", [lambda true: true + 1, lambda true: true - 1, float, str, np.int64, lambda _: None])
def test_a_changed_total_is_refused(name, claim):
    with pytest.raises(CertificateError, match=name):
        check(forged(**{name: claim(getattr(RESULT, name))}))


def test_a_truth_value_is_no_total():
    scores = sparse({(0, 0): 1}, (1, 1))
    result = assign(scores)

    with pytest.raises(CertificateError, match="matched"):
        verify(scores, replace(result, matched=True))


@pytest.mark.parametrize("digit", range(4))
@pytest.mark.parametrize("by", [1, -1])
@pytest.mark.parametrize("name", ["primal", "dual"])
def test_a_changed_sum_is_refused(name, by, digit):
    claim = list(getattr(RESULT.certificate, name))
    claim[digit] += by

    with pytest.raises(CertificateError, match=name):
        check(forged(**{name: tuple(claim)}))


@pytest.mark.parametrize("digit", range(4))
@pytest.mark.parametrize("by", [1, -1])
def test_both_sums_changed_alike_are_refused(by, digit):
    claim = list(RESULT.certificate.primal)
    claim[digit] += by

    with pytest.raises(CertificateError, match="primal"):
        check(forged(primal=tuple(claim), dual=tuple(claim)))


@pytest.mark.parametrize(
    "sums",
    [
        [1, 2, 3, 4],
        (1, 2, 3),
        (),
        None,
        tuple(map(float, RESULT.certificate.primal)),
        np.array(RESULT.certificate.primal),
    ],
    ids=["list", "short", "empty", "none", "floats", "array"],
)
def test_sums_must_be_a_tuple_of_whole_numbers(sums):
    with pytest.raises(CertificateError, match="primal"):
        check(forged(primal=sums, dual=sums))


@pytest.mark.parametrize("row", range(4))
@pytest.mark.parametrize("digit", range(4))
@pytest.mark.parametrize("by", [1, -1, 2**62, 2**63 - 1, -(2**62)])
@pytest.mark.parametrize("name", ["seeker_surplus", "supporter_price"])
def test_a_changed_price_or_surplus_is_refused(name, by, digit, row):
    vectors = getattr(RESULT.certificate, name)
    value = max(-(2**63), min(2**63 - 1, int(vectors[row, digit]) + by))

    with pytest.raises(CertificateError):
        check(forged(**{name: with_cell(vectors, (row, digit), value)}))


def test_dual_taken_from_primal_is_refused():
    wrong = replace(RESULT, supporter_of=np.array([1, 0, -1, 2]), kept=1, total_score=8)
    worth = assign(sparse({(0, 1): 6, (1, 0): 4, (3, 2): -2}, (4, 4)), **ARGUMENTS).certificate.primal

    with pytest.raises(CertificateError, match="dual"):
        check(replace(wrong, certificate=replace(RESULT.certificate, primal=worth, dual=worth)))


def test_a_swapped_pair_is_refused_with_every_total_put_right():
    scores = sparse({(0, 0): 5, (0, 1): 4, (1, 0): 4, (1, 1): 5}, (2, 2))
    result = assign(scores)
    ties = assign(sparse({(0, 1): 4, (1, 0): 4}, (2, 2))).certificate.primal[3]
    worse = (2, 8, 0, ties)
    swapped = replace(
        result,
        supporter_of=np.array([1, 0]),
        total_score=8,
        certificate=replace(result.certificate, primal=worse, dual=worse),
    )

    with pytest.raises(CertificateError, match="dual"):
        verify(scores, swapped)


def test_a_worse_matching_with_its_own_true_sums_is_refused():
    scores = sparse({(0, 0): 5, (0, 1): 4, (1, 0): 4, (1, 1): 5}, (2, 2))
    result = assign(scores)
    ties = assign(sparse({(0, 1): 4, (1, 0): 4}, (2, 2))).certificate.primal[3]
    swapped = replace(
        result,
        supporter_of=np.array([1, 0]),
        total_score=8,
        certificate=replace(result.certificate, primal=(2, 8, 0, ties)),
    )

    with pytest.raises(CertificateError, match="not proven best"):
        verify(scores, swapped)


@pytest.mark.parametrize(
    ("objective", "score"), [("coverage", 5), ("score", 0)], ids=["in the first digit", "in a later digit"]
)
def test_negative_surpluses_do_not_prove_that_nobody_need_be_matched(objective, score):
    # Twice −v, once 2v: every pair is covered and the sum is 0, as for an empty matching.
    scores = sparse({(0, 0): score, (1, 0): score}, (2, 1))
    alone = assign(sparse({(0, 0): score}, (1, 1)), objective=objective).certificate.primal
    other = assign(scores, [2], objective=objective).certificate.primal
    values = np.array([alone, np.subtract(other, alone)])
    nothing = SimpleNamespace(
        supporter_of=np.array([-1, -1]),
        matched=0,
        total_score=0,
        kept=0,
        is_best=True,
        blocking_pairs=2,
        certificate=SimpleNamespace(
            seeker_surplus=-values[::-1],
            supporter_price=values.sum(axis=0, keepdims=True),
            primal=(0, 0, 0, 0),
            dual=(0, 0, 0, 0),
        ),
    )

    with pytest.raises(CertificateError, match="seeker_surplus holds a negative vector"):
        verify(scores, nothing, objective=objective)


def test_prices_that_cover_a_worse_matching_do_not_prove_it():
    # Sums, dual and primal all agree; only the pair left out is worth more than its prices.
    scores = sparse({(0, 0): 5, (0, 1): 9}, (1, 2))
    worse = assign(sparse({(0, 0): 5}, (1, 2)))

    with pytest.raises(CertificateError, match="worth more"):
        verify(scores, worse)


def test_a_supporter_with_more_seekers_than_places_is_refused():
    with pytest.raises(CertificateError, match="supporter 1 has 2 seekers and 1 places"):
        check(forged(supporter_of=np.array([0, 1, 1, 2])))


def test_a_supporter_without_places_who_has_a_seeker_is_refused():
    # All worth goes to the seeker, so that sums and prices are in order.
    scores = sparse({(0, 0): 5}, (1, 1))

    with pytest.raises(CertificateError, match="supporter 0 has 1 seekers and 0 places"):
        verify(scores, assign(scores, [1]), [0])


def test_a_forbidden_pair_is_refused():
    with pytest.raises(CertificateError, match=r"pair \(1, 2\) is forbidden"):
        check(forged(supporter_of=np.array([0, 2, 1, 2])))


@pytest.mark.parametrize("supporter", [4, -2, 2**62])
def test_a_supporter_that_does_not_exist_is_refused(supporter):
    with pytest.raises(CertificateError, match="supporter_of"):
        check(forged(supporter_of=np.array([0, supporter, 1, 2])))


@pytest.mark.parametrize(
    "supporter_of",
    [
        RESULT.supporter_of.astype(np.int32),
        RESULT.supporter_of.astype(np.float64),
        RESULT.supporter_of.astype(object),
        RESULT.supporter_of.tolist(),
        RESULT.supporter_of[:3],
        RESULT.supporter_of[None],
        np.ma.masked_array(RESULT.supporter_of, mask=True),
        RESULT.supporter_of.view(np.rec.recarray),
        None,
    ],
    ids=["int32", "float", "object", "list", "short", "2-d", "masked", "subclass", "none"],
)
def test_a_matching_of_the_wrong_kind_is_refused(supporter_of):
    with pytest.raises(CertificateError, match="supporter_of"):
        check(forged(supporter_of=supporter_of))


@pytest.mark.parametrize("name", ["seeker_surplus", "supporter_price"])
@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.astype(np.float64),
        lambda a: a.astype(np.uint64),
        lambda a: a[:, :3],
        lambda a: a[:2],
        lambda a: a.tolist(),
        lambda a: np.ma.masked_array(a, mask=True),
        lambda a: a.view(np.rec.recarray),
    ],
    ids=["float", "unsigned", "digits", "rows", "list", "masked", "subclass"],
)
def test_dual_vectors_of_the_wrong_kind_are_refused(name, change):
    with pytest.raises(CertificateError, match=name):
        check(forged(**{name: change(getattr(RESULT.certificate, name))}))


def test_a_result_without_its_parts_is_refused():
    with pytest.raises(CertificateError, match="certificate"):
        check(SimpleNamespace(supporter_of=RESULT.supporter_of))
    with pytest.raises(CertificateError, match="matched"):
        check(SimpleNamespace(supporter_of=RESULT.supporter_of, certificate=RESULT.certificate))


@pytest.mark.parametrize(
    "changed",
    [
        {"objective": "score"},
        {"keep_margin": 2},
        {"priority": [1, 1, 1, 1]},
        {"previous": None},
        {"capacity": [1, 2, 2, 0]},
        {"keys": ([1, 2, 3, 4], [1, 2, 3, 4])},
    ],
    ids=str,
)
def test_a_result_of_another_problem_is_refused(changed):
    with pytest.raises(CertificateError):
        check(RESULT, **changed)


def test_valid_prices_that_are_not_the_smallest_are_refused():
    # A supporter without places adds nothing to the sum: any high enough price would balance.
    price = with_cell(RESULT.certificate.supporter_price, (3, 0), 7)
    with pytest.raises(CertificateError, match="supporter 3 is valid but not the smallest"):
        check(forged(supporter_price=price))

    # The other end of the lattice: everything to the supporter.
    scores = sparse({(0, 0): 5}, (1, 1))
    result = assign(scores)
    turned = replace(
        result.certificate,
        seeker_surplus=result.certificate.supporter_price,
        supporter_price=result.certificate.seeker_surplus,
    )
    with pytest.raises(CertificateError, match="not the smallest"):
        verify(scores, replace(result, certificate=turned))


def test_sums_that_would_wrap_around_int64_do_not_pass():
    # 2⁶³ + 2⁶³ is 0 in int64, and so is 4 × 2⁶².
    scores = sparse({(0, 0): 5}, (1, 1))
    result = assign(scores)
    for huge in (2**62, 2**63 - 1):
        wrapped = replace(
            result.certificate,
            seeker_surplus=np.full((1, 4), huge),
            supporter_price=np.full((1, 4), huge),
        )
        with pytest.raises(CertificateError, match="beyond"):
            verify(scores, replace(result, certificate=wrapped))
    for least in (-(2**62), -(2**63)):
        price = np.array([[1, least, 0, 0]])
        with pytest.raises(CertificateError, match="beyond"):
            verify(scores, replace(result, certificate=replace(result.certificate, supporter_price=price)))


def test_many_parallel_reasons_for_a_price_do_not_cancel_out():
    # 256 waiting seekers support the same price: a count in eight bits would read 0.
    scores = sparse({(i, 0): 5 for i in range(257)}, (257, 1))

    verify(scores, assign(scores))


def test_an_invalid_problem_is_a_score_error_here_too():
    with pytest.raises(ScoreError):
        check(RESULT, capacity=[1, 1, 2, -1])


@given(st.integers(0, 10**9), st.data())
def test_no_other_matching_passes_with_the_true_certificate(seed, data):
    instance = random_instance(seed, most_seekers=4, most_supporters=4)
    result = assign(instance.array, **instance.arguments)
    other = data.draw(
        st.lists(st.integers(-1, instance.shape[1] - 1), min_size=instance.shape[0], max_size=instance.shape[0])
    )
    if other == result.supporter_of.tolist():
        return

    with pytest.raises(CertificateError):
        verify(instance.array, replace(result, supporter_of=np.array(other, dtype=np.int64)), **instance.arguments)


@pytest.mark.parametrize("seed", range(100))
def test_no_worse_matching_passes_with_its_own_true_sums(seed):
    instance = random_instance(seed, most_seekers=3, most_supporters=3)
    result = assign(instance.array, **instance.arguments)
    best = result.certificate.primal
    for matching in instance.matchings():
        worth = instance.worth(matching)
        if worth == best:
            continue
        pairs = [(i, j) for i, j in enumerate(matching) if j != -1]
        told = replace(
            result,
            supporter_of=np.array(matching, dtype=np.int64),
            matched=len(pairs),
            total_score=sum(instance.scores[pair] for pair in pairs),
            kept=sum(instance.previous[i] == j for i, j in pairs),
            certificate=replace(result.certificate, primal=worth),
        )
        with pytest.raises(CertificateError, match="not proven best"):
            verify(instance.array, told, **instance.arguments)


@given(st.integers(0, 10**9), st.data())
def test_no_other_certificate_passes_with_the_true_matching(seed, data):
    instance = random_instance(seed, most_seekers=4, most_supporters=4)
    result = assign(instance.array, **instance.arguments)
    name = data.draw(st.sampled_from(["seeker_surplus", "supporter_price"]))
    vectors = getattr(result.certificate, name).copy()
    if not vectors.size:
        return
    row, digit = data.draw(st.integers(0, len(vectors) - 1)), data.draw(st.integers(0, 3))
    vectors[row, digit] += data.draw(st.integers(-3, 3).filter(bool))

    with pytest.raises(CertificateError):
        verify(
            instance.array,
            replace(result, certificate=replace(result.certificate, **{name: vectors})),
            **instance.arguments,
        )


@pytest.mark.parametrize("objective", list(Objective))
@pytest.mark.parametrize("seed", range(100))
def test_every_true_result_is_accepted_with_blocking_pairs_counted_by_the_definition(seed, objective):
    instance = replace(random_instance(seed), objective=str(objective))
    result = assign(instance.array, **instance.arguments)
    supporter_of = result.supporter_of.tolist()
    rank = {pair: (score, instance.tie(*pair)) for pair, score in instance.scores.items()}

    def wants(i, j):
        return supporter_of[i] == -1 or rank[i, j] > rank[i, supporter_of[i]]

    def takes(i, j):
        held = [rank[k, j] for k, held_by in enumerate(supporter_of) if held_by == j]
        return len(held) < instance.capacity[j] or any(rank[i, j] > other for other in held)

    verify(instance.array, result, **instance.arguments)
    assert result.blocking_pairs == sum(wants(i, j) and takes(i, j) for i, j in rank)


def test_a_matching_that_is_not_stable_is_refused_with_every_number_put_right():
    scores = sparse({(0, 0): 5, (0, 1): 4, (1, 0): 4, (1, 1): 3}, (2, 2))
    crossed = assign(sparse({(0, 1): 4, (1, 0): 4}, (2, 2)), objective="stable")

    with pytest.raises(CertificateError, match=r"pair \(0, 0\) would both rather have each other"):
        verify(scores, replace(crossed, blocking_pairs=1), objective="stable")
    with pytest.raises(CertificateError, match="blocking_pairs is claimed to be 0 and is 1"):
        verify(scores, crossed, objective="stable")
    assert verify(scores, replace(crossed, blocking_pairs=1, is_best=False), objective="stable") is None


@pytest.mark.parametrize("name", ["seeker_surplus", "supporter_price"])
@pytest.mark.parametrize("row", [0, 1])
@pytest.mark.parametrize("digit", range(4))
def test_under_stable_the_vectors_are_what_each_side_has(name, row, digit):
    scores = sparse({(0, 0): 5, (0, 1): 4, (1, 0): 4, (1, 1): 3}, (2, 2))
    result = assign(scores, objective="stable")
    vectors = getattr(result.certificate, name)
    wrong = with_cell(vectors, (row, digit), vectors[row, digit] + 1)

    with pytest.raises(CertificateError, match=f"{name} holds"):
        verify(scores, replace(result, certificate=replace(result.certificate, **{name: wrong})), objective="stable")


def key_whose_tie_with_the_supporter_of_key_0_is(tie, low):
    """Undo splitmix64: a seeker's key with this tie, and these 24 bits below it."""
    word = 2**64
    z = tie << 24 | low
    for shift, factor in ((31, None), (27, 0x94D049BB133111EB), (30, 0xBF58476D1CE4E5B9)):
        if factor is not None:
            z = z * pow(factor, -1, word) % word
        undone = z
        for _ in range(3):
            undone = z ^ undone >> shift
        z = undone
    return (z - 0x9E3779B97F4A7C15) % word


@pytest.mark.parametrize("previous", [[0, -1], [-1, 0]])
def test_of_two_pairs_that_rank_alike_the_later_seekers_is_the_least(previous):
    # Both tie values are 5, and only one of the two was there before.
    keys = sorted(key_whose_tie_with_the_supporter_of_key_0_is(5, low) for low in (1, 2))
    scores = sparse({(0, 0): 7, (1, 0): 7}, (2, 1))
    arguments = {"capacity": [2], "previous": previous, "objective": "stable", "keys": (keys, [0])}
    result = assign(scores, **arguments)

    assert result.certificate.seeker_surplus[:, 3].tolist() == [5, 5]
    assert result.certificate.supporter_price.tolist() == [[1, 7, int(previous[1] == 0), 5]]
    assert verify(scores, result, **arguments) is None


def test_only_a_result_that_is_not_proven_best_may_leave_blocking_pairs_uncounted():
    uncounted = replace(RESULT, certificate=None, blocking_pairs=None)

    assert check(replace(uncounted, is_best=False)) is None
    with pytest.raises(CertificateError, match="blocking_pairs is claimed to be None"):
        check(forged(blocking_pairs=None))
