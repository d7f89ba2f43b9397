"""``python -m tests.reliability``: the failure tests at full length; figures for docs/reliability.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.reliability.competing import compete
from tests.reliability.killing import kill_at_random
from tests.reliability.stores import STORES


def main() -> int:
    """Run what the arguments name; 1 when something broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--store", choices=sorted(STORES), default="sqlite")
    parser.add_argument("--times", type=int, default=300, help="kills")
    parser.add_argument("--clients", type=int, default=50, help="coordinators who compete")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reliability-") as folder:
        return COMMANDS[arguments.command](arguments, Path(folder))


def _kill(arguments: argparse.Namespace, folder: Path) -> int:
    began = time.monotonic()
    killed = kill_at_random(
        folder, arguments.store, kills=arguments.times, seed=arguments.seed, tell=lambda line: _say(f"\r{line}", end="")
    )
    _say(f"\n{arguments.store}: {killed.kills.total()} kills in {time.monotonic() - began:.0f} s")
    for victim, times in sorted(killed.kills.items()):
        _say(f"  {victim:16} {times}")
    _say(f"{killed.acknowledged} acknowledged writes, {killed.published} runs published")
    for code, times in sorted(killed.failed_runs.items()):
        _say(f"  runs given up as {code}: {times}")
    for answer, times in sorted(killed.answers.items()):
        _say(f"  {answer:32} {times}")
    for sentence in killed.broken:
        _say(f"BROKEN: {sentence}")
    _say("broken: nothing" if not killed.broken else f"broken: {len(killed.broken)}")
    return 1 if killed.broken else 0


def _compete(arguments: argparse.Namespace, folder: Path) -> int:
    contest = compete(folder, arguments.store, clients=arguments.clients)
    _say(f"{arguments.store}: {contest.clients} clients, {contest.won} approvals stand, in {contest.seconds:.1f} s")
    for code, times in sorted(contest.lost.items()):
        _say(f"  told {code:24} {times}")
    for code, times in sorted(contest.other.items()):
        _say(f"  ANSWERED OTHERWISE {code:11} {times}")
    _say(f"{contest.tries_a_second:.0f} answered tries a second")
    for sentence in contest.broken:
        _say(f"BROKEN: {sentence}")
    return 1 if contest.broken or contest.other else 0


COMMANDS = {"kill": _kill, "compete": _compete}


def _say(line: str, end: str = "\n") -> None:
    sys.stdout.write(line + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
