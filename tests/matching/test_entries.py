"""Reading scores: every stored entry as it is, from every sparse format, or a refusal."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from matching.entries import stored_entries
from matching.errors import BoundError, ScoreError

CELLS = [(0, 0, 0), (0, 1, 3), (1, 1, 5), (2, 0, -4), (2, 2, 0)]
ROWS, COLUMNS, VALUES = (np.array(part) for part in zip(*CELLS, strict=True))
FORMATS_WITH_ZEROS = ["csr", "csc", "coo", "lil", "dok"]


def listed(entries):
    return list(zip(entries.rows.tolist(), entries.columns.tolist(), entries.values.tolist(), strict=True))


@pytest.mark.parametrize("make", [sp.coo_array, sp.coo_matrix])
@pytest.mark.parametrize("format_", FORMATS_WITH_ZEROS)
def test_every_stored_entry_is_read_zeros_too(format_, make):
    scores = make((VALUES, (ROWS, COLUMNS)), shape=(3, 4)).asformat(format_)

    entries = stored_entries(scores)

    assert listed(entries) == CELLS
    assert entries.shape == (3, 4)


@pytest.mark.parametrize("format_", ["bsr", "dia"])
def test_blocks_and_diagonals_without_zeros_are_read(format_):
    scores = sp.csr_array(np.array([[1, 2], [3, 4]])).asformat(format_)

    assert listed(stored_entries(scores)) == [(0, 0, 1), (0, 1, 2), (1, 0, 3), (1, 1, 4)]


def test_blocks_of_one_cell_keep_their_zeros():
    scores = sp.coo_array((VALUES, (ROWS, COLUMNS)), shape=(3, 4)).tobsr(blocksize=(1, 1))

    assert listed(stored_entries(scores)) == CELLS


@pytest.mark.parametrize(
    "scores",
    [
        sp.csr_array(np.array([[1, 0], [3, 4]])).tobsr(blocksize=(2, 2)),
        sp.csr_array(np.array([[1, 2], [0, 4]])).todia(),
    ],
    ids=["bsr", "dia"],
)
def test_zeros_that_may_be_padding_are_refused(scores):
    with pytest.raises(ScoreError, match="padding"):
        stored_entries(scores if scores.format == "bsr" else sp.dia_array((np.array([[1, 0]]), [0]), shape=(2, 2)))


def test_unsorted_rows_are_sorted():
    scores = sp.csr_array((np.array([7, 8]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))

    assert listed(stored_entries(scores)) == [(0, 0, 8), (0, 2, 7)]


@pytest.mark.parametrize(
    "scores",
    [
        sp.coo_array((np.array([1, 2]), (np.array([0, 0]), np.array([1, 1]))), shape=(2, 2)),
        sp.csr_array((np.array([1, 2]), np.array([1, 1]), np.array([0, 2, 2])), shape=(2, 2)),
        sp.csc_array((np.array([1, 2]), np.array([1, 1]), np.array([0, 2, 2])), shape=(2, 2)),
        sp.csr_array((np.array([1, 2, 3]), np.array([1, 0, 1]), np.array([0, 3, 3])), shape=(2, 2)),
    ],
    ids=["coo", "csr", "csc", "csr apart"],
)
def test_a_pair_stored_twice_is_refused(scores):
    with pytest.raises(ScoreError, match="more than once"):
        stored_entries(scores)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, np.uint32, np.int64, np.uint64])
def test_any_integer_dtype_becomes_int64(dtype):
    entries = stored_entries(sp.csr_array(np.array([[100, 27]], dtype=dtype)))

    assert entries.values.dtype == np.int64
    assert entries.values.tolist() == [100, 27]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.bool_, np.complex128])
def test_other_dtypes_are_refused(dtype):
    with pytest.raises(ScoreError, match="integer dtype"):
        stored_entries(sp.csr_array(np.ones((2, 2), dtype=dtype)))


def test_nan_is_refused():
    with pytest.raises(ScoreError, match="float64"):
        stored_entries(sp.csr_array(np.array([[np.nan, 1.0]])))


def test_an_unsigned_score_beyond_int64_is_refused():
    with pytest.raises(BoundError, match="9223372036854775808"):
        stored_entries(sp.csr_array(np.array([[2**63]], dtype=np.uint64)))


@pytest.mark.parametrize("scores", [np.ones((2, 2), dtype=int), [[1]], None, "scores"])
def test_what_is_not_sparse_is_refused(scores):
    with pytest.raises(ScoreError, match="sparse"):
        stored_entries(scores)


def test_one_dimension_is_refused():
    with pytest.raises(ScoreError, match="dimension"):
        stored_entries(sp.coo_array(np.array([1, 2, 3])))


def test_a_masked_score_is_refused():
    scores = sp.csr_array(np.array([[1, 2]]))
    scores.data = np.ma.masked_array([1, 2], mask=[True, False])

    with pytest.raises(ScoreError, match="masked"):
        stored_entries(scores)


@pytest.mark.parametrize("values", [[1.7], [np.nan], [True], ["1"], [None], [2**64], [1, 2], []], ids=repr)
def test_lists_that_hold_anything_but_integers_are_refused(values):
    scores = sp.lil_array((2, 2), dtype=np.int64)
    scores.rows[0], scores.data[0] = [1], values
    scores.rows[1], scores.data[1] = list(range(len(values))), [5]

    with pytest.raises(ScoreError, match="cannot read"):
        stored_entries(scores)


@pytest.mark.parametrize("column", [0.5, -1, 2, True])
def test_lists_with_columns_that_do_not_exist_are_refused(column):
    scores = sp.lil_array((2, 2), dtype=np.int64)
    scores.rows[0], scores.data[0] = [column], [1]

    with pytest.raises(ScoreError, match="cannot read"):
        stored_entries(scores)


@pytest.mark.parametrize(
    ("cell", "value"), [((0, 1), 1.7), ((0, 1), np.nan), ((0, 1), 2**64), ((0, 2), 1), ((-1, 0), 1)], ids=repr
)
def test_a_dictionary_that_holds_anything_but_integers_in_range_is_refused(cell, value):
    scores = sp.dok_array((2, 2), dtype=np.int64)
    scores._dict[cell] = value

    with pytest.raises(ScoreError, match="cannot read"):
        stored_entries(scores)


@pytest.mark.parametrize("format_", FORMATS_WITH_ZEROS)
def test_no_format_takes_floats_even_whole_ones(format_):
    scores = sp.csr_array(np.array([[1.0, 2.0]])).asformat(format_)

    with pytest.raises(ScoreError, match="float64"):
        stored_entries(scores)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("indices", np.array([0, 9])),
        ("indices", np.array([0, -1])),
        ("indptr", np.array([0, 2, 1])),
        ("indptr", np.array([1, 1, 2])),
        ("indptr", np.array([0, 1, 3])),
        ("indptr", np.array([0, 2])),
        ("indptr", np.array([0.0, 1.0, 2.0])),
        ("data", np.array([1])),
    ],
)
def test_a_broken_array_is_refused(name, value):
    scores = sp.csr_array((np.array([1, 2]), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 2))
    setattr(scores, name, value)

    with pytest.raises(ScoreError, match="cannot read scores"):
        stored_entries(scores)


def test_coordinates_out_of_range_are_refused():
    scores = sp.coo_array((np.array([1]), (np.array([0]), np.array([1]))), shape=(2, 2))
    scores.coords = (np.array([2]), np.array([1]))

    with pytest.raises(ScoreError, match="row index"):
        stored_entries(scores)


def test_more_cells_than_64_bits_can_count_are_refused():
    with pytest.raises(BoundError, match="more cells"):
        stored_entries(sp.coo_array((np.array([1]), (np.array([0]), np.array([0]))), shape=(2**40, 2**40)))


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_no_entries_at_all_are_fine(shape):
    assert stored_entries(sp.csr_array(shape, dtype=np.int64)).rows.size == 0


def test_reading_leaves_the_caller_array_alone():
    scores = sp.csr_array((np.array([7, 8]), np.array([2, 0]), np.array([0, 2])), shape=(1, 3))

    stored_entries(scores).values[:] = 0

    assert scores.data.tolist() == [7, 8]
    assert scores.indices.tolist() == [2, 0]
