"""An SNMPv3 engine: engine discovery, users, time window, reports (RFC 3412, RFC 3414).

It opens a message down to its PDU and wraps the answer again; what the PDU asks is none of its business. A message
that fails a check is answered with a Report naming the usmStats counter, as a real engine does.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from api_clients.network.snmp.simulator import pdu
from api_clients.network.snmp.values import UsmUser
from api_clients.network.snmp.wire import ber, usm

_AUTH, _PRIV, _REPORTABLE = 1, 2, 4
_USM = 3
_TIME_WINDOW_SECONDS = 150
_OVERHEAD_BYTES = 60  # tags, lengths and integers of the headers around user, engine ID, digest and varbinds

UNSUPPORTED_SECURITY_LEVELS = ber.parse_oid("1.3.6.1.6.3.15.1.1.1.0")
NOT_IN_TIME_WINDOWS = ber.parse_oid("1.3.6.1.6.3.15.1.1.2.0")
UNKNOWN_USER_NAMES = ber.parse_oid("1.3.6.1.6.3.15.1.1.3.0")
UNKNOWN_ENGINE_IDS = ber.parse_oid("1.3.6.1.6.3.15.1.1.4.0")
WRONG_DIGESTS = ber.parse_oid("1.3.6.1.6.3.15.1.1.5.0")
DECRYPTION_ERRORS = ber.parse_oid("1.3.6.1.6.3.15.1.1.6.0")
UNKNOWN_CONTEXTS = ber.parse_oid("1.3.6.1.6.3.12.1.5.0")

# Gets the request, whether the user may write, and the room for varbinds; returns the Response-PDU.
Responder = Callable[[pdu.Request, bool, int], bytes]


@dataclass(frozen=True, slots=True)
class _Message:
    """A message as it arrived, before any check."""

    message_id: bytes  # the whole INTEGER, echoed
    max_size: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    digest_at: tuple[int, int]
    salt: bytes
    payload_at: int


class _Refused(Exception):
    """A check failed: report this counter, protected with these keys (None: in the clear)."""

    def __init__(self, counter: ber.Oid, keys: usm.Keys | None = None) -> None:
        super().__init__(counter)
        self.counter = counter
        self.keys = keys


class Engine:
    """Users with their keys, the clock of one engine, and its statistics by OID.

    Raises ValueError for a user whose fields contradict each other.
    """

    def __init__(self, engine_id: bytes, users: Iterable[UsmUser], *, write_users: Iterable[str] = ()) -> None:
        self.engine_id = engine_id
        self.boots = 1
        self.statistics: dict[ber.Oid, int] = {}
        self._users = {user.name.encode(): user for user in users}
        for user in self._users.values():
            usm.check_user(user)
        self._write_users = frozenset(name.encode() for name in write_users)
        self._keys: dict[bytes, usm.Keys | None] = {}
        self._started = time.monotonic()

    @property
    def time(self) -> int:
        return int(time.monotonic() - self._started)

    def reboot(self) -> None:
        """Start again: boots counts up, the time is 0, and managers must synchronize anew."""
        self.boots += 1
        self._started = time.monotonic()

    def answer(self, datagram: bytes, at: int, respond: Responder, max_message_bytes: int) -> bytes | None:
        """The reply to a v3 message whose msgGlobalData starts at `at`. Raises BerError for what is no message."""
        message = _parse(datagram, at)
        try:
            keys = self._check(datagram, message)
            scoped = self._open(datagram, message, keys)
            pdu_at = self._enter_context(scoped, keys if message.flags & _PRIV else None)
        except _Refused as refused:
            return self._report(message, refused) if message.flags & _REPORTABLE else None
        request = pdu.parse_request(scoped, pdu_at)
        if message.flags & (_AUTH | _PRIV) != _level(keys):
            reply = pdu.error(request, pdu.AUTHORIZATION_ERROR, 0)
        else:
            room = min(max_message_bytes, message.max_size) - _OVERHEAD_BYTES
            room -= 2 * len(self.engine_id) + len(message.user) + 56  # digest and salt at their largest
            reply = respond(request, message.user in self._write_users, room)
        return self._wrap(message, reply, keys, message.flags & (_AUTH | _PRIV))

    def _check(self, datagram: bytes, message: _Message) -> usm.Keys | None:
        """The checks of RFC 3414, 3.2, in its order; the keys of the user."""
        if message.engine_id != self.engine_id:
            raise _Refused(UNKNOWN_ENGINE_IDS)
        if message.user not in self._users:
            raise _Refused(UNKNOWN_USER_NAMES)
        keys = self._keys_of(message.user)
        if message.flags & (_AUTH | _PRIV) & ~_level(keys):
            raise _Refused(UNSUPPORTED_SECURITY_LEVELS)
        if not message.flags & _AUTH:
            return keys
        assert keys is not None  # the level was checked
        start, end = message.digest_at
        blanked = datagram[:start] + bytes(end - start) + datagram[end:]
        if not hmac.compare_digest(datagram[start:end], keys.digest(blanked)):
            raise _Refused(WRONG_DIGESTS)
        if message.boots != self.boots or abs(message.time - self.time) > _TIME_WINDOW_SECONDS:
            raise _Refused(NOT_IN_TIME_WINDOWS, keys)
        return keys

    def _keys_of(self, user: bytes) -> usm.Keys | None:
        # Derived at first use: a lab of thousands of engines would else hash megabytes for each before it answers.
        if user not in self._keys:
            self._keys[user] = usm.localized_keys(self._users[user], self.engine_id)
        return self._keys[user]

    def _open(self, datagram: bytes, message: _Message, keys: usm.Keys | None) -> bytes:
        """The scopedPDU, decrypted where it was encrypted."""
        if not message.flags & _PRIV:
            return datagram[message.payload_at :]
        assert keys is not None
        secret, _ = ber.read_octets(datagram, message.payload_at)
        try:
            scoped = keys.decrypt(secret, message.salt, message.boots, message.time)
            ber.expect(scoped, 0, ber.SEQUENCE)
        except (usm.DecryptionError, ber.BerError):
            raise _Refused(DECRYPTION_ERRORS, keys) from None
        return scoped

    def _enter_context(self, scoped: bytes, keys: usm.Keys | None) -> int:
        """Where the PDU starts; this engine has the default context only."""
        start, _ = ber.expect(scoped, 0, ber.SEQUENCE)
        _, at = ber.read_octets(scoped, start)
        context, at = ber.read_octets(scoped, at)
        if context:
            raise _Refused(UNKNOWN_CONTEXTS, keys)
        return at

    def _report(self, message: _Message, refused: _Refused) -> bytes:
        count = self.statistics[refused.counter] = self.statistics.get(refused.counter, 0) + 1
        varbind = ber.tlv(ber.SEQUENCE, ber.object_identifier(refused.counter) + ber.counter32(count))
        report = pdu.response(ber.integer(0), varbind, kind=pdu.REPORT)
        return self._wrap(message, report, refused.keys, _AUTH if refused.keys else 0)

    def _wrap(self, message: _Message, reply: bytes, keys: usm.Keys | None, flags: int) -> bytes:
        boots, now = self.boots, self.time
        scoped = ber.tlv(ber.SEQUENCE, ber.octets(self.engine_id) + ber.octets(b"") + reply)
        salt = digest = b""
        if flags & _PRIV:
            assert keys is not None
            secret, salt = keys.encrypt(scoped, boots, now)
            scoped = ber.octets(secret)
        if flags & _AUTH:
            assert keys is not None
            digest = bytes(keys.digest_size)
        security = ber.octets(self.engine_id) + ber.integer(boots) + ber.integer(now) + ber.octets(message.user)
        security = ber.octets(ber.tlv(ber.SEQUENCE, security + ber.octets(digest) + ber.octets(salt)))
        head = message.message_id + ber.integer(65507) + ber.octets(bytes((flags,))) + ber.integer(_USM)
        whole = ber.tlv(ber.SEQUENCE, ber.integer(pdu.V3) + ber.tlv(ber.SEQUENCE, head) + security + scoped)
        if not flags & _AUTH:
            return whole
        assert keys is not None
        # The digest covers the message with zeros in its own place, which is before the salt and the scopedPDU.
        end = len(whole) - len(scoped) - len(ber.octets(salt))
        return whole[: end - len(digest)] + keys.digest(whole) + whole[end:]


def _level(keys: usm.Keys | None) -> int:
    if keys is None:
        return 0
    return _AUTH | _PRIV if keys.priv_protocol else _AUTH


def _parse(datagram: bytes, at: int) -> _Message:
    start, security_at = ber.expect(datagram, at, ber.SEQUENCE)
    _, end = ber.read_integer(datagram, start)
    message_id = datagram[start:end]
    max_size, end = ber.read_integer(datagram, end)
    flags, end = ber.read_octets(datagram, end)
    model, _ = ber.read_integer(datagram, end)
    if len(flags) != 1 or model != _USM or flags[0] & (_AUTH | _PRIV) == _PRIV:  # privacy alone: RFC 3412, 7.2
        raise ber.BerError("not a message of the User-based Security Model")
    start, payload_at = ber.expect(datagram, security_at, ber.OCTET_STRING)
    start, _ = ber.expect(datagram, start, ber.SEQUENCE)
    engine_id, start = ber.read_octets(datagram, start)
    boots, start = ber.read_integer(datagram, start)
    engine_time, start = ber.read_integer(datagram, start)
    if boots < 0 or engine_time < 0:
        raise ber.BerError("a clock before zero")
    user, start = ber.read_octets(datagram, start)
    digest_at = ber.expect(datagram, start, ber.OCTET_STRING)
    salt, _ = ber.read_octets(datagram, digest_at[1])
    return _Message(message_id, max_size, flags[0], engine_id, boots, engine_time, user, digest_at, salt, payload_at)
