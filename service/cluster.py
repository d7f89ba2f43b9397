"""Parts of large runs done by the workers of a Dask cluster (extra `cluster`, setting ``ALONGSIDE_DASK``).

The cohort is sent to every worker once; then blocks of rows travel as row numbers and come back as pairs or tallies,
and independent parts of a market as a whole. Dask does again what a lost worker had in hand; answers are taken in
order, so a run comes out the same to the last bit. Dask's wires carry pickles: whoever can reach scheduler or workers
can run anything there, hence loopback or mutual TLS only (`settings.py`). Never here: what a part means
(`matching.crew`).
"""

from __future__ import annotations

import pickle
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import structlog

from matching.crew import HERE, Crew
from matching.errors import Cancelled
from service.errors import ConfigurationError
from service.settings import Settings

if TYPE_CHECKING:
    from distributed import Client, Future

    from matching.cohort import Cohort
    from matching.entries import Ints
    from matching.solvers.at_scale import Solution
    from matching.solvers.parts import Part
    from matching.tile_calls import Scored
    from matching.verifying.sweep import Weighing
    from matching.verifying.weighing import Tally

WORTH_SPREADING: Final = 25_000_000
"""Pairs of a seeker and a supporter from which a run is spread; smaller ones are done sooner where they are."""

_BLOCKS_A_THREAD: Final = 8
"""So many blocks for each thread of the cluster: an uneven one, or a lost worker, then costs little."""
_LEAST_BLOCK_PAIRS, _MOST_BLOCK_PAIRS = 1 << 16, 1 << 23
_IN_FLIGHT: Final = 2
"""Blocks under way or waiting to be taken, for each thread of the cluster."""
_CONNECT_SECONDS: Final = 10
_LOOK_SECONDS: Final = 1.0
_RETRIES: Final = 3

_log = structlog.get_logger(__name__)


@contextmanager
def crew_for(cohort: Cohort, settings: Settings, *, worth_spreading: int = WORTH_SPREADING) -> Iterator[Crew]:
    """Give who does parts of a run of this cohort: the cluster, or this process for a small one, or without a cluster.

    A cluster that cannot be reached is no reason not to match: the run is done here, slower, and a line is logged.
    ConfigurationError where Dask is not installed.
    """
    if settings.dask is None or cohort.n * cohort.m < worth_spreading:
        yield HERE
        return
    client = _connected(settings)
    if client is None:
        yield HERE
        return
    try:
        yield crew_of(client, cohort)
    finally:
        client.close()


def threads_there(settings: Settings) -> int:
    """Give how many parts the cluster of the settings does at once; 0 where nobody is reached or no worker is there.

    ConfigurationError where Dask is not installed.
    """
    client = _connected(settings)
    if client is None:
        return 0
    try:
        return int(sum(client.nthreads().values()))
    finally:
        client.close()


def crew_of(client: Client, cohort: Cohort) -> Crew:
    """Send the cohort to every worker, and give who does parts of its run there."""
    packed = _Sent(client, pickle.dumps(_bare(cohort), protocol=5))
    spread = _Spread(client, packed, secrets.token_hex(8))
    threads = spread.threads
    pairs = cohort.n * cohort.m // (_BLOCKS_A_THREAD * threads)
    return Crew(
        score=spread.score,
        weigh=spread.weigh,
        solve=spread.solve,
        block_pairs=min(max(pairs, _LEAST_BLOCK_PAIRS), _MOST_BLOCK_PAIRS),
    )


class _Sent:
    """What every worker was sent; sent again when it is lost.

    Dask takes copies of what lies idle for too many; the last one goes with its worker, and so does all that needs it.
    """

    def __init__(self, client: Client, content: bytes) -> None:
        self._client = client
        self._content = content
        self.there: Future[bytes] = self._send()

    @property
    def name(self) -> str:
        """What it is called on the cluster, for now."""
        return str(self.there.key)

    def send_again(self) -> None:
        """Send it to whoever is there now, unless it is there."""
        if self.there.status != "finished":
            self.there = self._send()

    def _send(self) -> Future[bytes]:
        sent: Future[bytes] = self._client.scatter(self._content, broadcast=True, hash=False)
        return sent


