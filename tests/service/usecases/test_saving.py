"""Saving one part while the next is made: in order, and nothing after an error."""

import threading

import pytest

from service.errors import StoreUnavailable
from service.usecases.saving import in_commits, in_step


def test_parts_are_saved_in_order_and_answers_come_in_order():
    saved = []

    def save(part):
        saved.append(part)
        return part * 10

    assert list(in_step(save, iter(range(20)))) == [part * 10 for part in range(20)]
    assert saved == list(range(20))


def test_the_next_part_is_made_while_one_is_saved():
    is_next_made = threading.Event()

    def parts():
        yield 1
        is_next_made.set()
        yield 2

    def save(part):
        assert is_next_made.wait(10)
        return part

    assert list(in_step(save, parts())) == [1, 2]


def test_nothing_is_saved_after_a_part_that_could_not_be():
    saved = []

    def save(part):
        if part == 3:
            raise StoreUnavailable("gone")
        saved.append(part)

    with pytest.raises(StoreUnavailable):
        list(in_step(save, range(10)))
    assert saved == [0, 1, 2]


def test_an_error_in_making_comes_out_after_what_was_made_is_saved():
    saved = []

    def parts():
        yield 1
        raise KeyError

    with pytest.raises(KeyError):
        list(in_step(saved.append, parts()))
    assert saved == [1]


def test_no_parts_need_no_save():
    assert list(in_step(int, [])) == []


def test_parts_are_cut_into_lists_of_that_size():
    assert list(in_commits(range(5), size=2)) == [[0, 1], [2, 3], [4]]
