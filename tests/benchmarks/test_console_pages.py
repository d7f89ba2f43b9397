"""The measurement of the console asks for every page there is."""

from pathlib import Path

from benchmarks.console import Known, pages
from service.app import create_app
from service.settings import Settings


def test_every_page_of_the_console_is_measured(tmp_path: Path) -> None:
    settings = Settings(
        f"sqlite:///{tmp_path}/store.sqlite3",
        is_embedded=True,
        secret_key_file=tmp_path / "secret.key",
        may_make_secret_key=True,
    )
    app = create_app(settings)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    there = {rule.endpoint.removeprefix("console.") for rule in rules if "GET" in (rule.methods or ())}
    app.extensions["alongside"].close()
    known = Known(("m",), ("s",), ("p",), ("a",), "r", "w")

    # Besides these: the way to the first page, files, no page at all, and the way to a provider elsewhere and back.
    others = {"get_home", "static", "get_nothing", "get_elsewhere", "get_back_from_elsewhere"}
    assert {name.split(" ")[0] for name in pages(known)} == there - others
