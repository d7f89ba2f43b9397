"""The ledger of erasures: who was erased, as keyed hashes, in a file that is kept outside the store and its backups.

A backup made before an erasure still holds the person; whoever restores it erases them again by this file. One line
an erasure: the id of the secret key, the platform, the HMAC-SHA256 of platform and member id under that key, and when.
Without the secret key a line names nobody. Lines are only ever added. The file belongs beside the secret key and away
from the backups; files of several machines may simply be joined.
"""

from __future__ import annotations

import hmac
import json
import os
from datetime import datetime
from pathlib import Path

from service.errors import ConfigurationError, FieldProblem, InvalidInput
from service.records.codec import instant_from_json, instant_to_json
from service.secret_keys import SecretKey, SecretKeys


class ErasureLedger:
    """One ledger; the file is made with its first line."""

    def __init__(self, path: Path, keys: SecretKeys) -> None:
        self._path = path
        self._keys = keys

    def note(self, platform_id: str, member_id: str, at: datetime) -> None:
        """Add an erasure, durably; ConfigurationError when the file cannot be written."""
        key = self._keys.current
        line = {
            "key": key.key_id,
            "platform": platform_id,
            "member": _hash(key, platform_id, member_id),
            "erased_at": instant_to_json(at),
        }
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(descriptor, json.dumps(line).encode() + b"\n")
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise ConfigurationError(
                f"cannot write the erasure ledger {self._path}: allow the service's own user to write there"
            ) from error

    def read(self) -> Erased:
        """Read all lines; nobody when there is no file. InvalidInput names a line that is none."""
        if not self._path.exists():
            return Erased({}, self._keys)
        moments: dict[tuple[str, str], datetime] = {}
        with self._path.open(encoding="utf-8") as lines:
            for number, text in enumerate(lines, start=1):
                try:
                    line = json.loads(text)
                    name, at = (line["platform"], line["member"]), instant_from_json(line["erased_at"])
                except (ValueError, KeyError, TypeError) as error:
                    problem = FieldProblem(f"line {number}", "as this program wrote it")
                    raise InvalidInput(
                        f"line {number} of {self._path} is no line of an erasure ledger", problems=(problem,)
                    ) from error
                moments[name] = max(at, moments.get(name, at))
        return Erased(moments, self._keys)


class Erased:
    """Everybody a ledger knows."""

    def __init__(self, moments: dict[tuple[str, str], datetime], keys: SecretKeys) -> None:
        self._moments = moments
        self._keys = (keys.current, *keys.older)
        self._platforms = frozenset(platform_id for platform_id, _ in moments)

    def moment_of(self, platform_id: str, member_id: str) -> datetime | None:
        """Give when somebody was erased last; None for whoever never was, under any of the keys."""
        if platform_id not in self._platforms:
            return None
        names = ((platform_id, _hash(key, platform_id, member_id)) for key in self._keys)
        return max((self._moments[name] for name in names if name in self._moments), default=None)


def _hash(key: SecretKey, platform_id: str, member_id: str) -> str:
    return hmac.digest(key.secret.encode(), f"erased {platform_id} {member_id}".encode(), "sha256").hex()
