import threading

import pytest

from service.errors import StoreUnavailable
from service.storage.sqlite import turns
from service.storage.sqlite.turns import turn_to_write


@pytest.fixture
def queue_file(tmp_path):
    return tmp_path / "store.queue"


def tickets_drawn(queue_file):
    return int.from_bytes(queue_file.read_bytes()[:8], "big")


def start_and_wait_until_queued(target, queue_file):
    before = tickets_drawn(queue_file)
    thread = threading.Thread(target=target)
    thread.start()
    while tickets_drawn(queue_file) == before:
        pass
    return thread


def test_writers_come_in_the_order_of_their_arrival(queue_file):
    order = []

    def write(name):
        with turn_to_write(queue_file, patience_seconds=30):
            order.append(name)

    with turn_to_write(queue_file, patience_seconds=1):
        writers = [start_and_wait_until_queued(lambda name=name: write(name), queue_file) for name in range(12)]
        order.append("first")
    for writer in writers:
        writer.join()

    assert order == ["first", *range(12)]


def test_who_waits_comes_before_the_next_turn_of_one_who_writes_without_pause(queue_file):
    order = []

    def write():
        with turn_to_write(queue_file, patience_seconds=30):
            order.append("other")

    with turn_to_write(queue_file, patience_seconds=1):
        other = start_and_wait_until_queued(write, queue_file)
        order.append("first")
    with turn_to_write(queue_file, patience_seconds=30):
        order.append("again")
    other.join()

    assert order == ["first", "other", "again"]


@pytest.mark.parametrize("has_ordered_locks", [True, False])
def test_one_writer_at_a_time(queue_file, monkeypatch, has_ordered_locks):
    monkeypatch.setattr(turns, "_HAS_ORDERED_LOCKS", has_ordered_locks)
    inside, most = [], []

    def write():
        for _ in range(50):
            with turn_to_write(queue_file, patience_seconds=30):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert most == [1] * 200


@pytest.mark.parametrize("has_ordered_locks", [True, False])
def test_patience_ends_with_a_plain_error_and_the_queue_goes_on(queue_file, monkeypatch, has_ordered_locks):
    monkeypatch.setattr(turns, "_HAS_ORDERED_LOCKS", has_ordered_locks)

    with (
        turn_to_write(queue_file, patience_seconds=1),
        pytest.raises(StoreUnavailable, match="busy"),
        turn_to_write(queue_file, patience_seconds=0.01),
    ):
        pytest.fail("got a turn that is held")
    with turn_to_write(queue_file, patience_seconds=0.01):
        pass


def test_a_turn_is_passed_on_when_its_holder_fails(queue_file):
    with pytest.raises(KeyError), turn_to_write(queue_file, patience_seconds=1):
        raise KeyError

    with turn_to_write(queue_file, patience_seconds=0.01):
        pass


def test_a_missing_folder_is_told_in_plain_words(tmp_path):
    with pytest.raises(StoreUnavailable, match="data folder"), turn_to_write(tmp_path / "no" / "q", patience_seconds=1):
        pass


def test_the_queue_file_is_for_its_owner_alone(queue_file):
    with turn_to_write(queue_file, patience_seconds=1):
        pass

    assert queue_file.stat().st_mode & 0o777 == 0o600
