"""A real browser on a live server, for tests: pages on which everything that goes wrong fails the test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.service.console.scenario import LOGIN, PASSWORD

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


PATIENCE_MS = 60_000
"""How long anything is waited for: as long as a machine that others use too may take."""

expect.set_options(timeout=PATIENCE_MS)


class Silent(WSGIRequestHandler):
    """Answers and tells nothing of it."""

    def log(self, *_args: object) -> None:
        """Write nothing."""


def _whole(app: WSGIApplication) -> WSGIApplication:
    """Have answers read and closed before they are sent: the server forgets that where a browser gives up a picture."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            if isinstance(body, Closed):
                body.close()

    return answer


@runtime_checkable
class Closed(Protocol):
    """What is closed once it was read."""

    def close(self) -> None:
        """Let go of it."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an app on a port of this machine; give its address."""
    server = make_server("127.0.0.1", 0, _whole(app), threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def opened(
    browser: Browser, address: str, *, may_refuse: bool = False, also: str = "", **context: object
) -> Iterator[Page]:
    """Open a page on which everything that goes wrong fails the test: errors, refusals of the policy, other hosts.

    `may_refuse`: the server's own refusals (409, 422), which the browser writes into its console, are expected.
    `also`: another address at which something is asked for on purpose.
    """
    within: BrowserContext = browser.new_context(base_url=address, **context)  # type: ignore[arg-type]
    wrong: list[str] = []
    page = within.new_page()
    page.set_default_timeout(PATIENCE_MS)

    def note(text: str) -> None:
        if not (may_refuse and "the server responded with a status of 4" in text):
            wrong.append(text)

    page.on("console", lambda message: note(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: None if _is_own(request.url, address, also) else wrong.append(request.url))
    # A picture still on its way when the next page opens is given up by the browser, not refused by us.
    page.on("requestfailed", lambda r: None if r.failure == "net::ERR_ABORTED" else wrong.append(r.url))
    try:
        yield page
        assert wrong == []
    finally:
        within.close()


def _is_own(url: str, address: str, also: str) -> bool:
    return url.startswith((address, f"blob:{address}")) or bool(also and url.startswith(also))


def sign_in(page: Page, *, login: str = LOGIN, heading: str = "Today") -> None:
    """Sign in with the mouse."""
    page.goto("/console/")
    page.get_by_label("Your sign-in name or email").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name=heading)).to_be_visible()


_FOCUSED = """() => {
    const found = document.activeElement;
    const label = found.labels && found.labels.length ? found.labels[0].innerText : found.innerText;
    // In the queue the whole card shows the focus of its link.
    const style = getComputedStyle(found, found.matches('.queue h2 a') ? '::after' : null);
    const box = found.getBoundingClientRect();
    const isSeen = box.bottom > 0 && box.top < innerHeight;
    return {label: (label || '').trim(), outline: style.outlineStyle, isSeen, isPage: found === document.body};
}"""


def tab_to(page: Page, label: str, *, most: int = 80) -> None:
    """Press Tab until what is focused has this label; whatever is passed on the way must show that it is focused."""
    for _ in range(most):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused["isPage"]:
            continue
        if not focused["isSeen"]:
            # What comes in above is made up for in the next frame; what stays out of sight fails here.
            page.wait_for_function(f"({_FOCUSED})().isSeen")
        assert focused["outline"] == "solid", focused
        if focused["label"].split("\n")[0] == label:
            return
    pytest.fail(f"the Tab key never reached {label!r}")
