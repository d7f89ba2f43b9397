"""A browser without JavaScript for tests: follows links and sends forms as they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.console.scenario import LOGIN, PASSWORD

Values = dict[str, Any]
"""Field → what is sent: a text, or a list where several fields have one name."""


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str = "post"
    form_id: str = ""
    values: Values = field(default_factory=dict)

    def add(self, name: str, value: str) -> None:
        """Add what a field sends."""
        known = self.values.get(name)
        self.values[name] = value if known is None else [*(known if isinstance(known, list) else [known]), value]


_TICKED = ("radio", "checkbox")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._select = ""
        self._has_chosen = False
        self._is_told = True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self._is_told = False
        if tag == "form":
            self.forms.append(Form(found["action"], found.get("method", "get"), found.get("id", "")))
        if tag == "input":
            self._take(found)
        if tag == "select":
            self._select, self._has_chosen = found["name"], False
        if tag == "option" and self._select and ("selected" in found or not self._has_chosen):
            # A browser sends the first choice while nobody has chosen.
            self.forms[-1].values[self._select] = found.get("value", "")
            self._has_chosen = True

    def _take(self, found: dict[str, str]) -> None:
        kind, name = found.get("type", "text"), found.get("name", "")
        if not name or kind == "file" or (kind in _TICKED and "checked" not in found):
            return
        owner = found.get("form")
        form = next(each for each in self.forms if each.form_id == owner) if owner else self.forms[-1]
        form.add(name, found.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag in ("script", "style"):
            self._is_told = True

    def handle_data(self, data: str) -> None:
        if self._is_told:
            self.words.append(data)


def forms_of(page: TestResponse) -> list[Form]:
    """Read a page's forms."""
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms


def words_of(page: TestResponse) -> str:
    """Read a page's words, with single blanks between them."""
    reader = _Reader()
    reader.feed(page.text)
    return " ".join(" ".join(reader.words).split())


class Visitor:
    """Somebody at a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: TestResponse

    def go(self, path: str) -> str:
        """Open an address, follow where it leads, and give the words of the page."""
        self.page = self.client.get(path, follow_redirects=True)
        return words_of(self.page)

    def send(self, action: str, /, **values: Any) -> str:
        """Send the page's form whose address ends with `action`; give the words of the page that follows."""
        form = next(form for form in forms_of(self.page) if form.action.endswith(action) and form.method == "post")
        self.page = self.client.post(form.action, data={**form.values, **values}, follow_redirects=True)
        return words_of(self.page)

    def sign_in(self, platform_id: str, *, login: str = LOGIN, password: str = PASSWORD) -> str:
        """Sign in on the sign-in page."""
        self.go("/console/sign-in")
        return self.send("/sign-in", platform=platform_id, login=login, password=password)
