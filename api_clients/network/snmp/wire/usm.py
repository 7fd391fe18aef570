"""The User-based Security Model: keys, digests and ciphers (RFC 3414, RFC 3826, RFC 7860).

AES-192 and AES-256 have no RFC: draft-blumenthal-aes-usm-04 extends a short key by hashing it, Cisco (draft-reeder,
here with `-C`) by running the key through the password algorithm again.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from api_clients.network.snmp.values import AuthProtocol, PrivProtocol, UsmUser

_PASSWORD_BYTES = 1_048_576  # RFC 3414, A.2: the password is repeated to one megabyte before it is hashed
_HASHES: dict[AuthProtocol, tuple[str, int]] = {  # hashlib's name, octets of the digest that are sent
    "MD5": ("md5", 12),
    "SHA": ("sha1", 12),
    "SHA-224": ("sha224", 16),
    "SHA-256": ("sha256", 24),
    "SHA-384": ("sha384", 32),
    "SHA-512": ("sha512", 48),
}
_KEY_SIZES: dict[PrivProtocol, int] = {
    "DES": 16,
    "AES-128": 16,
    "AES-192": 24,
    "AES-256": 32,
    "AES-192-C": 24,
    "AES-256-C": 32,
}


class DecryptionError(ValueError):
    """The ciphertext or its salt has an impossible size."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's protocols with the keys localized to one engine."""

    hash_name: str
    digest_size: int
    auth_key: bytes
    priv_protocol: PrivProtocol | None
    priv_key: bytes

    def digest(self, message: bytes) -> bytes:
        return hmac.digest(self.auth_key, message, self.hash_name)[: self.digest_size]

    def encrypt(self, plain: bytes, boots: int, time: int) -> tuple[bytes, bytes]:
        """(ciphertext, msgPrivacyParameters)."""
        salt = os.urandom(8)
        if self.priv_protocol == "DES":
            plain += bytes(-len(plain) % 8)
        encryptor = self._cipher(salt, boots, time).encryptor()
        return encryptor.update(plain) + encryptor.finalize(), salt

    def decrypt(self, secret: bytes, salt: bytes, boots: int, time: int) -> bytes:
        if len(salt) != 8 or (self.priv_protocol == "DES" and len(secret) % 8):
            raise DecryptionError
        decryptor = self._cipher(salt, boots, time).decryptor()
        return decryptor.update(secret) + decryptor.finalize()

    def _cipher(self, salt: bytes, boots: int, time: int) -> Cipher[CBC] | Cipher[CFB]:
        if self.priv_protocol == "DES":
            vector = bytes(left ^ right for left, right in zip(self.priv_key[8:16], salt, strict=True))
            # DES is triple DES with one key thrice; the library no longer offers DES by its own name.
            return Cipher(TripleDES(self.priv_key[:8] * 3), CBC(vector))
        vector = boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
        return Cipher(AES(self.priv_key), CFB(vector))


def check_user(user: UsmUser) -> None:
    """Raises ValueError for a user whose fields contradict each other."""
    if user.priv_protocol and not user.auth_protocol:
        raise ValueError(f"SNMPv3 user {user.name}: privacy needs an authentication protocol")
    if (user.auth_protocol and not user.auth_password) or (user.priv_protocol and not user.priv_password):
        raise ValueError(f"SNMPv3 user {user.name}: a protocol is given without its password")


def localized_keys(user: UsmUser, engine_id: bytes) -> Keys | None:
    """The keys of a checked user; None for one without authentication."""
    if user.auth_protocol is None:
        return None
    hash_name, digest_size = _HASHES[user.auth_protocol]
    auth_key = _key(hash_name, user.auth_password, engine_id)
    if user.priv_protocol is None:
        return Keys(hash_name, digest_size, auth_key, None, b"")
    priv_key = _fit(user.priv_protocol, hash_name, _key(hash_name, user.priv_password, engine_id), engine_id)
    return Keys(hash_name, digest_size, auth_key, user.priv_protocol, priv_key)


def _key(hash_name: str, password: str | None, engine_id: bytes) -> bytes:
    assert password is not None  # check_user
    return localize(hash_name, password_to_key(hash_name, password.encode()), engine_id)


@lru_cache(maxsize=256)
def password_to_key(hash_name: str, password: bytes) -> bytes:
    repeated = password * (_PASSWORD_BYTES // len(password) + 1)
    return hashlib.new(hash_name, repeated[:_PASSWORD_BYTES]).digest()


def localize(hash_name: str, key: bytes, engine_id: bytes) -> bytes:
    return hashlib.new(hash_name, key + engine_id + key).digest()


def _fit(protocol: PrivProtocol, hash_name: str, key: bytes, engine_id: bytes) -> bytes:
    size = _KEY_SIZES[protocol]
    last = key
    while len(key) < size:
        if protocol.endswith("-C"):
            last = localize(hash_name, password_to_key(hash_name, last), engine_id)
            key += last
        else:
            key += hashlib.new(hash_name, key).digest()
    return key[:size]
