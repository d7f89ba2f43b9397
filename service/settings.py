"""Settings, from environment variables; every problem is told at once.

A new setting is a line in `Settings.from_environment`, an attribute with its meaning, and a row in docs/operations.md.
None without a reader. What holds a secret is read by `_secret`, so that a file may say it: whoever may look at a
process sees its environment. Keys come only from files (`secret_keys.py`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from tempfile import gettempdir

from environs import Env, EnvValidationError, ValidationError, validate

from service.errors import ConfigurationError
from service.openid_settings import OpenIdSettings, openid_settings
from service.storage import embedded_path, is_on_this_machine, with_min_replicas
from service.webhooks.reach import PUBLIC_ONLY, Network, Reach

DEFAULT_STORE = "sqlite:///./data/alongside.sqlite3"
DEFAULT_FOLDER = Path("data")
SECRET_KEY_FILE_NAME = "secret.key"
ERASURE_LEDGER_NAME = "erasures.ledger"
DEFAULT_METRICS_FOLDER = (Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(gettempdir())) / "alongside-metrics"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_PREFIX = "ALONGSIDE_"


class LogFormat(StrEnum):
    """How log lines look; `auto`: for people on a terminal, JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """The least grave lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service is set up.

    Attributes
    ----------
    store : URL of the store (``ALONGSIDE_STORE``, or what the file ``ALONGSIDE_STORE_FILE`` says); a file's path is
        absolute, so that changing folders changes nothing, and ``ALONGSIDE_MIN_REPLICAS`` is part of it. It may hold a
        password: never shown.
    is_embedded : the store is a file of this machine.
    secret_key_file : where the keys that sign sessions are (``ALONGSIDE_SECRET_KEY_FILE``); beside an embedded store
        or, when a server on this machine keeps the store, in the folder ``data``; it is made on the first start then.
    may_make_secret_key : whether a missing `secret_key_file` is made.
    host, port : where the HTTP server listens (``ALONGSIDE_HOST``, ``ALONGSIDE_PORT``).
    engine_memory_mb : what a run's lists of pairs may take, in MiB (``ALONGSIDE_ENGINE_MEMORY_MB``).
    engine_seconds : how long a run's engine may work, then the best so far is taken; None: until nothing better exists
        (``ALONGSIDE_ENGINE_SECONDS``).
    job_memory_mb : what the process of one run may take of its own, in MiB (``ALONGSIDE_JOB_MEMORY_MB``); None: all.
    insight_memory_mb : what runs that are asked about may take in each web process, in MiB
        (``ALONGSIDE_INSIGHT_MEMORY_MB``).
    cohort_memory_mb : what peer supporters that are kept ready for comparing may take in each web process, in MiB
        (``ALONGSIDE_COHORT_MEMORY_MB``).
    worker_runs : how many runs of small platforms, and as many of large ones, a worker does at once
        (``ALONGSIDE_WORKER_RUNS``).
    requests_per_second : calls that one API key may make in the long run, and ten times as many at once after a rest
        (``ALONGSIDE_REQUESTS_PER_SECOND``); None: any number.
    erasure_ledger_file : where erasures are noted outside the store (``ALONGSIDE_ERASURE_LEDGER``); None: see
        `erasure_ledger`.
    dask : where a Dask scheduler is (``ALONGSIDE_DASK``), whose workers then do parts of large runs; None: threads of
        the run's own process do. Not on loopback it is ``tls://``, with the files below.
    dask_ca_file, dask_cert_file, dask_key_file : whom to trust there, and who we are (``ALONGSIDE_DASK_CA_FILE``,
        ``ALONGSIDE_DASK_CERT_FILE``, ``ALONGSIDE_DASK_KEY_FILE``).
    openid : where coordinators may sign in besides (``ALONGSIDE_OIDC_…``, `openid_settings.py`); None: nowhere.
    metrics_port, metrics_host : where Prometheus may ask (``ALONGSIDE_METRICS_PORT``, ``ALONGSIDE_METRICS_HOST``);
        without a port nothing is counted.
    metrics_folder : where the processes of this machine count (``ALONGSIDE_METRICS_FOLDER``).
    webhook_reach : which addresses webhooks may call (``ALONGSIDE_WEBHOOK_HTTP``, ``ALONGSIDE_WEBHOOK_NETWORKS``).
    log_level, log_format : see `LogLevel` and `LogFormat` (``ALONGSIDE_LOG_LEVEL``, ``ALONGSIDE_LOG_FORMAT``).
    unknown : variables that look like settings and are none, sorted: most often a slip of the pen.
    """

    store: str = field(repr=False)
    is_embedded: bool
    secret_key_file: Path
    may_make_secret_key: bool
    host: str = "127.0.0.1"
    port: int = 8000
    engine_memory_mb: int = 2048
    engine_seconds: int | None = None
    job_memory_mb: int | None = None
    insight_memory_mb: int = 512
    cohort_memory_mb: int = 256
    worker_runs: int = 1
    requests_per_second: int | None = 100
    erasure_ledger_file: Path | None = None
    webhook_reach: Reach = PUBLIC_ONLY
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO
    dask: str | None = None
    dask_ca_file: Path | None = None
    dask_cert_file: Path | None = None
    dask_key_file: Path | None = None
    openid: OpenIdSettings | None = None
    metrics_port: int | None = None
    metrics_host: str = "127.0.0.1"
    metrics_folder: Path = DEFAULT_METRICS_FOLDER
    unknown: tuple[str, ...] = ()

    @property
    def engine(self) -> str:
        """What keeps the store, in a word: ``sqlite`` or ``redis``."""
        return "sqlite" if self.is_embedded else "redis"

    @property
    def erasure_ledger(self) -> Path:
        """Where erasures are noted: beside the secret key unless another file is named."""
        return self.erasure_ledger_file or self.secret_key_file.with_name(ERASURE_LEDGER_NAME)

    @classmethod
    def from_environment(cls) -> Settings:  # noqa: PLR0915 - a line a setting
        """Read the environment; raise ConfigurationError with one sentence for each thing that must change."""
        env, problems = Env(eager=False, prefix=_PREFIX), list[str]()
        store = _secret(env, "STORE", DEFAULT_STORE, check=_check_store, problems=problems)
        min_replicas = env.int("MIN_REPLICAS", None, validate=validate.Range(min=0, max=99))
        secret_key_file = env.path("SECRET_KEY_FILE", None)
        host = env.str("HOST", "127.0.0.1", validate=validate.Length(min=1))
        port = env.int("PORT", 8000, validate=validate.Range(min=1, max=65535))
        engine_memory_mb = env.int("ENGINE_MEMORY_MB", 2048, validate=validate.Range(min=16))
        engine_seconds = env.int("ENGINE_SECONDS", None, validate=validate.Range(min=1))
        job_memory_mb = env.int("JOB_MEMORY_MB", None, validate=validate.Range(min=256))
        insight_memory_mb = env.int("INSIGHT_MEMORY_MB", 512, validate=validate.Range(min=16))
        cohort_memory_mb = env.int("COHORT_MEMORY_MB", 256, validate=validate.Range(min=16))
        worker_runs = env.int("WORKER_RUNS", 1, validate=validate.Range(min=1, max=64))
        requests_per_second = env.int("REQUESTS_PER_SECOND", 100, validate=validate.Range(min=0, max=100_000))
        erasure_ledger_file = env.path("ERASURE_LEDGER", None)
        webhook_http = env.bool("WEBHOOK_HTTP", False)
        webhook_networks = env.str("WEBHOOK_NETWORKS", "", validate=_check_networks)
        log_level = env.enum("LOG_LEVEL", LogLevel.INFO, enum=LogLevel, by_value=True)
        log_format = env.enum("LOG_FORMAT", LogFormat.AUTO, enum=LogFormat, by_value=True)
        dask = env.str("DASK", None, validate=_check_dask)
        dask_files = {name: env.path(f"DASK_{name.upper()}_FILE", None) for name in ("ca", "cert", "key")}
        metrics_port = env.int("METRICS_PORT", None, validate=validate.Range(min=1, max=65535))
        metrics_host = env.str("METRICS_HOST", "127.0.0.1", validate=validate.Length(min=1))
        metrics_folder = env.path("METRICS_FOLDER", None)
        openid = openid_settings(env, problems)
        known = set(env.dump())
        try:
            env.seal()
        except EnvValidationError as error:
            problems += _sentences(error)
        problems += _problems_of_dask(dask, dask_files)
        if problems:
            raise ConfigurationError(*problems)
        path = embedded_path(store)
        if secret_key_file is None and not is_on_this_machine(store):
            raise ConfigurationError(
                "ALONGSIDE_SECRET_KEY_FILE must name a file, the same everywhere: the store is not on this machine"
            )
        beside = path.with_name(SECRET_KEY_FILE_NAME) if path is not None else DEFAULT_FOLDER / SECRET_KEY_FILE_NAME
        store = with_min_replicas(store, min_replicas)
        return cls(
            store=store if path is None else f"sqlite:///{path}",
            is_embedded=path is not None,
            secret_key_file=(secret_key_file or beside).absolute(),
            may_make_secret_key=secret_key_file is None,
            host=host,
            port=port,
            engine_memory_mb=engine_memory_mb,
            engine_seconds=engine_seconds,
            job_memory_mb=job_memory_mb,
            insight_memory_mb=insight_memory_mb,
            cohort_memory_mb=cohort_memory_mb,
            worker_runs=worker_runs,
            requests_per_second=requests_per_second or None,
            erasure_ledger_file=erasure_ledger_file.absolute() if erasure_ledger_file else None,
            webhook_reach=Reach(webhook_http, _networks(webhook_networks)),
            log_level=log_level,
            log_format=log_format,
            dask=dask,
            **{f"dask_{name}_file": path.absolute() if path else None for name, path in dask_files.items()},
            openid=openid,
            metrics_port=metrics_port,
            metrics_host=metrics_host,
            metrics_folder=metrics_folder or _metrics_folder(metrics_port),
            unknown=tuple(sorted(name for name in os.environ if name.startswith(_PREFIX) and name not in known)),
        )


