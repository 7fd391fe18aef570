"""uBridge, as far as it joins two UDP tunnels: `ubridge -v` and `ubridge -H host:port`.

There are no taps, raw sockets and Berkeley packet filters, so it needs no privilege; commands for them are refused.
"""

from __future__ import annotations

from collections.abc import Callable

from api_clients.network.gns3.tests.standins.filters import LOST, Filter, make_filter
from api_clients.network.gns3.tests.standins.hypervisor import (
    EXISTS,
    NOT_FOUND,
    UNKNOWN_COMMAND,
    Hypervisor,
    Loop,
    Refused,
)
from api_clients.network.gns3.tests.standins.pcap import Capture
from api_clients.network.gns3.tests.standins.tunnel import Tunnel

VERSION = "0.9.19"  # a server wants 0.9.14 at least


class Bridge:
    def __init__(self, loop: Loop) -> None:
        self.running = False
        self.filters: dict[str, Filter] = {}
        self._capture: Capture | None = None
        self._tunnels: list[Tunnel] = []
        self._loop = loop

    def add(self, tunnel: Tunnel) -> None:
        self._tunnels.append(tunnel)
        tunnel.received = lambda frame: self._relay(tunnel, frame)

    def remove(self, ends: tuple[int, str, int]) -> None:
        for tunnel in [tunnel for tunnel in self._tunnels if tunnel.ends == ends]:
            self._tunnels.remove(tunnel)
            tunnel.close()

    def is_full(self) -> bool:
        return len(self._tunnels) == 2

    def capture(self, path: str | None) -> None:
        if self._capture:
            self._capture.close()
        self._capture = Capture(path) if path else None

    def close(self) -> None:
        self.capture(None)
        while self._tunnels:
            self._tunnels.pop().close()

    def _relay(self, source: Tunnel, frame: bytes) -> None:
        if not self.running or not self.is_full():
            return
        target = self._tunnels[1 - self._tunnels.index(source)]
        delay = 0.0
        for decide in self.filters.values():
            fate = decide(frame)
            if fate is LOST:
                return
            frame, more = fate
            delay += more
        if self._capture:
            self._capture.record(frame)
        if delay:
            self._loop.call_later(delay, lambda: target.send(frame))
        else:
            target.send(frame)


class Bridges:
    """The module `bridge` of the protocol; the first argument of each command is the bridge's name."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._bridges: dict[str, Bridge] = {}
        self._commands: dict[str, Callable[[Bridge, list[str]], None]] = {
            "start": lambda bridge, _: setattr(bridge, "running", True),
            "stop": lambda bridge, _: setattr(bridge, "running", False),
            "add_nio_udp": self._add,
            "remove_nio_udp": lambda bridge, to: bridge.remove((int(to[0]), to[1], int(to[2]))),
            "start_capture": lambda bridge, to: bridge.capture(to[0]),
            "stop_capture": lambda bridge, _: bridge.capture(None),
            "add_packet_filter": lambda bridge, to: bridge.filters.update({to[0]: make_filter(to[1], to[2:])}),
            "delete_packet_filter": lambda bridge, to: bridge.filters.pop(to[0], None),
            "reset_packet_filters": lambda bridge, _: bridge.filters.clear(),
        }

    def obey(self, command: str, arguments: list[str]) -> list[str]:
        if command == "list":
            return list(self._bridges)
        name, rest = arguments[0], arguments[1:]
        if command == "create":
            self._create(name)
        elif name not in self._bridges:
            raise Refused(NOT_FOUND, f"bridge '{name}' doesn't exist")
        elif command == "delete":
            self._bridges.pop(name).close()
        elif command not in self._commands:
            raise Refused(UNKNOWN_COMMAND, f"Unknown command '{command}'")
        else:
            self._commands[command](self._bridges[name], rest)
        return []

    def _create(self, name: str) -> None:
        if name in self._bridges:
            raise Refused(EXISTS, f"bridge '{name}' already exist")
        self._bridges[name] = Bridge(self._loop)

    def _add(self, bridge: Bridge, arguments: list[str]) -> None:
        if bridge.is_full():
            raise Refused(EXISTS, "the bridge has two NIOs already")
        local_port, remote_host, remote_port = arguments
        bridge.add(Tunnel(self._loop, int(local_port), remote_host, int(remote_port)))


def main(arguments: list[str]) -> None:
    if "-v" in arguments:
        print(f"ubridge version {VERSION}")
        return
    loop = Loop()
    Hypervisor(VERSION, {"bridge": Bridges(loop).obey}, loop).serve(arguments[arguments.index("-H") + 1])
