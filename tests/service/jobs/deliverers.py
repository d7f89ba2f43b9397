"""A real worker as a process of its own, for tests of deliveries: ``python -m … [short_leases] [before_saving] …``.

With ``short_leases`` what it had in hand is soon somebody else's. With ``before_saving`` it dies like one that is
killed, right after a receiver has answered and before anything is noted. With ``short_standby`` it sees soon that a
restored store is in use. With ``patient`` it waits two minutes for an answer, longer than any test does.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from functools import cache

from service.jobs import claims, held
from service.jobs.tasks import deliver
from service.jobs.worker import work
from service.settings import Settings
from service.usecases.webhooks import delivering, waking
from service.webhooks.sending import Patience, Sender


def main(*arguments: str) -> None:
    """Work until SIGTERM."""
    if "short_leases" in arguments:
        claims.TTL = held.TTL = timedelta(seconds=2)  # type: ignore[misc]
    if "short_standby" in arguments:
        waking.LOOK_AGAIN = deliver.LOOK_AGAIN = timedelta(seconds=0.2)  # type: ignore[misc]
    if "patient" in arguments:
        deliver._sender = cache(lambda reach: Sender(reach, patience=Patience(total_seconds=120)))
    if "before_saving" in arguments:

        def die(*_: object) -> None:
            os.kill(os.getpid(), signal.SIGKILL)

        delivering._save = die
    work(Settings.from_environment())


if __name__ == "__main__":
    main(*sys.argv[1:])
