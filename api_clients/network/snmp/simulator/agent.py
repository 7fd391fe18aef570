"""An agent: who may ask, what it serves, how it misbehaves; a datagram in, a datagram (or none) out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from api_clients.network.snmp.simulator import ber, pdu
from api_clients.network.snmp.simulator.mib import MibView

ViewSource = MibView | Callable[[], MibView]


class Agent:
    """Answers SNMPv1 and v2c communities. A wrong community or unreadable bytes get no answer, as on real devices.

    `view` may be a function: it is called at the first request, and again after refresh(). The default message
    size fits one Ethernet frame, as most devices keep it.
    """

    def __init__(
        self,
        view: ViewSource,
        *,
        communities: Iterable[str] = ("public",),
        write_communities: Iterable[str] = (),
        max_message_bytes: int = 1472,
    ) -> None:
        self._source = view
        self._view: MibView | None = view if isinstance(view, MibView) else None
        self._may_write = {name.encode(): False for name in communities}
        self._may_write.update({name.encode(): True for name in write_communities})
        self._max_message_bytes = max_message_bytes
        self.requests = 0

    @property
    def view(self) -> MibView:
        view = self._view
        if view is None:
            assert not isinstance(self._source, MibView)
            view = self._view = self._source()
        return view

    def refresh(self) -> None:
        """Build the view again at the next request; what a fixed view serves stays as it is."""
        if not isinstance(self._source, MibView):
            self._view = None

    def answer(self, datagram: bytes) -> bytes | None:
        """The reply, or None where a real agent would keep silent."""
        self.requests += 1
        try:
            start, _ = ber.expect(datagram, 0, ber.SEQUENCE)
            version, at = ber.read_integer(datagram, start)
            if version in (pdu.V1, pdu.V2C):
                return self._answer_community(datagram, start, at, version)
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
        reply = pdu.respond(request, self.view, version=version, may_write=may_write, budget=budget)
        return ber.tlv(ber.SEQUENCE, datagram[start:pdu_at] + reply)
