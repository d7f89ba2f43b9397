"""Keeping small secrets in the store so that whoever has the store alone cannot read them.

A text is encrypted (AES-256-GCM) under a key that is derived from the newest secret key for one purpose, and bound to
what it belongs to: moved to another record it cannot be opened. It names the key's id, so that it is opened while that
key's line stays in the file of secret keys. `secret_keys.py` reads that file.
"""

from __future__ import annotations

import base64
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import ConfigurationError
from service.secret_keys import SecretKey, SecretKeys

_NONCE_BYTES = 12


class SecretBox:
    """Seals and opens texts of one purpose."""

    def __init__(self, keys: SecretKeys, purpose: str) -> None:
        self._keys = keys
        self._purpose = purpose

    def seal(self, text: str, *, owner: str) -> str:
        """Encrypt a text that belongs to `owner`; sealed twice it reads otherwise."""
        key, nonce = self._keys.current, secrets.token_bytes(_NONCE_BYTES)
        sealed = nonce + self._cipher(key).encrypt(nonce, text.encode(), owner.encode())
        return f"{key.key_id}:{base64.b64encode(sealed).decode()}"

    def open(self, sealed: str, *, owner: str) -> str:
        """Give the text back; ConfigurationError when its key is not at hand, or it is not what was sealed for them."""
        key_id, _, text = sealed.partition(":")
        key = next((key for key in (self._keys.current, *self._keys.older) if key.key_id == key_id), None)
        if key is None:
            raise ConfigurationError(
                f"a stored secret was encrypted under the secret key {key_id!r}: add its line to the file of keys"
            )
        raw = base64.b64decode(text)
        try:
            return self._cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], owner.encode()).decode()
        except InvalidTag as error:
            raise ConfigurationError(
                f"a stored secret cannot be opened with the secret key {key_id!r}: its line in the file of secret keys "
                "is not the one it was encrypted under"
            ) from error

    def _cipher(self, key: SecretKey) -> AESGCM:
        return AESGCM(_derived(key.secret, self._purpose))


@cache
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"alongside {purpose}".encode()).derive(secret.encode())
