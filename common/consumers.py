"""The WebSockets of the hub, by the names under which routing.py knows them; what they do: common/api/websocket/."""

from common.api.websocket.console import ConsoleConnection
from common.api.websocket.events import EventConnection, Gns3Connection, ModuleConnection

__all__ = ["ConsoleConnection", "EventConnection", "Gns3Connection", "ModuleConnection"]
