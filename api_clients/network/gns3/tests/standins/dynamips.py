"""Dynamips without routers: the Ethernet switch (module ethsw), the hub (nio_bridge) and their UDP tunnels (nio)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from api_clients.network.gns3.tests.standins.hypervisor import (
    BAD_ARGUMENT,
    EXISTS,
    NOT_FOUND,
    UNKNOWN_COMMAND,
    Hypervisor,
    Loop,
    Refused,
)
from api_clients.network.gns3.tests.standins.switching import Hub, Mode, Nio, Switch
from api_clients.network.gns3.tests.standins.tunnel import Tunnel

VERSION = "0.2.23-amd64/Linux stable"
T = TypeVar("T")


class Nios:
    """The module `nio`."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._nios: dict[str, Nio] = {}

    def obey(self, command: str, arguments: list[str]) -> list[str]:
        if command == "list":
            return list(self._nios)
        name, *rest = arguments
        if command == "create_udp":
            local_port, remote_host, remote_port = rest
            self._nios[name] = Nio(name, Tunnel(self._loop, int(local_port), remote_host, int(remote_port)))
        elif command == "delete":
            self.named(name)
            self._nios.pop(name).close()
        elif command == "rename":
            self._nios[rest[0]] = self.named(name)
            self._nios.pop(name).name = rest[0]
        else:
            _filter(self.named(name), command, rest)
        return []

    def named(self, name: str) -> Nio:
        return _named(self._nios, name, "NIO")


def _filter(nio: Nio, command: str, arguments: list[str]) -> None:
    """Carry out commands about filters, of which the capture is the only one here: bind, set up with a file, unbind."""
    if command == "bind_filter" and arguments[1] != "capture":
        raise Refused(BAD_ARGUMENT, f"filter '{arguments[1]}' is not known to this stand-in")
    if command == "setup_filter":
        nio.capture(arguments[-1])
    elif command == "unbind_filter":
        nio.capture(None)
    elif command not in ("bind_filter", "set_debug", "set_bandwidth", "reset_stats"):
        raise Refused(UNKNOWN_COMMAND, f"Unknown command '{command}'")


class Boxes:
    """The modules `ethsw` and `nio_bridge`, which differ in the sort of their boxes."""

    def __init__(self, kind: type[Hub], nios: Nios) -> None:
        self._kind = kind
        self._nios = nios
        self._boxes: dict[str, Hub] = {}

    def obey(self, command: str, arguments: list[str]) -> list[str]:
        if command == "list":
            return list(self._boxes)
        name, *rest = arguments
        if command == "create":
            if name in self._boxes:
                raise Refused(EXISTS, f"'{name}' exists already")
            self._boxes[name] = self._kind()
            return []
        box = _named(self._boxes, name, "device")
        if command == "delete":
            self._boxes.pop(name).close()
        elif command == "rename":
            self._boxes[rest[0]] = self._boxes.pop(name)
        elif command in ("add_nio", "remove_nio"):
            (box.connect if command == "add_nio" else box.disconnect)(self._nios.named(rest[0]))
        elif isinstance(box, Switch):
            return self._switch(box, command, rest)
        else:
            raise Refused(UNKNOWN_COMMAND, f"Unknown command '{command}'")
        return []

    def _switch(self, switch: Switch, command: str, arguments: list[str]) -> list[str]:
        if command == "show_mac_addr_table":
            return [f"{_cisco(mac)}  {vlan} {learnt.nio.name}" for (vlan, mac), learnt in switch.addresses.items()]
        if command == "clear_mac_addr_table":
            switch.addresses.clear()
        elif command in ("set_access_port", "set_dot1q_port", "set_qinq_port"):
            mode = cast(Mode, command.removeprefix("set_").removesuffix("_port"))
            switch.set_port(self._nios.named(arguments[0]), mode, int(arguments[1]))
        else:
            raise Refused(UNKNOWN_COMMAND, f"Unknown command '{command}'")
        return []


def _named(table: dict[str, T], name: str, kind: str) -> T:
    if name not in table:
        raise Refused(NOT_FOUND, f"{kind} '{name}' not found")
    return table[name]


def _cisco(mac: bytes) -> str:
    digits = mac.hex()
    return f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"


def main(arguments: list[str]) -> None:
    if "-H" not in arguments:
        print(f"Cisco Router Simulation Platform (version {VERSION})")
        return
    loop = Loop()
    nios = Nios(loop)
    modules: dict[str, Callable[[str, list[str]], list[str]]] = {
        "nio": nios.obey,
        "ethsw": Boxes(Switch, nios).obey,
        "nio_bridge": Boxes(Hub, nios).obey,
    }
    Hypervisor(VERSION, modules, loop).serve(arguments[arguments.index("-H") + 1])
