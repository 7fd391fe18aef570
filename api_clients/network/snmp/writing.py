"""SNMP SET, with pysnmp: rare, so convenience counts more than speed, and gufo only reads.

A set is sent once and never again: one that creates a row or resets something must not happen twice, and
after a silence nobody knows whether it did.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch import asyncio as pysnmp
from pysnmp.proto import errind, rfc1902

from api_clients.domain.errors import Malformed, ServiceError, Unreachable

from .errors import LevelNotAllowed, UnknownUser, WrongAuthKey, WrongPrivKey
from .outcomes import ErrorStatus
from .values import Community, Credential, SnmpTarget, Syntax, UsmUser, Value

_SYNTAXES: Final[dict[Syntax, Any]] = {
    "Integer32": rfc1902.Integer32,
    "OctetString": rfc1902.OctetString,
    "ObjectIdentifier": rfc1902.ObjectIdentifier,
    "IpAddress": rfc1902.IpAddress,
    "Counter32": rfc1902.Counter32,
    "Gauge32": rfc1902.Gauge32,
    "TimeTicks": rfc1902.TimeTicks,
    "Counter64": rfc1902.Counter64,
}
_AUTH: Final = {
    "MD5": pysnmp.usmHMACMD5AuthProtocol,
    "SHA": pysnmp.usmHMACSHAAuthProtocol,
    "SHA-224": pysnmp.usmHMAC128SHA224AuthProtocol,
    "SHA-256": pysnmp.usmHMAC192SHA256AuthProtocol,
    "SHA-384": pysnmp.usmHMAC256SHA384AuthProtocol,
    "SHA-512": pysnmp.usmHMAC384SHA512AuthProtocol,
}
_PRIV: Final = {
    "DES": pysnmp.usmDESPrivProtocol,
    "AES-128": pysnmp.usmAesCfb128Protocol,
    "AES-192": pysnmp.usmAesBlumenthalCfb192Protocol,
    "AES-256": pysnmp.usmAesBlumenthalCfb256Protocol,
    "AES-192-C": pysnmp.usmAesCfb192Protocol,
    "AES-256-C": pysnmp.usmAesCfb256Protocol,
}
_INDICATIONS: Final[tuple[tuple[type[Any], type[ServiceError], str], ...]] = (
    (errind.RequestTimedOut, Unreachable, "no answer; nobody knows whether the value was set"),
    (errind.UnknownUserName, UnknownUser, "the agent has no such user"),
    (errind.WrongDigest, WrongAuthKey, "wrong authentication password or protocol"),
    (errind.AuthenticationFailure, WrongAuthKey, "wrong authentication password or protocol"),
    (errind.DecryptionError, WrongPrivKey, "wrong privacy password or protocol"),
    (errind.UnsupportedSecurityLevel, LevelNotAllowed, "the agent does not support this security level for this user"),
)


class InvalidValue(ValueError):
    """The value does not fit the syntax; nothing was sent."""


def encode(value: Value, syntax: Syntax | None) -> Any:
    """The value as pysnmp sends it. Without a syntax int is Integer32, bytes and str are OctetString."""
    if value is None or isinstance(value, bool | float):
        raise InvalidValue(f"{value!r} has no SNMP syntax: give an int, str or bytes")
    chosen = syntax or ("Integer32" if isinstance(value, int) else "OctetString")
    if chosen not in _SYNTAXES:
        raise InvalidValue(f"syntax {chosen!r} is none of {', '.join(_SYNTAXES)}")
    plain = value.encode() if isinstance(value, str) and chosen == "OctetString" else value
    try:
        return _SYNTAXES[chosen](plain)
    except Exception as error:  # pyasn1 has many ways to refuse a value
        raise InvalidValue(f"{value!r} is no {chosen}") from error


async def write(target: SnmpTarget, credential: Credential, oid: str, encoded: Any, *, timeout_seconds: float) -> None:
    """Set one object and wait for the agent's consent; raises ErrorStatus, or of the tree in `errors`."""
    engine = await asyncio.to_thread(pysnmp.SnmpEngine)  # a tenth of a second of loading, away from the loop
    try:
        kind = pysnmp.Udp6TransportTarget if ":" in target.address else pysnmp.UdpTransportTarget
        transport = await kind.create((target.address, target.port), timeout=timeout_seconds, retries=0)
        indication, status, _, _ = await pysnmp.set_cmd(
            engine,
            _security(credential),
            transport,
            pysnmp.ContextData(),
            (rfc1902.ObjectName(oid), encoded),
            lookupMib=False,
        )
    except (OSError, PySnmpError) as error:
        raise Unreachable(f"the request could not be sent: {error}") from error
    finally:
        engine.close_dispatcher()
    if indication:
        raise _indicated(indication)
    if int(status):
        raise ErrorStatus(int(status), 1)


def _security(credential: Credential) -> Any:
    if isinstance(credential, Community):
        return pysnmp.CommunityData(credential.community, mpModel=0 if credential.version == "1" else 1)
    return _user(credential)


def _user(user: UsmUser) -> Any:
    return pysnmp.UsmUserData(
        user.name,
        authKey=user.auth_password if user.auth_protocol else None,
        privKey=user.priv_password if user.priv_protocol else None,
        authProtocol=_AUTH[user.auth_protocol] if user.auth_protocol else pysnmp.usmNoAuthProtocol,
        privProtocol=_PRIV[user.priv_protocol] if user.priv_protocol else pysnmp.usmNoPrivProtocol,
    )


def _indicated(indication: Any) -> ServiceError:
    for kind, becomes, reason in _INDICATIONS:
        if isinstance(indication, kind):
            return becomes(reason)
    return Malformed(f"the agent's answer could not be used: {indication}")
