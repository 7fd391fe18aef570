"""Encrypt device and service secrets at rest (Fernet: AES-128-CBC with HMAC-SHA-256).

The key is derived from settings.ENCRYPTION_KEY. A comma separates an older key after the new one: the first encrypts,
any decrypts, which is how keys are rotated.
"""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class SecretUnreadable(ValueError):
    """A stored secret was encrypted with another key, or is damaged."""


def encrypt(text: str) -> str:
    return _cipher(settings.ENCRYPTION_KEY).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Raises SecretUnreadable, which names the setting to look at and never the secret."""
    try:
        return _cipher(settings.ENCRYPTION_KEY).decrypt(token.encode()).decode()
    except InvalidToken:
        raise SecretUnreadable(
            "A stored secret cannot be decrypted: NMS_ENCRYPTION_KEY (or NMS_SECRET_KEY) is not the one it was "
            "encrypted with. Put the old key back, or after a comma behind the new one."
        ) from None


@lru_cache(maxsize=4)
def _cipher(keys: str) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key.strip())) for key in keys.split(",") if key.strip()])


def _derive(key: str) -> bytes:
    # The setting is text of any length with enough entropy (validated or generated), so HKDF rather than a slow hash.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"nms secrets at rest").derive(key.encode())
    return base64.urlsafe_b64encode(derived)
