"""Agents on addresses of one UDP port, served by one thread.

Each address has its own socket: no packet information is needed to answer from the address that was asked, every
agent has its own receive buffer (one socket for thousands overflows at the usual net.core.rmem_max), and an address
without an agent refuses at once. Measured beside one socket with IP_PKTINFO: equal, 120,000 datagrams/s at 40
addresses and 100,000 at 2,540. Linux answers on all of 127.0.0.0/8; other systems need an alias for each address.
"""

from __future__ import annotations

import contextlib
import errno
import heapq
import resource
import selectors
import socket
import threading
import time
from collections.abc import Mapping
from types import TracebackType

from api_clients.network.snmp.simulator.agent import Agent

_RECEIVE_BYTES = 65535
_BIND_ATTEMPTS = 20
_OTHER_FILES = 256  # what a process has open beside its agents' sockets
_Peer = tuple[object, ...]  # as recvfrom gives it: IPv6 adds flow and scope to host and port


class AddressUnavailable(OSError):
    """An agent's address cannot be bound; the message says why and what to do."""


class AgentServer:
    """`with AgentServer() as server: server.add("127.0.0.2", agent)`; port 0 takes a free one at the first add()."""

    def __init__(self, *, port: int = 0) -> None:
        if not 0 <= port <= 65535:
            raise ValueError(f"port {port} is not between 0 and 65535")
        self.port = port
        self.agents: dict[str, Agent] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._delayed: list[tuple[float, int, socket.socket, bytes, _Peer]] = []
        self._sequence = 0
        self._thread: threading.Thread | None = None
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._selector.register(self._wake_receiver, selectors.EVENT_READ)

    def add(self, address: str, agent: Agent) -> None:
        """Serve `agent` at `address` (IPv4 or IPv6); may be called while the server runs."""
        if self.port:
            self._register(address, agent, _bind(address, self.port))
            return
        bound = _bind(address, 0)
        self.port = bound.getsockname()[1]
        self._register(address, agent, bound)

    def add_all(self, agents: Mapping[str, Agent]) -> None:
        """Serve many; with port 0, a port that is free on every one of the addresses."""
        _allow_files(len(agents))
        for _ in range(1 if self.port else _BIND_ATTEMPTS):
            bound: dict[str, socket.socket] = {}
            port = self.port
            try:
                for address in agents:
                    bound[address] = _bind(address, port)
                    port = bound[address].getsockname()[1]
            except AddressUnavailable as error:
                for opened in bound.values():
                    opened.close()
                if self.port or error.errno != errno.EADDRINUSE:
                    raise
                continue
            self.port = port
            for address, agent in agents.items():
                self._register(address, agent, bound[address])
            return
        raise AddressUnavailable(errno.EADDRINUSE, "No UDP port is free on all of the addresses; name one yourself")

    def remove(self, address: str) -> None:
        """Stop serving an address: asking it is refused from now on."""
        bound = self._sockets.pop(address)
        del self.agents[address]
        self._selector.unregister(bound)
        bound.close()

    def start(self) -> None:
        """Serve in a thread of its own; the sockets answer once this returns."""
        self._thread = threading.Thread(target=self.serve, name="snmp-agents", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End serving and close every socket."""
        self._wake_sender.send(b"\0")
        if self._thread is not None:
            self._thread.join()
        for bound in (*self._sockets.values(), self._wake_receiver, self._wake_sender):
            bound.close()
        self._selector.close()

    def __enter__(self) -> AgentServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def serve(self) -> None:
        """Answer until stop() is called from another thread or a signal handler."""
        select = self._selector.select
        while True:
            for key, _ in select(self._send_delayed()):
                agent = key.data
                if agent is None:
                    return
                self._serve_one(key.fileobj, agent)  # type: ignore[arg-type] # only sockets are registered

    def _serve_one(self, bound: socket.socket, agent: Agent) -> None:
        try:
            datagram, peer = bound.recvfrom(_RECEIVE_BYTES)
        except OSError:  # an ICMP error that an earlier reply caused, or the socket was just removed
            return
        reply = agent.answer(datagram)
        if reply is None:
            return
        fault = agent.fault
        if fault is None:
            # A full send buffer or a peer that went away: UDP loses datagrams, and clients know it.
            with contextlib.suppress(OSError):
                bound.sendto(reply, peer)
            return
        for delay_seconds, datagram in fault.deliver(reply):
            self._sequence += 1  # keeps the order of datagrams that are due at the same time
            heapq.heappush(self._delayed, (time.monotonic() + delay_seconds, self._sequence, bound, datagram, peer))

    def _send_delayed(self) -> float | None:
        """Send what is due; seconds until the next is, None where nothing waits."""
        while self._delayed:
            due, _, bound, reply, peer = self._delayed[0]
            remaining = due - time.monotonic()
            if remaining > 0:
                return remaining
            heapq.heappop(self._delayed)
            with contextlib.suppress(OSError):
                bound.sendto(reply, peer)
        return None

    def _register(self, address: str, agent: Agent, bound: socket.socket) -> None:
        self._sockets[address] = bound
        self.agents[address] = agent
        self._selector.register(bound, selectors.EVENT_READ, agent)


def _allow_files(count: int) -> None:
    """Raise this process's limit of open files where it is below what `count` sockets need, as far as it may be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _bind(address: str, port: int) -> socket.socket:
    try:
        bound = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
    except OSError as error:
        raise AddressUnavailable(error.errno, f"No socket for {address}: {error.strerror}; see ulimit -n") from error
    bound.setblocking(False)
    try:
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        hint = ""
        if error.errno == errno.EADDRNOTAVAIL:
            hint = f"; where the system does not answer on all of 127.0.0.0/8, add it: ifconfig lo0 alias {address}"
        raise AddressUnavailable(error.errno, f"Cannot serve {address} port {port}: {error.strerror}{hint}") from error
    return bound
