"""Calling out to other processes of this machine: each listener is a datagram socket in a folder beside the database.

Whoever has committed sends the scope's name to every socket there. Nothing is kept: a socket whose process has died is
removed by the next caller, and a call that finds a listener's mailbox full for too long is lost, which the interface
allows. An idle listener costs nothing. Nothing here knows SQLite.
"""

from __future__ import annotations

import os
import secrets
import select
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from service.errors import StoreUnavailable

_FULL_SECONDS = 0.005
"""How long a caller waits for room in a mailbox; some systems keep ten letters, so that a moment is worth waiting."""
_LONGEST_SCOPE = 256
_SOCKET = ".socket"


class Bells:
    """The listeners of one database."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ring(self, scope: str) -> None:
        """Call out a scope to all who listen; never fails, since what was committed stands."""
        with suppress(OSError), _reached(self._folder) as folder:
            addresses = [each for each in folder.iterdir() if each.suffix == _SOCKET]
            if addresses:
                with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as sender:
                    sender.settimeout(_FULL_SECONDS)
                    for address in addresses:
                        _send(sender, address, scope)

    def listen(self) -> BellListener:
        """Begin to listen; StoreUnavailable when the folder cannot be used."""
        name = f"{os.getpid()}-{secrets.token_hex(8)}{_SOCKET}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with _reached(self._folder) as folder:
                listener.bind(str(folder / name))
            listener.setblocking(False)
        except OSError as error:
            listener.close()
            reason = os.strerror(error.errno or 0).lower()
            raise StoreUnavailable(f"cannot listen in the data folder ({reason}): check that it is writable") from error
        return BellListener(listener, self._folder / name)


class BellListener:
    """See `service.storage.store.Listener`."""

    def __init__(self, listener: socket.socket, path: Path) -> None:
        self._listener = listener
        self._path = path

    def wait(self, seconds: float) -> frozenset[str]:
        """See `Listener.wait`."""
        mailbox = select.poll()
        mailbox.register(self._listener, select.POLLIN)
        mailbox.poll(max(seconds, 0) * 1000)
        return frozenset(self._letters())

    def close(self) -> None:
        """See `Listener.close`."""
        self._listener.close()
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _letters(self) -> Iterator[str]:
        while True:
            try:
                letter = self._listener.recv(_LONGEST_SCOPE)
            except BlockingIOError:
                return
            yield letter.decode()


def _send(sender: socket.socket, address: Path, scope: str) -> None:
    try:
        sender.sendto(scope.encode(), str(address))
    except ConnectionRefusedError:
        # Nobody listens there any more: its process was killed.
        address.unlink(missing_ok=True)
    except OSError:
        # Its mailbox is full, or it has just left.
        return


@contextmanager
def _reached(folder: Path) -> Iterator[Path]:
    """Give a short path to the folder: the address of a socket has room for some hundred bytes only."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