def _secret(env: Env, name: str, default: str, *, check: Callable[[str], None], problems: list[str]) -> str:
    """Read what the variable says, or the first line of the file that the variable with ``_FILE`` names."""
    said, file = env.str(name, None), env.path(f"{name}_FILE", None)
    if file is None:
        source, value = f"{_PREFIX}{name}", said if said is not None else default
    elif said is not None:
        problems.append(f"{_PREFIX}{name} and {_PREFIX}{name}_FILE are both set: keep one of them")
        return default
    else:
        source = f"{_PREFIX}{name}_FILE"
        try:
            value = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            problems.append(f"{source} must name a file that this user can read")
            return default
    try:
        check(value)
    except ValidationError as error:
        message = str(error.messages[0])
        problems.append(message if source == f"{_PREFIX}{name}" else f"{source}: {message}")
        return default
    return value


def _check_dask(address: str) -> None:
    if not re.fullmatch(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", address):
        raise ValidationError("must be of the form tls://host:8786, or tcp://127.0.0.1:8786 on this machine")
    if address.startswith("tcp:") and address.removeprefix("tcp://").rpartition(":")[0] not in _LOOPBACK:
        # What runs there is whatever somebody sends there.
        raise ValidationError("must be tls:// unless the scheduler is on this machine (127.0.0.1)")


def _problems_of_dask(address: str | None, files: Mapping[str, Path | None]) -> list[str]:
    if address is None or not address.startswith("tls:"):
        return []
    missing = [
        f"{_PREFIX}DASK_{name.upper()}_FILE" for name, path in files.items() if path is None or not path.is_file()
    ]
    return [f"{name} must name a file that this user can read: {_PREFIX}DASK is tls://" for name in missing]


def _metrics_folder(port: int | None) -> Path:
    """Give a folder in memory that is this installation's own: nobody else on this machine has its port."""
    return DEFAULT_METRICS_FOLDER if port is None else DEFAULT_METRICS_FOLDER.with_name(f"alongside-metrics-{port}")


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def _check_networks(text: str) -> None:
    try:
        _networks(text)
    except ValueError as error:
        raise ValidationError("must be networks such as 10.1.0.0/16 or fd00:1::/64, parted by commas") from error


def _check_store(url: str) -> None:
    try:
        embedded_path(url)
    except ConfigurationError as error:
        raise ValidationError(error.problems[0]) from error


def _sentences(error: EnvValidationError) -> list[str]:
    """Name variable and rule of each problem, not the value: an address may hold a password."""
    problems = error.error_messages if isinstance(error.error_messages, Mapping) else {}
    return [
        message if message.startswith(name) else f"{name}: {message}"
        for name, messages in problems.items()
        for message in messages
    ]
