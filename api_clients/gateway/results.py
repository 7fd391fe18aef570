"""The values of clients as JSON: dataclasses are objects, moments ISO 8601, spans seconds, bytes base64.

What is no number (NaN, infinite) becomes null; text that is no UTF-8 keeps its readable part.
"""

from __future__ import annotations

import json
import math
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, SecretStr

AS_TEXT = (Decimal, PurePath, UUID, IPv4Address, IPv6Address, IPv4Network, IPv6Network)
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def written(value: Any) -> bytes:
    """Return it as JSON. Raises TypeError for what is no value of a client."""
    try:
        return orjson.dumps(value, default=_simpler, option=OPTIONS)
    except TypeError:
        # An integer past 64 bits or text that is no UTF-8, which orjson refuses; rare, so the slow way will do.
        return json.dumps(_plain(value), separators=(",", ":")).encode()


def plain(value: Any) -> Any:
    """Return it as JSON's own types: dict, list, str, int, float, bool, None."""
    return json.loads(written(value))


def _simpler(value: Any) -> Any:
    """One step towards what JSON knows."""
    match value:
        case Mapping():
            return dict(value)
        case tuple() | set() | frozenset() | Iterator():
            return list(value)
        case bytes() | bytearray():
            return b64encode(value).decode("ascii")
        case timedelta():
            return value.total_seconds()
        case BaseModel():
            return value.model_dump()
        case SecretStr():
            return str(value)  # asterisks
    if isinstance(value, AS_TEXT):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _plain(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case Enum():
            return _plain(value.value)
        case str():
            return value.encode("utf-8", "replace").decode("utf-8")
        case float():
            return value if math.isfinite(value) else None
        case int():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(_plain(key)): _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return _plain(_simpler(value))
