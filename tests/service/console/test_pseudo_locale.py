"""Every word a page shows can be translated: in a language whose letters are all wide, none of ours is left narrow.

The catalogue is made of what `make messages` collects. What stays narrow is what a platform sent (topics, labels, ids),
names of places and people's words.
"""

from __future__ import annotations

import re
from gettext import GNUTranslations
from html.parser import HTMLParser
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.aliases import alias_of
from service.console import translation
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import LOGIN, Community
from tests.service.console.seeded import LOGINS, Seeded
from tests.service.console.test_translation import collect

_KEPT = re.compile(r"(%\(\w+\)[sd]|\{\w+\}|%%)")
_WORD = re.compile(r"[A-Za-z]{2,}")
_OF_MACHINES = re.compile(r"\b(?:[0-9a-f]{32,}|(?:run|match|report|erasure)_[0-9a-z]+)\b")
_SPOKEN = ("aria-label", "alt", "title", "placeholder", "data-title")

# Names, and what the seeded platform says of its people in its own words.
_THEIRS = frozenset(
    f"""Alongside UTC UCLA CSV YAML E-mail Harbour Community London Warsaw Europe {LOGIN} lead safeguarding maria
    example org bereavement new parent burnout gardening chess baking Seeker Supporter Mentee Mentor""".split()
)


def _wide(text: str) -> str:
    """Write the letters of a message wide, and leave what is filled in as it is."""
    parts = _KEPT.split(text)
    return "".join(part if place % 2 else part.translate(_WIDE) for place, part in enumerate(parts))


_WIDE = {code: code + 0xFEE0 for code in (*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1))}


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> GNUTranslations:
    """A language in which everything that is collected is written wide."""
    with collect(tmp_path_factory.mktemp("messages")).open("rb") as file:
        catalogue = read_po(file, locale="de")
    compiled = BytesIO()
    write_mo(compiled, _translated(catalogue))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _translated(catalogue: Catalog) -> Catalog:
    for message in catalogue:
        if message.id:
            message.string = tuple(map(_wide, message.id)) if _is_plural(message) else _wide(str(message.id))
            message.flags.discard("fuzzy")
    return catalogue


def _is_plural(message: Message) -> bool:
    return isinstance(message.id, list | tuple)


class _Shown(HTMLParser):
    """What somebody sees or hears of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.texts += [found[name] or "" for name in _SPOKEN if name in found]
        if tag in ("script", "style", "code") or "mark" in (found.get("class") or "").split():
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def _narrow_words(page: str, known: frozenset[str]) -> set[str]:
    shown = _Shown()
    shown.feed(page)
    words = (word for text in shown.texts for word in _WORD.findall(_OF_MACHINES.sub("", text)))
    return {word for word in words if word not in known}


def test_the_reading_of_pages_finds_a_narrow_word() -> None:
    page = f'<p title="Hello">{_wide("Good morning")} <code>id</code> <span>there</span></p>'

    assert _narrow_words(page, frozenset()) == {"Hello", "there"}


@pytest.mark.parametrize("login", LOGINS)
def test_no_word_of_ours_stays_as_it_is_in_another_language(
    visitor: Visitor,
    harbour: Community,
    seeded: Seeded,
    pseudo: GNUTranslations,
    login: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor.sign_in("harbour", login=login)
    monkeypatch.setattr(translation, "languages", lambda: ("en", "de"))
    monkeypatch.setattr(translation, "_catalogue", lambda wanted: pseudo if wanted == "de" else translation.ENGLISH)
    people = [f"{side}-{number}" for side in "sp" for number in range(1, 5)]
    aliases = {word for member_id in people for word in alias_of(member_id).split()}
    ids = {word for path in seeded.paths(login) for word in _WORD.findall(path)}

    left = {}
    for path in seeded.paths(login):
        answer = visitor.client.get(f"/console/{path}", headers={"Accept-Language": "de"})
        words = _narrow_words(answer.text, frozenset(_THEIRS | aliases | ids))
        if words:
            left[path] = sorted(words)
    assert left == {}
