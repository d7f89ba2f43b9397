"""Having a job done in this process, and leaving it as what became of it."""

from __future__ import annotations

import structlog

from matching.errors import MatchingError
from service.errors import Conflict, PermanentError, TemporaryError
from service.jobs.held import Held
from service.jobs.work import Again, Interrupted

PROCESS_DIED_CODE = "process_died"
FAULT_CODE = "internal_error"

_log = structlog.get_logger(__name__)


def do_here(held: Held) -> None:
    """Do a job in this thread; StoreUnavailable when what became of it cannot be saved: then its lease runs out."""
    if held.is_one_too_many:
        held.give_up(PROCESS_DIED_CODE)
        return
    try:
        answer = held.task.do(held.work)
    except Interrupted:
        held.hand_back()
    except (Conflict, TemporaryError) as error:
        held.fail_or_retry(error.code)
    except (PermanentError, MatchingError) as error:
        held.give_up(error.code)
    except Exception:  # noqa: BLE001 - the outermost of a job: a fault in one must not end the worker
        _log.exception("job failed", task=held.task.name)
        held.fail_or_retry(FAULT_CODE)
    else:
        if isinstance(answer, Again):
            held.put_off(answer.at, task=answer.task)
        else:
            held.finish()