@dataclass(frozen=True, slots=True)
class _Spread:
    """A cohort on a cluster; `token` names it there."""

    client: Client
    packed: _Sent
    token: str

    @property
    def threads(self) -> int:
        """How many parts the cluster does at once."""
        return max(int(sum(self.client.nthreads().values())), 1)

    def score(self, scoring: Any, blocks: Iterable[Ints]) -> Iterator[Scored]:
        """See `matching.crew.Crew`."""
        calls = ((_score, self.token, self.packed, rows, scoring.columns) for rows in blocks)
        return self._done(calls, scoring.look)

    def weigh(self, weighing: Weighing, blocks: Iterable[Ints]) -> Iterator[Tally]:
        """See `matching.crew.Crew`."""
        claims = _Sent(self.client, pickle.dumps(weighing.claims, protocol=5))
        # By its first name, so that a worker unpacks it once.
        name = claims.name
        calls = ((_weigh, self.token, self.packed, name, claims, rows) for rows in blocks)
        return self._done(calls, weighing.look)

    def solve(self, parts: Iterable[Part], should_stop: Callable[[], bool] | None) -> Iterator[Solution]:
        """See `matching.crew.SolveParts`."""

        def look() -> None:
            if should_stop is not None and should_stop():
                raise Cancelled("stopped before every part was matched")

        return self._done(((_solve, pickle.dumps(part, protocol=5)) for part in parts), look)

    def _done(self, calls: Iterable[tuple[Any, ...]], look: Callable[[], None]) -> Iterator[Any]:
        """Have calls done, some at a time; give the answers in order, and look meanwhile whether to go on."""
        waiting: deque[_UnderWay] = deque()
        most = _IN_FLIGHT * self.threads
        try:
            for call in calls:
                look()
                waiting.append(_UnderWay(self.client, call))
                if len(waiting) >= most:
                    yield waiting.popleft().taken(look)
            while waiting:
                yield waiting.popleft().taken(look)
        finally:
            if waiting:
                self.client.cancel([each.answer for each in waiting])


class _UnderWay:
    """A call that a worker does."""

    def __init__(self, client: Client, call: tuple[Any, ...]) -> None:
        self._client = client
        self._call = call
        self.answer = self._submit()

    def taken(self, look: Callable[[], None]) -> Any:
        """Wait for its answer; what was lost with a worker is sent, and the call made, again."""
        from distributed import CancelledError
        from distributed import TimeoutError as NotYet

        lost = 0
        while True:
            look()
            try:
                return pickle.loads(self.answer.result(timeout=_LOOK_SECONDS))
            except NotYet:
                continue
            except CancelledError:
                lost += 1
                if lost > _RETRIES:
                    raise
                self.answer = self._submit()

    def _submit(self) -> Future[bytes]:
        function, *given = self._call
        for each in given:
            if isinstance(each, _Sent):
                each.send_again()
        there = [each.there if isinstance(each, _Sent) else each for each in given]
        return self._client.submit(function, *there, pure=False, retries=_RETRIES)


def _connected(settings: Settings) -> Client | None:
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise ConfigurationError("ALONGSIDE_DASK needs Dask: pip install 'alongside[cluster]'") from error
    security = None
    if str(settings.dask).startswith("tls:"):
        security = Security(
            tls_ca_file=str(settings.dask_ca_file),
            tls_client_cert=str(settings.dask_cert_file),
            tls_client_key=str(settings.dask_key_file),
            require_encryption=True,
        )
    try:
        client = Client(settings.dask, timeout=_CONNECT_SECONDS, security=security, set_as_default=False)
    except OSError:
        _log.warning("no cluster: the run is done in this process")
        return None
    if not client.nthreads():
        _log.warning("the cluster has no workers: the run is done in this process")
        client.close()
        return None
    return client


def _bare(cohort: Cohort) -> Cohort:
    """Leave out who the members are: rules and factors read columns alone."""
    bare = replace(cohort, seekers=(), supporters=(), left_out={}, vocabularies=())
    weights = (
        dict(cohort.policy.weights) if isinstance(cohort.policy.weights, MappingProxyType) else cohort.policy.weights
    )
    return replace(bare, policy=replace(cohort.policy, weights=weights))


# --- What runs on a worker: functions of what is sent to them -------------------------------------------------------

_MOST_KEPT: Final = 4
_kept: OrderedDict[tuple[str, str], Any] = OrderedDict()
_lock = Lock()


def _score(token: str, packed: bytes, rows: Ints, columns: Ints | None) -> bytes:
    """Score a block of rows."""
    from matching.scorer import PairScorer

    scorer = _made("scorer", token, lambda: PairScorer.of(pickle.loads(packed)))
    return _packed(scorer.rows(rows, columns))


def _weigh(token: str, packed: bytes, name: str, claims: bytes, rows: Ints) -> bytes:
    """Weigh a block of rows."""
    from matching.verifying.judges import judge_for

    judge = _made("judge", token, lambda: judge_for(pickle.loads(packed)))
    return _packed(judge.weigh(_writable(rows), _made("claims", name, lambda: pickle.loads(claims))))


def _solve(part: bytes) -> bytes:
    """Solve an independent part of a market."""
    from matching.solvers.parts import solve_part

    return _packed(solve_part(pickle.loads(part)))


def _made(what: str, name: str, make: Callable[[], Any]) -> Any:
    """Make something once, and keep it while it is among the last that were asked for."""
    with _lock:
        if (what, name) not in _kept:
            _kept[what, name] = make()
        _kept.move_to_end((what, name))
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
        return _kept[what, name]


def _packed(answer: object) -> bytes:
    return pickle.dumps(answer, protocol=5)


def _writable(rows: Ints) -> Ints:
    """Give rows as compiled code takes them: what comes over the wire may be read-only."""
    import numpy as np

    return np.require(rows, np.int64, ["C", "W"])
