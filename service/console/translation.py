"""Words ready for translation: marking them, and finding them in the language of whoever reads.

English is in the code. A language is a catalogue ``translations/<language>/LC_MESSAGES/messages.mo`` beside this file;
`make messages` collects what there is to translate. Templates say ``_("…")``, and ``said(…)`` for what is not written
there, since Jinja takes what it translates for safe. Python calls `_`, and words in tables are marked by `N_` and put
into `Words`, which translates when they are looked up. What a schema or a mapping says of a field is made with `tell`
(`schemas/told.py`), which knows nothing of languages, and said anew by `retold`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from schemas.told import Told

if TYPE_CHECKING:
    from flask import Flask

SOURCE: Final = "en"
"""The language the code is written in."""

ENGLISH: Final = NullTranslations()
"""Gives every text as it stands in the code."""

K = TypeVar("K")

_FOLDER = Path(__file__).parent / "translations"


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """Give the languages there are, the one of the code first; looked for once."""
    found = sorted(path.parent.parent.name for path in _FOLDER.glob("*/LC_MESSAGES/messages.mo"))
    return (SOURCE, *found)


def language() -> str:
    """Give the language of whoever reads this page: the one their browser asks for, as far as there is one."""
    # The command line says the same words, and need not load a web framework to find that nobody asks over HTTP.
    if "flask" not in sys.modules:
        return SOURCE
    from flask import g, has_request_context

    if not has_request_context():
        return SOURCE
    # A page asks some two hundred times.
    if "language" not in g:
        g.language = _asked_for()
    chosen: str = g.language
    return chosen


def _asked_for() -> str:
    from flask import request

    known = languages()
    for wanted in request.accept_languages.values():
        for tag in (wanted, wanted.partition("-")[0]):
            if tag.lower() in known:
                return tag.lower()
    return SOURCE


def _(message: str, /, **values: object) -> str:
    """Translate a text; ``%(name)s`` in it stands for a value."""
    found = _catalogue(language()).gettext(message)
    return found % values if values else found


def retold(sentence: str) -> str:
    """Say a sentence of `schemas/told.py` in the language of whoever reads, numbers with their thousands parted.

    Any other text is given as it is where English is read, and elsewhere not at all: nobody could read it.
    """
    if not isinstance(sentence, Told):
        return sentence if language() == SOURCE else _("This cannot be used as it is.")
    return _(sentence.template, **{name: _value(value) for name, value in sentence.values.items()})


def _value(value: object) -> object:
    if isinstance(value, Told):
        return retold(value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


def ngettext(one: str, many: str, number: int, /, **values: object) -> str:
    """Translate a text that depends on a number; ``%(num)s`` stands for it."""
    found = _catalogue(language()).ngettext(one, many, number)
    return found % {"num": number, **values}


def noun_for(number: int, one: str, many: str) -> str:
    """Translate a noun in the form that the number asks for."""
    return _catalogue(language()).ngettext(one, many, number)


def N_(message: str) -> str:  # noqa: N802 - the name translators' tools look for
    """Mark a text that is translated when it is shown."""
    return message


class Words(Mapping[K, str]):
    """A table of marked texts; each is translated when it is looked up."""

    def __init__(self, words: Mapping[K, str]) -> None:
        self._words = dict(words)

    def __getitem__(self, key: K) -> str:
        return _(self._words[key])

    def __iter__(self) -> Iterator[K]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)


def register_translation(app: Flask) -> None:
    """Let templates translate."""
    app.jinja_env.globals["said"] = _
    app.jinja_env.globals["retold"] = retold
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: _catalogue(language()).gettext(message),
        lambda one, many, number: _catalogue(language()).ngettext(one, many, number),
        newstyle=True,
    )


@lru_cache(maxsize=64)
def _catalogue(wanted: str) -> NullTranslations:
    if wanted == SOURCE:
        return ENGLISH
    return translation("messages", _FOLDER, languages=[wanted], fallback=True)
