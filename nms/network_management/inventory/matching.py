"""Which known device each profile of a batch belongs to, or that it is a new one. Pure.

Devices that are new in the batch get negative numbers, in the order in which they appear.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from api_clients.network.snmp.values import SnmpTarget
from nms.network_management.inventory.identity import Identity, Verdict, compare

# An identifier that so many devices carry identifies none of them, and comparing with all would cost dearly.
CROWD = 16


class Matcher:
    """Knows devices by their identity and by the endpoints at which they were last found."""

    def __init__(self, known: Mapping[int, Identity], endpoints: Mapping[SnmpTarget, int]) -> None:
        self._identities = dict(known)
        self._endpoints = dict(endpoints)
        self._carriers: dict[tuple[str, str], set[int]] = defaultdict(set)
        self._last_new = 0
        for device, identity in known.items():
            self._remember(device, identity)

    def assign(self, target: SnmpTarget, identity: Identity) -> int:
        """Return the device that answers at `target` as `identity`; a negative number is a new device's.

        From then on the device is known as what it was seen to be just now.
        """
        at_address = self._endpoints.get(target)
        best: tuple[Verdict, int] | None = None
        for device in self._candidates(identity, at_address):
            verdict = compare(self._identities[device], identity, same_address=device == at_address)
            if verdict.same and (best is None or verdict > best[0]):
                best = verdict, device
        device = best[1] if best else self._next_new()
        self._identities[device] = identity
        self._remember(device, identity)
        self._endpoints[target] = device
        return device

    def _candidates(self, identity: Identity, at_address: int | None) -> list[int]:
        """Those worth a comparison, the longest known first, so that of equals it wins."""
        found = {at_address} if at_address is not None else set()
        for identifier in _identifiers(identity):
            carriers = self._carriers.get(identifier, ())
            if len(carriers) <= CROWD:
                found.update(carriers)
        return sorted(found & self._identities.keys(), key=lambda device: (device < 0, abs(device)))

    def _next_new(self) -> int:
        self._last_new -= 1
        return self._last_new

    def _remember(self, device: int, identity: Identity) -> None:
        for identifier in _identifiers(identity):
            self._carriers[identifier].add(device)


def _identifiers(identity: Identity) -> Iterator[tuple[str, str]]:
    if identity.serial:
        yield "serial", identity.serial
    if identity.chassis:
        yield "chassis", identity.chassis
    if identity.engine_id:
        yield "engine_id", identity.engine_id
    for mac in identity.macs:
        yield "mac", mac
