"""Where compiled code is kept: names that follow the source, directories that cannot be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from matching import code_cache


@pytest.mark.parametrize("changed", range(3))
def test_an_edit_to_any_source_gives_another_name(tmp_path: Path, changed: int):
    sources = [tmp_path / f"{n}.py" for n in range(3)]
    for source in sources:
        source.write_text("a = 1\n")
    before = code_cache.digest_of(sources)

    sources[changed].write_text("a = 2\n")

    assert code_cache.digest_of(sources) != before


def test_where_the_directory_cannot_be_written_a_copy_is_used(tmp_path: Path, monkeypatch):
    prefilled = tmp_path / "kernels"
    prefilled.mkdir()
    (prefilled / "compiled before").write_text("here")
    make = code_cache.TemporaryDirectory

    def refuse_there(*, dir: Path | None = None, prefix: str | None = None) -> object:
        if dir == prefilled:
            raise PermissionError("read-only")
        return make(dir=dir, prefix=prefix)

    monkeypatch.setattr(code_cache, "TemporaryDirectory", refuse_there)

    place = code_cache.writable(prefilled)

    assert place != prefilled
    assert (place / "compiled before").read_text() == "here"


def test_a_directory_that_cannot_exist_is_replaced_by_an_empty_one(tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("no directory")

    place = code_cache.writable(file / "kernels")

    assert list(place.iterdir()) == []


def test_a_source_is_imported_from_the_directory_and_written_once(tmp_path: Path):
    first = code_cache.imported("counted_apples", "apples = 3\n", tmp_path)
    second = code_cache.imported("counted_apples", "apples = 4\n", tmp_path)

    assert (first.apples, second.apples) == (3, 3)
    assert [file.name for file in tmp_path.glob("*.py")] == ["counted_apples.py"]


def test_what_one_user_writes_others_can_read(tmp_path: Path):
    code_cache.imported("shared_pears", "pears = 1\n", tmp_path)

    assert (tmp_path / "shared_pears.py").stat().st_mode & 0o777 == 0o644


def test_a_source_is_dated_the_same_wherever_it_is_written(tmp_path: Path):
    places = [tmp_path / name for name in ("here", "there")]
    for place in places:
        place.mkdir()
        code_cache.imported("dated_plums", "plums = 2\n", place)

    dates = {(place / "dated_plums.py").stat().st_mtime_ns for place in places}

    # Whole seconds: a container image keeps no finer ones, and numba would compile anew.
    assert len(dates) == 1
    assert dates.pop() % 1_000_000_000 == 0


def test_what_cannot_be_copied_is_left_to_be_compiled_anew(tmp_path: Path, monkeypatch):
    file = tmp_path / "file"
    file.write_text("no directory")

    def refuse(*_paths: object, **_options: object) -> None:
        raise PermissionError("not for you")

    monkeypatch.setattr(code_cache, "copytree", refuse)

    assert list(code_cache.writable(file / "kernels").iterdir()) == []
