"""SNMPv3's user-based security model on gufo's sockets (RFC 3414): engine discovery, clock, refusals told apart.

gufo signs, encrypts, and keeps the engine's boots and time as each message shows them. What is left to do:
find the engine ID before the keys can be localized to it, follow the agent when it restarts or is replaced,
and say what a Report PDU means.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

from api_clients.domain.errors import Malformed, ServiceError, Unauthorized

from .channel import Channel
from .credentials import Keys, keys_of
from .datagram import digest_place
from .errors import LevelNotAllowed, UnknownUser, WrongAuthKey, WrongPrivKey
from .outcomes import NOT_IN_TIME_WINDOW, UNKNOWN_ENGINE, ErrorStatus, Report, Silence
from .values import UsmUser
from .wire.usm import localized_keys

UNSUPPORTED_LEVEL: Final = 1
UNKNOWN_USER: Final = 3
WRONG_DIGEST: Final = 5
DECRYPTION_ERROR: Final = 6

_REFUSALS: Final[dict[int, tuple[type[Unauthorized], str]]] = {
    UNSUPPORTED_LEVEL: (LevelNotAllowed, "the agent does not support this security level for user {user}"),
    UNKNOWN_USER: (UnknownUser, "the agent has no user {user}"),
    WRONG_DIGEST: (WrongAuthKey, "wrong authentication password or protocol for user {user}"),
    DECRYPTION_ERROR: (WrongPrivKey, "wrong privacy password or protocol for user {user}"),
}


class UserSecurity:
    """One user towards one agent: knows its engine once discovered, and readies channels to speak as this user."""

    def __init__(self, user: UsmUser) -> None:
        self._user = user
        self._keys = keys_of(user)
        self.engine_id = b""

    async def ready(self, channel: Channel, timeout_seconds: float) -> None:
        """Find the agent's engine and clock over this channel, and give it the user's keys.

        Silence where nobody answers.
        """
        await channel.refresh(timeout_seconds)
        self.engine_id = channel.v3.get_engine_id()
        if not self.engine_id:
            raise Silence(unreadable=1)
        _set_keys(channel, self._keys)
        channel.decrypt = self._decrypt
        channel.is_signed = self._signature_check() if self._user.auth_protocol else None
        channel.is_ready = True

    def _signature_check(self) -> Callable[[bytes], bool]:
        """A function that tells whether a datagram carries this user's signature (RFC 3414, 6.3.2 and 7.3.2).

        gufo signs what it sends but does not check what it gets: a forged or altered answer would pass.
        """
        keys = localized_keys(replace(self._user, priv_protocol=None), self.engine_id)
        assert keys is not None  # asked for users with authentication alone

        def is_signed(datagram: bytes) -> bool:
            place = digest_place(datagram)
            if place is None:
                return False
            start, end = place
            blanked = datagram[:start] + bytes(end - start) + datagram[end:]
            return hmac.compare_digest(datagram[start:end], keys.digest(blanked))

        return is_signed

    def _decrypt(self, secret: bytes, salt: bytes, boots: int, time: int) -> bytes:
        """Rarely needed (an empty answer may hide an error-status), so the key is derived only here."""
        keys = localized_keys(self._user, self.engine_id)
        assert keys is not None  # an answer is encrypted only to a user with keys
        return keys.decrypt(secret, salt, boots, time)

    def refusal(self, report: Report) -> ServiceError:
        """What a Report PDU that nothing can be done about says."""
        kind, reason = _REFUSALS.get(report.statistic or 0, (None, ""))
        if kind is not None:
            return kind(reason.format(user=self._user.name))
        if report.statistic == NOT_IN_TIME_WINDOW:
            return Malformed("the agent's clock does not stay inside the time window it asks for (RFC 3414, 2.2.3)")
        if report.statistic == UNKNOWN_ENGINE:
            return Malformed("the agent does not know the engine ID that it gave")
        return Malformed("the agent answered with a report that says no reason")

    async def refusal_behind_silence(self, channel: Channel, timeout_seconds: float) -> ServiceError | None:
        """Why an agent that answered engine discovery keeps silent to this user; None where it is gone.

        RFC 3414 wants a report for a message that cannot be decrypted, but net-snmp finds out only when the
        plaintext does not parse, and then drops it. So ask once more without privacy: an agent that answers
        that, whatever it answers, knows the authentication key.
        """
        if self._user.priv_protocol is None:
            return None
        _set_keys(channel, self._keys.without_privacy())
        answer: Literal["heard"] | Report
        try:
            await channel.refresh(timeout_seconds)
            answer = "heard"
        except Report as report:
            answer = report
        except ErrorStatus:
            answer = "heard"
        except Silence:
            return None
        finally:
            _set_keys(channel, self._keys)
        if isinstance(answer, Report) and answer.statistic in (UNKNOWN_USER, WRONG_DIGEST):
            return self.refusal(answer)
        return WrongPrivKey(f"wrong privacy password or protocol for user {self._user.name}")


def _set_keys(channel: Channel, keys: Keys) -> None:
    channel.v3.set_keys(keys.user_name, keys.auth_algorithm, keys.auth_key, keys.priv_algorithm, keys.priv_key)
