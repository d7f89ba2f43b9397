"""Text that is kept so that the store alone does not tell it: sealed under a secret key, which is not in the store.

AES-256-GCM under a key derived from the secret for one purpose alone (HKDF-SHA256), a random nonce for each text. What
the text belongs to is bound in, so that one cannot be put in another's place. It is written as ``<key id>:<base64 of
nonce and ciphertext>``; older keys still open, and `is_current` tells what should be sealed anew.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from functools import cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.errors import UnreadableText
from service.secret_keys import SecretKey, SecretKeys

NOTES: Final = "notes"
"""The purpose of coordinators' notes."""

_NONCE_BYTES: Final = 12


class TextSeal:
    """Seals and opens texts of one purpose with the keys there are."""

    def __init__(self, keys: SecretKeys, purpose: str) -> None:
        self._current, self._purpose = keys.current, purpose
        self._keys = {key.key_id: key for key in (keys.current, *keys.older)}

    def sealed(self, text: str, *, of: str) -> str:
        """Seal a text that belongs to `of`, under the newest key."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        hidden = self._cipher(self._current).encrypt(nonce, text.encode(), of.encode())
        return f"{self._current.key_id}:{b64encode(nonce + hidden).decode()}"

    def opened(self, sealed: str, *, of: str) -> str:
        """Open what `sealed` gave; UnreadableText when its key is gone, or it is damaged or of something else."""
        key_id, _, rest = sealed.partition(":")
        key = self._keys.get(key_id)
        if key is None:
            raise UnreadableText(
                f"cannot read a text: the secret key {key_id!r} it was sealed under is not in the key file"
            )
        try:
            whole = b64decode(rest, validate=True)
            return self._cipher(key).decrypt(whole[:_NONCE_BYTES], whole[_NONCE_BYTES:], of.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise UnreadableText("cannot read a text: it was changed, or belongs to something else") from error

    def is_current(self, sealed: str) -> bool:
        """Whether a text is sealed under the newest key."""
        return sealed.partition(":")[0] == self._current.key_id

    def _cipher(self, key: SecretKey) -> AESGCM:
        return AESGCM(_derived(key.secret, self._purpose))


@cache
def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), length=32, salt=None, info=f"alongside {purpose}".encode()).derive(secret.encode())
