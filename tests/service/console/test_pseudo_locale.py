"""Every word a page shows can be translated: in a language whose letters are all wide, none of ours is left narrow.

The catalogue is made of what `make messages` collects. What stays narrow is what a platform sent (topics, labels, ids),
names of places and people's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from gettext import GNUTranslations
from html.parser import HTMLParser
from io import BytesIO

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.aliases import alias_of
from service.console import translation
from service.records.coordinator import Role
from tests.service.console.browsing import Visitor
from tests.service.console.scenario import LOGIN, Community
from tests.service.console.seeded import LOGINS, Seeded
from tests.service.console.test_imports import ANSWERS, SHEET
from tests.service.console.test_translation import collect

Say = Callable[[Visitor, Seeded], None]
"""Tries something that is refused; the visitor is at the answer then."""

_KEPT = re.compile(r"(%\(\w+\)[sdr]|\{\w+\}|%%)")
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


def _at_sign_in(visitor: Visitor, _seeded: Seeded) -> None:
    visitor.go("/console/sign-in")
    visitor.send("/sign-in", platform="harbour", login="nobody", password="wrong")


def _policy(**values: str) -> Say:
    def say(visitor: Visitor, _seeded: Seeded) -> None:
        visitor.go("/console/policy")
        visitor.send("/policy", **values)

    return say


def _file(content: bytes | str = SHEET, /, mapping: str = "", **answers: str) -> Say:
    def say(visitor: Visitor, _seeded: Seeded) -> None:
        visitor.go("/console/import")
        body = content.encode() if isinstance(content, str) else content
        files = {"mapping": (BytesIO(mapping.encode()), "mapping.yaml")} if mapping else {}
        visitor.send("/import", file=(BytesIO(body), "people.csv"), step="preview", **{**ANSWERS, **answers}, **files)

    return say


def _member(form: str, **values: str) -> Say:
    def say(visitor: Visitor, _seeded: Seeded) -> None:
        visitor.go("/console/people/s-1")
        visitor.send(form, **values)

    return say


def _access(form: str, **values: object) -> Say:
    def say(visitor: Visitor, _seeded: Seeded) -> None:
        visitor.go("/console/access")
        visitor.send(form, **values)

    return say


def _running(form: str, **values: str) -> Say:
    def say(visitor: Visitor, seeded: Seeded) -> None:
        visitor.go(f"/console/proposals/{seeded.running}")
        visitor.send(form, **values)

    return say


def _not_this_pair(visitor: Visitor, seeded: Seeded) -> None:
    visitor.go(f"/console/proposals/{seeded.proposed}")
    visitor.send("/not-this-pair")


def _shown_at(path: str) -> Say:
    def say(visitor: Visitor, seeded: Seeded) -> None:
        visitor.go(path.format(proposed=seeded.proposed))

    return say


_BAD_LINES = (
    SHEET
    + "m-4,,Find company,400,English,x,Saturday,Phone,,Yes\n"
    + ",,Find company,30,English,x,Saturday,Phone,,Yes\n"
    + "m-1,,Find company,30,,x,Saturday,Phone,,Yes\n"
    + "m-6,,Offer company,30,English,x,Saturday,Phone,many,perhaps\n"
    + "m-7,too,few\n"
)
_KEYS = "column fields rows constant format table as labels grade id Column"
_LEAD = Role.LEAD.value
_REFUSED: tuple[tuple[str, str, Say, str], ...] = (
    ("wrong password", "", _at_sign_in, "nobody"),
    ("policy: numbers", _LEAD, _policy(**{"weights.topics": "many", "minimum_score": "9999999999"}), "many"),
    ("policy: days", _LEAD, _policy(**{"timings.check_in_days": "60, 14", "timings.proposal_days": "0"}), ""),
    ("policy: cron", _LEAD, _policy(**{"schedule.when": "cron", "schedule.cron": "whenever"}), "whenever"),
    ("policy: time", _LEAD, _policy(**{"schedule.when": "MON", "schedule.at": "noon"}), "noon"),
    ("policy: zone", _LEAD, _policy(**{"schedule.when": "MON", "schedule.timezone": "Europe/Londn"}), "Londn"),
    ("policy: aim", _LEAD, _policy(objective="fun"), "coverage score stable objective"),
    ("file: lines", _LEAD, _file(_BAD_LINES), "true living"),
    ("file: empty", _LEAD, _file(""), ""),
    ("file: no such column", _LEAD, _file(column_age="Years"), "Years"),
    ("file: a column twice", _LEAD, _file(SHEET.replace("Name", "Age", 1)), "age"),
    ("file: no column of ids", _LEAD, _file(column_id=""), ""),
    ("file: no column of languages", _LEAD, _file(column_languages=""), ""),
    ("file: nobody's side", _LEAD, _file(role=""), ""),
    ("file: zone", _LEAD, _file(timezone="Mars/Base"), "Mars Base"),
    ("file: other encoding", _LEAD, _file(SHEET.encode("utf-16")), ""),
    ("file: a workbook", _LEAD, _file(b"PK\x03\x04rest"), ""),
    ("file: not UTF-8", _LEAD, _file(SHEET.encode() + b"\xff\xfe"), ""),
    ("mapping: not YAML", _LEAD, _file(mapping="rows: [seekers"), "expected but got the stream end or"),
    ("mapping: a key twice", _LEAD, _file(mapping="rows: a\nrows: b"), _KEYS),
    ("mapping: unknown key", _LEAD, _file(mapping="rows: seekers\nfields: {}\nmore: 1"),
     f"{_KEYS} more recognise by separator"),
    ("mapping: nothing", _LEAD, _file(mapping="rows: seekers"), _KEYS),
    ("mapping: unknown field", _LEAD, _file(mapping="rows: seekers\nfields: {zodiac: {column: x}}"), f"{_KEYS} zodiac"),
    ("mapping: a value no profile has", _LEAD,
     _file(mapping="rows: seekers\nid: {column: Code}\nfields: {timezone: {constant: 7}, gender: {column: Name}}"),
     f"{_KEYS} timezone languages"),
    ("apart from nobody", LOGIN, _member("/apart", other="p-77"), ""),
    ("apart from themselves", LOGIN, _member("/apart", other="s-1"), ""),
    ("looking", LOGIN, _member("/looking"), ""),
    ("weeks", LOGIN, _member("/earlier", weeks="53", reason="other"), ""),
    ("own pair with nobody", LOGIN, _member("/propose", supporter="p-77"), ""),
    ("own pair with themselves", LOGIN, _member("/propose", supporter="s-1"), ""),
    ("hold", LOGIN, _member("/hold"), ""),
    ("concern", LOGIN, _member("/concern", category="other", severity="low", case_number="two words"), "two words"),
    ("another pair with nobody", LOGIN, _shown_at("/console/proposals/{proposed}/another?supporter=zz"), "zz"),
    ("the same pair", LOGIN, _shown_at("/console/proposals/{proposed}/another?supporter=p-2"), ""),
    ("not this pair", LOGIN, _not_this_pair, ""),
    ("how it goes", LOGIN, _running("/check-in"), ""),
    ("an ending", LOGIN, _running("/step", action="end"), ""),
    ("note", LOGIN, _running("/notes", note=""), ""),
    ("somebody new", _LEAD, _access("/access/people", login="", role="lead"), ""),
    ("somebody known", _LEAD, _access("/access/people", login=LOGIN, role="lead"), ""),
    ("somebody of safeguarding", _LEAD, _access("/access/people", login="new", role="safeguarding"), "new"),
    ("a key for nothing", _LEAD, _access("/access/keys", name="", scope=["runs"]), ""),
    ("a key that may nothing", _LEAD, _access("/access/keys", name="ours"), "ours"),
)  # fmt: skip
"""What, who, how it is tried, and what of theirs or of a mapping's keys the answer repeats."""


@pytest.mark.parametrize("login", ["", LOGIN, _LEAD])
def test_what_is_wrong_with_a_form_is_said_in_another_language_too(
    visitor: Visitor, seeded: Seeded, pseudo: GNUTranslations, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translation, "languages", lambda: ("en", "de"))
    monkeypatch.setattr(translation, "_catalogue", lambda wanted: pseudo if wanted == "de" else translation.ENGLISH)
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    if login:
        visitor.sign_in("harbour", login=login)
    # Of a file with bad lines the others are shown; all else is refused.
    aliases = {word for side in "spm" for number in range(1, 8) for word in alias_of(f"{side}-{number}").split()}
    sheet = _WORD.findall(SHEET + " ".join(ANSWERS.values()))
    ids = _WORD.findall(f"{seeded.running} {seeded.proposed}")

    left = {}
    for name, who, say, theirs in _REFUSED:
        if who == login:
            say(visitor, seeded)
            known = frozenset({*_THEIRS, *aliases, *sheet, *ids, *_WORD.findall(theirs)})
            words = _narrow_words(visitor.page.text, known)
            if words or (visitor.page.status_code < 400 and name != "file: lines"):
                left[name] = (visitor.page.status_code, sorted(words))
    assert left == {}
