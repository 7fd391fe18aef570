"""Recorded devices: .snmprec files, one `OID|tag|value` line per object, as snmpsim and LibreNMS write them.

The tag is the BER tag in decimal, with an `x` where the value is hexadecimal: 2 INTEGER, 4 OCTET STRING, 5 NULL,
6 OBJECT IDENTIFIER, 64 IpAddress, 65 Counter32, 66 Gauge32, 67 TimeTicks, 68 Opaque, 70 Counter64. LibreNMS's own
recordings are not always in order, leave numbers empty where a device answered nothing, and redact values with
`<private>`; what cannot be a value of its type is left out, as if the device did not serve it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from api_clients.network.snmp.simulator.mib import MibView, Value
from api_clients.network.snmp.wire import ber
from api_clients.network.snmp.wire.ber import Oid

_NUMBERS = {
    ber.INTEGER: (-(2**31), 2**32 - 1),  # some agents serve unsigned numbers as INTEGER; recordings keep them
    ber.COUNTER32: (0, 2**32 - 1),
    ber.GAUGE32: (0, 2**32 - 1),
    ber.TIME_TICKS: (0, 2**32 - 1),
    ber.COUNTER64: (0, 2**64 - 1),
}


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded device: its file's stem, what it serves, and the lines that hold no value (number, text)."""

    name: str
    objects: dict[Oid, Value]
    skipped: tuple[tuple[int, str], ...]

    def view(self) -> MibView:
        return MibView(self.objects)


def load_snmprec(path: Path) -> Recording:
    """Read one file. Raises OSError, and ValueError where nothing in it can be served."""
    objects: dict[Oid, Value] = {}
    skipped = []
    # Bytes, not text: values hold whatever the device sent, UTF-8 or not.
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        line = line.rstrip(b"\r")
        if not line.strip() or line.startswith(b"#"):
            continue
        try:
            oid, value = _parse_line(line)
        except ValueError:
            skipped.append((number, line.decode(errors="replace")))
            continue
        objects[oid] = value
    if not objects:
        raise ValueError(f"{path} holds no line of the form OID|tag|value")
    return Recording(path.stem, objects, tuple(skipped))


def _parse_line(line: bytes) -> tuple[Oid, bytes]:
    name, tag, value = line.split(b"|", 2)
    return ber.parse_oid(name.decode()), encode(tag.decode(), value)


def encode(tag: str, value: bytes) -> bytes:
    """Encode one value. Raises ValueError where it does not fit its tag."""
    if tag.endswith("x"):
        return ber.tlv(int(tag[:-1]), bytes.fromhex(value.decode()))
    number = int(tag)
    if number in _NUMBERS:
        low, high = _NUMBERS[number]
        parsed = int(value)
        if not low <= parsed <= high:
            raise ValueError(f"{parsed} does not fit tag {number}")
        return ber.integer(parsed, number)
    if number == ber.OBJECT_IDENTIFIER:
        return ber.object_identifier(value.decode())
    if number == ber.IP_ADDRESS:
        return ber.tlv(ber.IP_ADDRESS, ipaddress.IPv4Address(value.decode()).packed)
    if number == ber.NULL:
        return ber.null()
    if number in (ber.OCTET_STRING, ber.OPAQUE):
        return ber.tlv(number, value)
    raise ValueError(f"tag {tag} is no SNMP type")
