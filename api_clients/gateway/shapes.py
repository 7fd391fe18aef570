"""How the value of a parameter is written where there is only text: in a query string, on a command line."""

from __future__ import annotations

import enum
import types
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import SecretStr

Shape = Literal["scalar", "list", "structure", "bytes"]

SCALARS = (
    *(str, int, float, bool, datetime, date, time, timedelta, Decimal, UUID, SecretStr, enum.Enum, PurePath),
    *(IPv4Address, IPv6Address, IPv4Network, IPv6Network),
)
LISTS = (list, tuple, set, frozenset, Sequence, Collection, Iterable)


def shape_of(hint: Any) -> Shape:
    """A scalar is one text, a list one text for each item, a structure is JSON, bytes are base64."""
    shapes = {_shape(kind) for kind in _alternatives(hint)}
    for shape in ("structure", "list", "bytes"):
        if shape in shapes:
            return shape
    return "scalar"


def holds(hint: Any, wanted: type) -> bool:
    """Whether a value of `wanted` is one of those that the hint allows."""
    return any(isinstance(kind, type) and issubclass(kind, wanted) for kind in _alternatives(hint))


def _shape(kind: Any) -> Shape:
    origin = get_origin(kind) or kind
    if origin is Literal or (isinstance(origin, type) and issubclass(origin, SCALARS)):
        return "scalar"
    if isinstance(origin, type) and issubclass(origin, bytes | bytearray):
        return "bytes"
    if origin in LISTS:
        inner = [item for item in get_args(kind) if item is not Ellipsis]
        return "list" if inner and all(shape_of(item) == "scalar" for item in inner) else "structure"
    return "structure"


def _alternatives(hint: Any) -> Iterator[Any]:
    """The types of a union, without None and without what Annotated says about them."""
    origin = get_origin(hint)
    if origin is Annotated:
        yield from _alternatives(get_args(hint)[0])
    elif origin in (Union, types.UnionType):
        for one in get_args(hint):
            yield from _alternatives(one)
    elif hint is not type(None):
        yield hint
