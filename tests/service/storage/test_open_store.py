import pytest

from service.errors import ConfigurationError
from service.storage import embedded_path, open_store


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////srv/alongside/a.sqlite3", "/srv/alongside/a.sqlite3"),
        ("sqlite:///./data/a.sqlite3", "data/a.sqlite3"),
        ("sqlite:///data/a b.sqlite3", "data/a b.sqlite3"),
        ("sqlite:///~/a.sqlite3", "/home/ada/a.sqlite3"),
    ],
)
def test_a_url_names_a_file(url, path, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/ada")

    assert embedded_path(url) == tmp_path / path


@pytest.mark.parametrize(
    "url",
    [
        "",
        "sqlite:",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite://host/a",
        "sqlite:///a?mode=ro",
        "sqlite:///a/",
    ],
)
def test_a_url_that_names_no_file_is_refused(url):
    with pytest.raises(ConfigurationError, match="ALONGSIDE_STORE"):
        open_store(url)


@pytest.mark.parametrize("url", ["postgres://:secret@localhost", "redis+ring://a", "./data/a.sqlite3"])
def test_an_unknown_scheme_names_the_allowed_ones_and_never_quotes_the_url(url):
    with pytest.raises(ConfigurationError, match="sqlite://") as caught:
        open_store(url)

    assert "secret" not in str(caught.value)


def test_a_relative_path_is_fixed_when_the_store_is_opened(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///data/a.sqlite3")
    monkeypatch.chdir("/")

    store.ping()
    store.close()

    assert (tmp_path / "data" / "a.sqlite3").is_file()
