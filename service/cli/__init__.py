"""The command `alongside`: for people at a terminal, for cron and for operations.

A new command is a function in the module of its subject, listed in `_COMMANDS`. Commands parse, call one use case and
print; they decide nothing. Modules here import only click and light parts of ours at the top: `alongside --help` loads
no engine, no web framework and no store. Exit codes are in `exits.py`, what is printed in `output.py`.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import click

from service.cli import (
    access,
    doctor,
    imports,
    jobs,
    platforms,
    policies,
    processes,
    runs,
    simulation,
    stores,
    webhooks,
    wording,
)
from service.cli.exits import EXPECTED, ExitCode, exit_code_of
from service.cli.output import tell_error

_COMMANDS = (
    processes.demo,
    platforms.platforms,
    policies.policy,
    wording.wording,
    imports.import_,
    runs.rematch,
    runs.verify,
    runs.replay,
    simulation.simulate,
    access.coordinators,
    access.keys,
    webhooks.webhooks,
    processes.serve,
    processes.worker,
    jobs.jobs,
    doctor.doctor,
    stores.backup,
    stores.restore,
    stores.go_live,
    stores.migrate_store,
    processes.openapi,
)


class _InOrder(click.Group):
    """A group that lists its commands in the order in which people meet them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names in the order of `_COMMANDS`."""
        return list(self.commands)


@click.group(
    cls=_InOrder,
    commands=list(_COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="Exit codes: 0 done, 1 some platforms failed, 2 usage, 65 bad input, 69 store unreachable, "
    "70 check refused, 75 another run is at work, 78 configuration.",
)
@click.version_option(package_name="alongside", message="%(prog)s %(version)s")
def alongside() -> None:
    """Pair people who would like company with peer supporters.

    Settings come from the environment (ALONGSIDE_...); without any, everything is kept in ./data.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command line; give its exit code. Errors raised on purpose are one line, others show where they are."""
    try:
        code = alongside.main(args=list(arguments), prog_name="alongside", standalone_mode=False)
    except click.Abort:
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except EXPECTED as error:
        tell_error(error)
        return exit_code_of(error)
    except Exception:  # noqa: BLE001 - the outermost edge: cron must not read a fault of ours as "some platforms failed"
        traceback.print_exc()
        return ExitCode.REFUSED
    return int(code or ExitCode.DONE)
