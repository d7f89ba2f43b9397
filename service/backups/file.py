"""The file of a backup: a line that says what it is, then compressed pieces, encrypted under the secret key.

Each piece is one flag (more follow, or the last), four bytes of length, and its bytes: AES-256-GCM with the number of
the piece as nonce and the flag as associated data, under a key derived for this file alone (HKDF-SHA256 of the secret
and a random salt). So a piece that was changed, dropped, swapped or cut off is noticed. A plain file has the pieces as
they are; its content still carries checksums. The secret key is no part of the file: keep it elsewhere.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import InvalidInput, UnknownFormat
from service.secret_keys import SecretKey, SecretKeys

FORMAT: Final = 1
_PIECE_BYTES: Final = 1 << 20
_MOST_PIECE_BYTES: Final = _PIECE_BYTES + 1024
_MORE, _LAST = b"\0", b"\1"


class LineWriter:
    """Writes JSON lines into a backup."""

    def __init__(self, file: IO[bytes], key: SecretKey | None) -> None:
        salt = secrets.token_bytes(32)
        head = {"alongside_backup": FORMAT, "key": key.key_id if key else None, "salt": salt.hex()}
        file.write(json.dumps(head).encode() + b"\n")
        self._file = file
        self._cipher = _cipher(key, salt) if key else None
        self._packer = zlib.compressobj()
        self._packed = bytearray()
        self._number = 0

    def write(self, line: Any) -> None:
        """Write one line."""
        self._packed += self._packer.compress(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        )
        while len(self._packed) > _PIECE_BYTES:
            self._piece(bytes(self._packed[:_PIECE_BYTES]), _MORE)
            del self._packed[:_PIECE_BYTES]

    def end(self) -> None:
        """Write what is left; no line comes after that."""
        self._packed += self._packer.flush()
        while len(self._packed) > _PIECE_BYTES:
            self._piece(bytes(self._packed[:_PIECE_BYTES]), _MORE)
            del self._packed[:_PIECE_BYTES]
        self._piece(bytes(self._packed), _LAST)

    def _piece(self, piece: bytes, flag: bytes) -> None:
        if self._cipher is not None:
            piece = self._cipher.encrypt(self._number.to_bytes(12, "big"), piece, flag)
        self._file.write(flag + len(piece).to_bytes(4, "big") + piece)
        self._number += 1


@contextmanager
def new_backup(path: Path, key: SecretKey | None) -> Iterator[LineWriter]:
    """Write a backup that has its name only once it is complete and on the disk; InvalidInput where that cannot be."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                writer = LineWriter(file, key)
                yield writer
                writer.end()
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, path)
        finally:
            draft.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except FileExistsError as error:
        raise InvalidInput(f"{path} is there already: name another file", code="file_exists") from error
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}", code="unwritable_file") from error


def lines_of(path: Path, keys: SecretKeys) -> Iterator[Any]:
    """Read the lines of a backup; InvalidInput when it is none, is damaged, or its key is not at hand."""
    try:
        with path.open("rb") as file:
            yield from _lines(file, path, keys)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", code="unreadable_file") from error


def _lines(file: IO[bytes], path: Path, keys: SecretKeys) -> Iterator[Any]:
    cipher = _cipher_of(file.readline(1000), path, keys)
    unpacker = zlib.decompressobj()
    text = b""
    try:
        for piece in _pieces(file, cipher):
            *whole, text = (text + unpacker.decompress(piece)).split(b"\n")
            for line in whole:
                yield json.loads(line)
        if text or not unpacker.eof:
            raise ValueError
    except (InvalidTag, ValueError, zlib.error) as error:
        raise InvalidInput(
            f"{path} is damaged: it was cut off or changed since it was made; use another backup", code="damaged_backup"
        ) from error


def _cipher_of(first: bytes, path: Path, keys: SecretKeys) -> AESGCM | None:
    try:
        head = json.loads(first)
        found, key_id, salt = head["alongside_backup"], head["key"], bytes.fromhex(head["salt"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(f"{path} is no backup of Alongside", code="no_backup") from error
    if found > FORMAT:
        raise UnknownFormat("backup", found=found, known=FORMAT)
    if key_id is None:
        return None
    key = next((key for key in (keys.current, *keys.older) if key.key_id == key_id), None)
    if key is None:
        raise InvalidInput(
            f"{path} was encrypted under the secret key {key_id!r}: add its line to the file of secret keys",
            code="missing_key",
        )
    return _cipher(key, salt)


def _pieces(file: IO[bytes], cipher: AESGCM | None) -> Iterator[bytes]:
    number, flag = 0, _MORE
    while flag != _LAST:
        flag, length = file.read(1), int.from_bytes(file.read(4), "big")
        if flag not in (_MORE, _LAST) or not 0 < length <= _MOST_PIECE_BYTES:
            raise ValueError
        piece = file.read(length)
        if len(piece) < length:
            raise ValueError
        yield piece if cipher is None else cipher.decrypt(number.to_bytes(12, "big"), piece, flag)
        number += 1
    if file.read(1):
        raise ValueError


def _cipher(key: SecretKey, salt: bytes) -> AESGCM:
    derived = HKDF(SHA256(), length=32, salt=salt, info=b"alongside backup").derive(key.secret.encode())
    return AESGCM(derived)
