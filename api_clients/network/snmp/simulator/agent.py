"""An agent: who may ask, what it serves, how it misbehaves; a datagram in, a datagram (or none) out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from api_clients.network.snmp.simulator import pdu
from api_clients.network.snmp.simulator.engine import Engine
from api_clients.network.snmp.simulator.faults import Fault
from api_clients.network.snmp.simulator.mib import MibView
from api_clients.network.snmp.values import UsmUser
from api_clients.network.snmp.wire import ber

ViewSource = MibView | Callable[[], MibView]
# RFC 3411, SnmpEngineID: the enterprise (8072, net-snmp) with the first bit set, then format 5, "octets".
_ENGINE_ID_PREFIX = bytes.fromhex("80001f8805")


class Agent:
    """Answers SNMPv1, v2c and v3. A wrong community or unreadable bytes get no answer, as on real devices.

    `view` may be a function: it is called at the first request, and again after refresh(). The default message
    size fits one Ethernet frame, as most devices keep it. A user must ask at their own full security level:
    less is answered with authorizationError. `engine_id` is random where none is given.
    """

    def __init__(
        self,
        view: ViewSource,
        *,
        communities: Iterable[str] = ("public",),
        write_communities: Iterable[str] = (),
        users: Iterable[UsmUser] = (),
        write_users: Iterable[str] = (),
        engine_id: bytes | None = None,
        max_message_bytes: int = 1472,
    ) -> None:
        self._source = view
        self._view: MibView | None = None
        self._generation = 0
        self._may_write = {name.encode(): False for name in communities}
        self._may_write.update({name.encode(): True for name in write_communities})
        self._max_message_bytes = max_message_bytes
        self._fault: Fault | None = None
        self.engine = Engine(engine_id or _ENGINE_ID_PREFIX + os.urandom(8), users, write_users=write_users)
        self.requests = 0

    @property
    def view(self) -> MibView:
        view = self._view
        while view is None:
            generation = self._generation
            view = self._source if isinstance(self._source, MibView) else self._source()
            if self._fault is not None:
                view = self._fault.view(view)
            # refresh() may have come from another thread while this was built from the state before it.
            if generation != self._generation:
                view = None
                continue
            self._view = view
        return view

    def prepare(self) -> None:
        """Build the view now rather than at the first request."""
        _ = self.view

    def refresh(self) -> None:
        """Build the view again at the next request."""
        self._generation += 1
        self._view = None

    @property
    def fault(self) -> Fault | None:
        """How the agent misbehaves; None: it does not. May be set while it serves."""
        return self._fault

    @fault.setter
    def fault(self, fault: Fault | None) -> None:
        self._fault = fault
        self.refresh()

    def answer(self, datagram: bytes) -> bytes | None:
        """The reply, or None where a real agent would keep silent."""
        self.requests += 1
        try:
            start, _ = ber.expect(datagram, 0, ber.SEQUENCE)
            version, at = ber.read_integer(datagram, start)
            if version in (pdu.V1, pdu.V2C):
                return self._answer_community(datagram, start, at, version)
            if version == pdu.V3:
                return self.engine.answer(datagram, at, self._respond_to_user, self._max_message_bytes)
        except ber.BerError:
            return None
        return None

    def _answer_community(self, datagram: bytes, start: int, at: int, version: int) -> bytes | None:
        community, pdu_at = ber.read_octets(datagram, at)
        may_write = self._may_write.get(community)
        if may_write is None:
            return None
        request = pdu.parse_request(datagram, pdu_at)
        # 32 bytes cover every header around the varbinds: message, PDU and list at 4 each, version and three INTEGERs.
        budget = self._max_message_bytes - 32 - len(community)
        reply = self._respond(request, version=version, may_write=may_write, budget=budget)
        return ber.tlv(ber.SEQUENCE, datagram[start:pdu_at] + reply)

    def _respond_to_user(self, request: pdu.Request, may_write: bool, budget: int) -> bytes:
        return self._respond(request, version=pdu.V3, may_write=may_write, budget=budget)

    def _respond(self, request: pdu.Request, *, version: int, may_write: bool, budget: int) -> bytes:
        if self._fault is not None:
            request = self._fault.request(request)
        return pdu.respond(request, self.view, version=version, may_write=may_write, budget=budget)
