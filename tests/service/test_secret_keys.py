import threading
from pathlib import Path

import pytest

from service.errors import ConfigurationError
from service.secret_keys import SecretKey, SecretKeys, load_secret_keys
from service.settings import Settings

LONG = "0123456789abcdef" * 2


def settings_for(path, *, may_make):
    return Settings(store="sqlite:////x", is_embedded=True, secret_key_file=path, may_make_secret_key=may_make)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "secret.key"


def test_a_first_start_makes_a_key_that_later_starts_read(path):
    first = load_secret_keys(settings_for(path, may_make=True))
    second = load_secret_keys(settings_for(path, may_make=True))

    assert first == second
    assert (first.current.key_id, len(first.current.secret), first.older) == ("k1", 64, ())
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_of_several_first_starts_all_read_the_same_key(path):
    found = []
    starts = [
        threading.Thread(target=lambda: found.append(load_secret_keys(settings_for(path, may_make=True))))
        for _ in range(8)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()

    assert len(found) == 8
    assert len({keys.current.secret for keys in found}) == 1
    assert list(path.parent.iterdir()) == [path]


def test_a_key_that_another_start_makes_meanwhile_is_kept(path, monkeypatch):
    made_meanwhile = load_secret_keys(settings_for(path, may_make=True))
    monkeypatch.setattr(Path, "exists", lambda self: False)

    assert load_secret_keys(settings_for(path, may_make=True)) == made_meanwhile
    assert list(path.parent.iterdir()) == [path]


def test_a_named_file_is_never_made(path):
    with pytest.raises(ConfigurationError, match="ALONGSIDE_SECRET_KEY_FILE"):
        load_secret_keys(settings_for(path, may_make=False))

    assert not path.exists()


def test_the_first_line_signs_and_the_others_still_verify(path):
    path.parent.mkdir()
    path.write_text(f"2026-11:{LONG}new\n\n 2026-05:{LONG}old \n")

    keys = load_secret_keys(settings_for(path, may_make=True))

    assert keys == SecretKeys(SecretKey("2026-11", f"{LONG}new"), (SecretKey("2026-05", f"{LONG}old"),))


@pytest.mark.parametrize(
    "content",
    ["", "\n", LONG, "k1:short", f"k 1:{LONG}", f"k1:{LONG}\nk1:{LONG}", f"k1:{LONG}\nnonsense", "k1:" + "a b" * 20],
)
def test_a_file_of_another_form_is_refused_without_quoting_it(path, content):
    path.parent.mkdir()
    path.write_text(content)

    with pytest.raises(ConfigurationError, match="one line a key") as caught:
        load_secret_keys(settings_for(path, may_make=True))

    assert LONG not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(path):
    path.parent.mkdir()
    path.write_bytes(b"k1:\xff" * 20)

    with pytest.raises(ConfigurationError, match="cannot read"):
        load_secret_keys(settings_for(path, may_make=True))


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot make the keys"):
        load_secret_keys(settings_for(Path("/proc/alongside/secret.key"), may_make=True))


def test_a_key_never_shows_its_secret():
    assert LONG not in repr(SecretKeys(SecretKey("k1", LONG), (SecretKey("k0", LONG),)))
