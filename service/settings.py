"""Settings, from environment variables; every problem is told at once.

A new setting is a line in `Settings.from_environment`, an attribute with its meaning, and a row in docs/operations.md.
None without a reader. Secrets never come from the environment itself, only from files that it names (`secret_keys.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from environs import Env, EnvValidationError, ValidationError, validate

from service.errors import ConfigurationError
from service.storage import embedded_path, is_on_this_machine, with_min_replicas

DEFAULT_STORE = "sqlite:///./data/alongside.sqlite3"
DEFAULT_FOLDER = Path("data")
SECRET_KEY_FILE_NAME = "secret.key"
ERASURE_LEDGER_NAME = "erasures.ledger"


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
    store : URL of the store (``ALONGSIDE_STORE``); a file's path is absolute, so that changing folders changes nothing,
        and ``ALONGSIDE_MIN_REPLICAS`` is part of it. It may hold a password: never shown.
    is_embedded : the store is a file of this machine.
    secret_key_file : where the keys that sign sessions are (``ALONGSIDE_SECRET_KEY_FILE``); beside an embedded store
        or, when a server on this machine keeps the store, in the folder ``data``; it is made on the first start then.
    may_make_secret_key : whether a missing `secret_key_file` is made.
    host, port : where the HTTP server listens (``ALONGSIDE_HOST``, ``ALONGSIDE_PORT``).
    engine_memory_mb : what a run's lists of pairs may take, in MiB (``ALONGSIDE_ENGINE_MEMORY_MB``).
    engine_seconds : how long a run's engine may work, then the best so far is taken; None: until nothing better exists
        (``ALONGSIDE_ENGINE_SECONDS``).
    job_memory_mb : what the process of one run may take of its own, in MiB (``ALONGSIDE_JOB_MEMORY_MB``); None: all.
    worker_runs : how many runs of small platforms, and as many of large ones, a worker does at once
        (``ALONGSIDE_WORKER_RUNS``).
    erasure_ledger_file : where erasures are noted outside the store (``ALONGSIDE_ERASURE_LEDGER``); None: see
        `erasure_ledger`.
    log_level, log_format : see `LogLevel` and `LogFormat` (``ALONGSIDE_LOG_LEVEL``, ``ALONGSIDE_LOG_FORMAT``).
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
    worker_runs: int = 1
    erasure_ledger_file: Path | None = None
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.AUTO

    @property
    def erasure_ledger(self) -> Path:
        """Where erasures are noted: beside the secret key unless another file is named."""
        return self.erasure_ledger_file or self.secret_key_file.with_name(ERASURE_LEDGER_NAME)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the environment; raise ConfigurationError with one sentence for each thing that must change."""
        env = Env(eager=False, prefix="ALONGSIDE_")
        store = env.str("STORE", DEFAULT_STORE, validate=_check_store)
        min_replicas = env.int("MIN_REPLICAS", None, validate=validate.Range(min=0, max=99))
        secret_key_file = env.path("SECRET_KEY_FILE", None)
        host = env.str("HOST", "127.0.0.1", validate=validate.Length(min=1))
        port = env.int("PORT", 8000, validate=validate.Range(min=1, max=65535))
        engine_memory_mb = env.int("ENGINE_MEMORY_MB", 2048, validate=validate.Range(min=16))
        engine_seconds = env.int("ENGINE_SECONDS", None, validate=validate.Range(min=1))
        job_memory_mb = env.int("JOB_MEMORY_MB", None, validate=validate.Range(min=256))
        worker_runs = env.int("WORKER_RUNS", 1, validate=validate.Range(min=1, max=64))
        erasure_ledger_file = env.path("ERASURE_LEDGER", None)
        log_level = env.enum("LOG_LEVEL", LogLevel.INFO, enum=LogLevel, by_value=True)
        log_format = env.enum("LOG_FORMAT", LogFormat.AUTO, enum=LogFormat, by_value=True)
        try:
            env.seal()
        except EnvValidationError as error:
            raise ConfigurationError(*_sentences(error)) from None
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
            worker_runs=worker_runs,
            erasure_ledger_file=erasure_ledger_file.absolute() if erasure_ledger_file else None,
            log_level=log_level,
            log_format=log_format,
        )


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
