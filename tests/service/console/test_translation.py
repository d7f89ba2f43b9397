"""Words are ready for translation: none stands in a template by itself, all are collected, and a catalogue is used."""

from __future__ import annotations

import re
import subprocess
import sys
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from service.console import translation
from tests.service.console.browsing import Visitor

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "service/console/templates/console").glob("*.html"))

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>", re.DOTALL)
_SPOKEN = re.compile(r'(?:aria-label|alt|title|placeholder)="([^"]*)"')
_NAMES = {"Alongside", "html", "UTC"}
"""What is the same in every language."""


def _words_of(template: str) -> list[str]:
    bare = _JINJA.sub("", template)
    said = [*_SPOKEN.findall(bare), _TAG.sub(" ", bare)]
    return [word for text in said for word in re.findall(r"[^\W\d_]{2,}", text) if word not in _NAMES]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_word_stands_in_a_template_by_itself(template: Path) -> None:
    assert _words_of(template.read_text()) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_only_what_is_written_in_a_template_is_taken_for_safe(template: Path) -> None:
    # Jinja marks what `_` and `ngettext` are given as safe, so a text from elsewhere would become part of the page.
    assert re.findall(r"(?<!\w)(?:_|ngettext)\((?!\").{0,40}", template.read_text()) == []


def test_the_check_of_templates_finds_words() -> None:
    assert _words_of('<p aria-label="Some words">Hello {{ _("you") }}</p>') == ["Some", "words", "Hello"]


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collect(tmp_path_factory.mktemp("messages"))


def collect(folder: Path) -> Path:
    """Collect the console's words as `make messages` does."""
    place = folder / "messages.pot"
    command = next(line for line in (ROOT / "Makefile").read_text().split("\n") if "pybabel extract" in line)
    arguments = command.split("pybabel ")[1].replace("build/messages.pot", str(place)).split()
    subprocess.run([Path(sys.executable).parent / "pybabel", *arguments], cwd=ROOT, check=True, capture_output=True)
    return place


def test_words_of_templates_of_tables_and_with_numbers_are_collected(collected: Path) -> None:
    with collected.open("rb") as file:
        catalogue = read_po(file)

    messages = {message.id for message in catalogue if message.id}
    assert {"Not this pair…", "Paused for care", "They share a language", "Waiting %(time)s"} <= messages
    assert ("day", "days") in messages
    assert ("%(num)s pair to review", "%(num)s pairs to review") in messages
    assert len(messages) > 400


def test_a_catalogue_is_used_for_whoever_asks_for_its_language(
    collected: Path, maria: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collected.open("rb") as file:
        catalogue = read_po(file, locale="de")
    for message in catalogue:
        if message.id == "Nothing to review right now":
            message.string = "Gerade nichts anzusehen"
            message.flags.discard("fuzzy")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    german = GNUTranslations(compiled)
    monkeypatch.setattr(translation, "languages", lambda: ("en", "de"))
    monkeypatch.setattr(translation, "_catalogue", lambda wanted: german if wanted == "de" else translation.ENGLISH)

    answer = maria.client.get("/console/today", headers={"Accept-Language": "de-AT, en;q=0.5"})

    assert "Gerade nichts anzusehen" in answer.text
    assert '<html lang="de">' in answer.text
    assert "Nothing to review right now" in maria.client.get("/console/today").text
