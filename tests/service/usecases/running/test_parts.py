"""Parts of a run: what goes in comes out, whatever its size."""

from hashlib import sha256

import pytest

from service.errors import FenceLost, NotFound
from service.storage.store import Fence
from service.usecases.running import parts
from service.usecases.running.parts import PartReader, delete_parts, write_part
from tests.service.usecases.cast import P

LINES = [
    {"format": 1},
    ["å", 1, -(2**70), True, None],
    *({"number": number, "square": number**2} for number in range(400)),
]


def reader(store, name="result"):
    return PartReader(store, P, run_id="run_1", name=name)


@pytest.mark.parametrize("piece", [600_000, 100, 7])
@pytest.mark.parametrize("lines", [LINES, LINES[:1], []])
def test_what_is_written_is_read_in_any_number_of_pieces(store, fence, monkeypatch, piece, lines):
    monkeypatch.setattr(parts, "_PIECE_BYTES", piece)

    digest = write_part(store, P, run_id="run_1", name="result", lines=iter(lines), fence=fence)

    reading = reader(store)
    assert list(reading) == lines
    assert reading.sha256 == digest


def test_the_digest_is_that_of_the_lines_as_text(store, fence):
    digest = write_part(store, P, run_id="run_1", name="result", lines=[{"b": 1, "a": "ü"}], fence=fence)

    assert digest == sha256('{"a":"ü","b":1}\n'.encode()).hexdigest()


def test_parts_are_small_enough_for_any_store(store, fence):
    noise = (sha256(str(number).encode()).hexdigest() for number in range(60_000))

    write_part(store, P, run_id="run_1", name="result", lines=noise, fence=fence)

    assert store.count(P, "run_part") > 2
    assert sum(1 for _ in reader(store)) == 60_000


def test_a_missing_piece_is_told(store, fence, monkeypatch):
    monkeypatch.setattr(parts, "_PIECE_BYTES", 100)
    write_part(store, P, run_id="run_1", name="result", lines=LINES, fence=fence)
    assert store.count(P, "run_part") > 3
    from service.storage.store import Changes, Delete

    store.commit(P, Changes(deletes=(Delete("run_part", "run_1.result.00002"),)))

    with pytest.raises(NotFound) as refused:
        list(reader(store))
    assert refused.value.code == "run_part_not_found"


def test_all_parts_of_a_run_are_deleted_and_no_others(store, fence, monkeypatch):
    monkeypatch.setattr(parts, "_PIECE_BYTES", 10)
    for run_id in ("run_1", "run_2"):
        write_part(store, P, run_id=run_id, name="result", lines=LINES[:9], fence=fence)
    before = store.count(P, "run_part")

    delete_parts(store, P, run_id="run_1", fence=fence)

    assert store.count(P, "run_part") == before / 2
    assert list(PartReader(store, P, run_id="run_2", name="result")) == LINES[:9]


def test_nothing_is_written_under_a_lost_lease(store, fence):
    with pytest.raises(FenceLost):
        write_part(store, P, run_id="run_1", name="result", lines=LINES, fence=Fence("run", fence.token + 1))

    assert store.count(P, "run_part") == 0
