"""A browser without JavaScript for tests: follows links and sends forms as they stand on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.console.scenario import LOGIN, PASSWORD


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found["action"]))
        if tag == "input" and found.get("type") != "radio":
            self.forms[-1].values[found["name"]] = found.get("value", "")

    def handle_data(self, data: str) -> None:
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

    def send(self, action: str, **values: str) -> str:
        """Send the page's form whose address ends with `action`; give the words of the page that follows."""
        form = next(form for form in forms_of(self.page) if form.action.endswith(action))
        self.page = self.client.post(form.action, data={**form.values, **values}, follow_redirects=True)
        return words_of(self.page)

    def sign_in(self, platform_id: str, *, login: str = LOGIN, password: str = PASSWORD) -> str:
        """Sign in on the sign-in page."""
        self.go("/console/sign-in")
        return self.send("/sign-in", platform=platform_id, login=login, password=password)
