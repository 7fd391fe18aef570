"""What every lab is: named agents on addresses of one port, whose behaviour can be spoilt and mended."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from api_clients.network.snmp.simulator import Agent, AgentServer, Fault
from api_clients.network.snmp.values import UsmUser

V3_USER = UsmUser(
    name="lab",
    auth_protocol="SHA",
    auth_password="lab-authentication",  # noqa: S106 - printed at every start; guards nothing but simulated devices
    priv_protocol="AES-128",
    priv_password="lab-privacy",  # noqa: S106 - as above
)


class LabError(ValueError):
    """A command names what the lab does not have; the message says what it has."""


@dataclass(frozen=True, slots=True)
class Served:
    """One device of the lab and where to ask it."""

    name: str
    address: str
    community: str
    agent: Agent


class Lab:
    """Serves from start() until stop()."""

    def __init__(self, devices: list[Served], *, port: int) -> None:
        self.devices = devices
        self._by_name = {device.name: device for device in devices}
        self._server = AgentServer(port=port)
        self._server.add_all({device.address: device.agent for device in devices})

    @property
    def port(self) -> int:
        return self._server.port

    def start(self) -> None:
        # Built now, some 6 ms each: a sweep asks all of them at once, and the last would answer too late.
        for device in self.devices:
            device.agent.prepare()
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def device(self, name: str) -> Served:
        try:
            return self._by_name[name]
        except KeyError:
            some = ", ".join(list(self._by_name)[:5])
            raise LabError(f"The lab has no device {name!r}; it has {len(self.devices)}, such as {some}") from None

    def set_fault(self, name: str, fault: Fault | None) -> None:
        self.device(name).agent.fault = fault

    def restore(self, name: str | None = None) -> None:
        """End the faults of one device, or of all."""
        for device in [self.device(name)] if name else self.devices:
            device.agent.fault = None

    def describe(self) -> dict[str, Any]:
        """Where each device is, ready for JSON."""
        return {
            "devices": [
                {
                    "name": device.name,
                    "address": device.address,
                    "port": self.port,
                    "community": device.community,
                }
                for device in self.devices
            ]
        }
