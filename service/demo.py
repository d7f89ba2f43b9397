"""`alongside demo`: a sample community, one run, a readable summary, and everything to look around in.

The community comes from the engine's own generator, with a fixed seed, and goes in through the use cases that the API
calls. Starting again keeps what is there: nothing is imported or matched a second time. Only the key and the password
are new with each start. What is printed of a run is in `summary.py`, how processes live together in `children.py`.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from io import TextIOWrapper
from pathlib import Path

from rich.console import Console
from rich.text import Text

from matching.community import generate
from service.backups.unfinished import open_whole_store
from service.children import Children, port_kept
from service.clock import Clock, SystemClock
from service.demo_week import begin_the_week
from service.errors import NotFound
from service.records.api_key import Scope
from service.records.coordinator import Role
from service.records.member import Member
from service.records.run import Run
from service.sealed_text import NOTES, TextSeal
from service.secret_keys import load_secret_keys
from service.settings import SECRET_KEY_FILE_NAME, LogLevel, Settings
from service.storage.store import Store
from service.summary import FIRST_PROPOSALS, Shown, show_run
from service.usecases.coordinators import add_coordinator, set_password
from service.usecases.keys import create_key, list_keys, rotate_key
from service.usecases.members import put_members
from service.usecases.platforms import create_platform, get_platform
from service.usecases.reading import found
from service.usecases.reviewing import review_queue
from service.usecases.runs import run_now
from service.usecases.wording import all_wordings, set_signposting

PLATFORM_ID = "demo"
PLATFORM_NAME = "Sample community"
SIGNPOSTING = "This is a sample. In an emergency call your local emergency number."
SEED = 20261122
SEEKERS = 600
SUPPORTERS = 350
KEY_NAME = "demo"
LOGIN = "coordinator"
STORE_FILE_NAME = "alongside.sqlite3"
READY_WITHIN_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _Welcome:
    """What somebody needs to look around."""

    address: str
    password: str
    key: str
    run_id: str


def run_demo(
    settings: Settings,
    *,
    once: bool = False,
    port: int | None = None,
    data: Path | None = None,
    clock: Clock | None = None,
) -> int:
    """Show a sample community and its first run; then serve it until somebody stops it. Give the exit code.

    `once` stops after the summary and needs neither port nor secret key. Raises PortTaken and ConfigurationError before
    anyone is imported, and ChildEnded when a process it started ends by itself; either way no process is left.
    """
    settings = _settings_for(settings, port, data)
    clock = clock or SystemClock()
    console = _console()
    with _left_in_order():
        if once:
            with closing(open_whole_store(settings.store)) as store:
                _show(store, clock, console)
            return 0
        with port_kept(settings.host, settings.port):
            # Told before a long import, not by a web server that ends as soon as it is started.
            load_secret_keys(settings)
            with closing(open_whole_store(settings.store)) as store:
                run = _show(store, clock, console)
                welcome = _welcome(store, settings, clock, run)
    _serve(settings, welcome, console)
    return 0


def _console() -> Console:
    if isinstance(sys.stdout, TextIOWrapper):
        # A terminal that knows no dash shows a question mark, and the demo goes on.
        sys.stdout.reconfigure(errors="replace")
    return Console(highlight=False)


@contextmanager
def _left_in_order() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that a run under way is closed and the next start need not wait."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settings_for(settings: Settings, port: int | None, data: Path | None) -> Settings:
    if data is not None:
        folder = data.absolute()
        secret_key_file = folder / SECRET_KEY_FILE_NAME if settings.may_make_secret_key else settings.secret_key_file
        store = f"sqlite:///{folder / STORE_FILE_NAME}"
        settings = replace(settings, store=store, is_embedded=True, secret_key_file=secret_key_file)
    return settings if port is None else replace(settings, port=port)


def _show(store: Store, clock: Clock, console: Console) -> Run:
    """Print the summary of the last run, after a first one where there was none."""
    run = _last_run(store)
    if run is None:
        run = _first_run(store, clock, console)
    waiting = review_queue(store, PLATFORM_ID)
    first = [waiting.match for waiting in waiting[:FIRST_PROPOSALS]]
    member_ids = tuple({member_id for match in first for member_id in (match.seeker_id, match.supporter_id)})
    members = store.get_many(PLATFORM_ID, Member.KIND, member_ids)
    shown = Shown(
        run=run,
        proposals=tuple(each.match for each in waiting),
        members={member_id: Member.from_body(stored) for member_id, stored in members.items()},
        now=clock.now(),
    )
    show_run(shown, console)
    return run


def _last_run(store: Store) -> Run | None:
    """Give the run whose proposals stand; None before the first, or when the first start was cut off."""
    try:
        current = get_platform(store, PLATFORM_ID).current_run
    except NotFound:
        return None
    return None if current is None else found(store, PLATFORM_ID, Run, current)


def _first_run(store: Store, clock: Clock, console: Console) -> Run:
    """Make the platform, bring the sample members in and match them; whatever is there already stays as it is."""
    try:
        get_platform(store, PLATFORM_ID)
    except NotFound:
        create_platform(store, platform_id=PLATFORM_ID, name=PLATFORM_NAME, now=clock.now())
    if not any(wording.signposting for wording in all_wordings(store, PLATFORM_ID).values()):
        set_signposting(store, PLATFORM_ID, language="en", text=SIGNPOSTING, now=clock.now())
    community = generate(seed=SEED, seekers=SEEKERS, supporters=SUPPORTERS, today=clock.now().date())
    imported = put_members(store, PLATFORM_ID, profiles=community.profiles, now=clock.now())
    console.print(f"Sample community: {SEEKERS} people who would like company, {SUPPORTERS} peer supporters.")
    if imported.unchanged:
        console.print(f"{imported.unchanged} of them were here already.")
    console.print("Looking at everyone together …\n")
    return run_now(store, PLATFORM_ID, requested_by="cli", clock=clock)


def _welcome(store: Store, settings: Settings, clock: Clock, run: Run) -> _Welcome:
    """Make a new key and a new password, the ones from before count no longer; and begin the work, once."""
    now = clock.now()
    old = next((key for key in list_keys(store, PLATFORM_ID) if key.name == KEY_NAME), None)
    if old is None:
        _, key = create_key(store, PLATFORM_ID, name=KEY_NAME, scopes=Scope, now=now)
    else:
        _, key = rotate_key(store, PLATFORM_ID, key_id=old.key_id, now=now, overlap=timedelta())
    try:
        coordinator, password = set_password(store, PLATFORM_ID, login=LOGIN, now=now)
    except NotFound:
        coordinator, password = add_coordinator(store, PLATFORM_ID, login=LOGIN, role=Role.LEAD, now=now)
    seal = TextSeal(load_secret_keys(settings), NOTES)
    begin_the_week(store, PLATFORM_ID, coordinator_id=coordinator.coordinator_id, now=now, seal=seal)
    return _Welcome(_address(settings), password, key, run.run_id)


def _address(settings: Settings) -> str:
    host = _reachable(settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _reachable(host: str) -> str:
    """Give a host that this machine's browser can open; one that means every address is none."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)


