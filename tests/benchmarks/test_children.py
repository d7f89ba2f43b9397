from __future__ import annotations

import os
import signal

import pytest

from benchmarks.children import Limits, in_child
from benchmarks.question import CannotGoError, WrongAnswerError

ROOMY = 2**40


def doubles(say, arguments):
    return {"answer": 2 * arguments["number"], "pid": os.getpid()}


def never_ends(say, arguments):
    say("ready", None)
    while True:
        pass


def ends_once(say, arguments):
    say("ready", None)
    say("ran", {"seconds": 1.5})
    while True:
        pass


def is_killed(say, arguments):
    os.kill(os.getpid(), signal.SIGKILL)


def runs_out_of_memory(say, arguments):
    bytearray(2**34)


def is_too_large(say, arguments):
    raise CannotGoError("the full matrix would take 66 GiB")


def breaks(say, arguments):
    raise RuntimeError("no augmenting path")


def is_wrong(say, arguments):
    raise WrongAnswerError("3 pairs are not feasible")


def test_work_is_done_in_another_process():
    answer = in_child(doubles, {"number": 21}, Limits(60, ROOMY))

    assert answer["answer"] == 42
    assert answer["pid"] != os.getpid()


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (never_ends, r"not done within 0.2 s"),
        (is_killed, r"ended by SIGKILL"),
        (is_too_large, r"66 GiB"),
        (breaks, r"RuntimeError: no augmenting path"),
    ],
)
def test_work_that_does_not_end_well_says_why(work, reason):
    with pytest.raises(CannotGoError, match=reason):
        in_child(work, {}, Limits(0.2, ROOMY))


def test_memory_past_the_limit_is_refused_by_the_child_not_by_the_machine():
    with pytest.raises(CannotGoError, match="out of memory at 8 GiB"):
        in_child(runs_out_of_memory, {}, Limits(60, 2**33))


def test_a_run_that_was_done_is_kept_when_the_next_is_late():
    assert in_child(ends_once, {}, Limits(0.2, ROOMY)) == {"seconds": 1.5}


def test_a_wrong_answer_is_no_reason_to_drop_out_but_an_error():
    with pytest.raises(WrongAnswerError, match="3 pairs"):
        in_child(is_wrong, {}, Limits(60, ROOMY))