def _serve(settings: Settings, welcome: _Welcome, console: Console) -> None:
    """Run server and worker until somebody stops them."""
    environment = {
        "ALONGSIDE_STORE": settings.store,
        "ALONGSIDE_HOST": settings.host,
        "ALONGSIDE_PORT": str(settings.port),
        # The summary stays on the screen: lines about ordinary requests would push it away.
        "ALONGSIDE_LOG_LEVEL": str(LogLevel.WARNING if settings.log_level is LogLevel.INFO else settings.log_level),
        "GUNICORN_CMD_ARGS": "--log-level=warning",
    }
    with Children() as children:
        for name, command in (("web server", "serve"), ("worker", "worker")):
            children.start(name, _alongside(command), environment=environment)
        if children.wait_for(lambda: _is_live(settings), seconds=READY_WITHIN_SECONDS):
            _print_welcome(welcome, console)
            children.run_until_told()
    console.print("\nStopped. Your sample community is kept; start again to go on.")


def _alongside(command: str) -> list[str]:
    return [sys.executable, "-c", "from service.cli import main; main()", command]


def _is_live(settings: Settings) -> bool:
    # Straight to the port: a proxy named in the environment knows nothing of this machine's servers.
    connection = HTTPConnection(_reachable(settings.host), settings.port, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _print_welcome(welcome: _Welcome, console: Console) -> None:
    lines = (
        "",
        "Everything is running; Ctrl-C stops it.",
        "",
        f"  Review the proposals   {welcome.address}/console",
        f"    sign in with         {LOGIN}",
        f"    password             {welcome.password}",
        "",
        "  Ask the API",
        f"    curl {welcome.address}/v1/runs/{welcome.run_id} \\",
        f"      -H 'Authorization: Bearer {welcome.key}'",
        "",
        "Key and password are new with each start; the ones from before no longer work.",
    )
    for line in lines:
        # Never wrapped: a command is there to be copied.
        console.print(Text(line), soft_wrap=True)
