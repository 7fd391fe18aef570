"""A Fail2ban server with two jails: over its own socket (`Fail2banSocketSimulator`), and in process."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from api_clients.security.fail2ban.protocol import CLOSE, END, Refused, words_of
from api_clients.simulation import Answer, HttpSimulator, Received, SocketSimulator, json_answer
from api_clients.simulation.faults import Fault

VERSION = "1.0.2"
BANNED_AT = "2026-11-20 18:23:27"
ENDS = {600: "2026-11-20 18:33:27", -1: "9999-12-31 23:59:59"}
MAX_REQUEST_BYTES = 1024 * 1024


@dataclass
class SimulatedJail:
    bantime: int = 600
    banned: list[str] = field(default_factory=list)
    total_banned: int = 7
    settings: dict[str, Any] = field(
        default_factory=lambda: {
            "findtime": 600,
            "maxretry": 5,
            "ignoreip": ["127.0.0.0/8", "203.0.113.9"],
            "ignoreself": True,
            "usedns": "warn",
            "logpath": ["/var/log/auth.log"],
            "failregex": ["^Failed password for .* from <HOST>$"],
            "actions": ["nftables-multiport"],
        }
    )


class SimulatedServer:
    """`configured` are the jails of the configuration; those that run are copies of them."""

    def __init__(self, jails: dict[str, SimulatedJail]) -> None:
        self.configured = jails
        self.running = copy.deepcopy(jails)

    def execute(self, words: list[str]) -> Any:
        """Return the answer to a command. Raises Refused."""
        match words:
            case ["ping"]:
                return "pong"
            case ["version"]:
                return VERSION
            case ["status"]:
                return [["Number of jail", len(self.running)], ["Jail list", ", ".join(sorted(self.running))]]
            case ["status", name]:
                return _status(self._jail(name))
            case ["banned", address]:
                return [[name for name, jail in sorted(self.running.items()) if address in jail.banned]]
            case ["unban", *addresses]:
                return sum(_unban(jail, addresses) for jail in self.running.values())
            case ["get", name, setting, *_]:
                return self._get(self._jail(name), setting)
            case ["set", name, setting, *values] if values:
                return self._set(self._jail(name), setting, values)
            case ["start", name]:
                self._jail(name)
                return None
            case ["stop", name]:
                self._jail(name)
                del self.running[name]
                return None
            case ["reload", name]:
                return self._reload(name)
        raise Refused("Invalid command")

    def _jail(self, name: str) -> SimulatedJail:
        if name not in self.running:
            raise Refused(f"the jail {name!r} does not exist", is_unknown=True)
        return self.running[name]

    def _get(self, jail: SimulatedJail, setting: str) -> Any:
        if setting == "banip":
            return [f"{address} \t{BANNED_AT} + {jail.bantime} = {ENDS[jail.bantime]}" for address in jail.banned]
        if setting == "bantime":
            return jail.bantime
        if setting not in jail.settings:
            raise Refused("Invalid command (no get action or not yet implemented)")
        return jail.settings[setting]

    def _set(self, jail: SimulatedJail, setting: str, values: list[str]) -> Any:
        if setting == "banip":
            new = [address for address in values if address not in jail.banned]
            jail.banned += new
            jail.total_banned += len(new)
            return len(new)
        if setting == "unbanip":
            return _unban(jail, values)
        if setting in ("addignoreip", "delignoreip"):
            kept = [address for address in jail.settings["ignoreip"] if address not in values]
            jail.settings["ignoreip"] = kept + (values if setting == "addignoreip" else [])
            return jail.settings["ignoreip"]
        if setting == "bantime":
            jail.bantime = int(values[0])
            ENDS.setdefault(jail.bantime, ENDS[600])
            return jail.bantime
        if setting not in ("findtime", "maxretry"):
            raise Refused(f"Invalid command {setting!r} (no set action or not yet implemented)")
        jail.settings[setting] = int(values[0])
        return jail.settings[setting]

    def _reload(self, name: str) -> str:
        if name not in self.configured:
            raise Refused(f"the configuration has no jail {name!r}", is_unknown=True)
        banned = self.running[name].banned if name in self.running else []
        self.running[name] = copy.deepcopy(self.configured[name])
        self.running[name].banned = banned
        return "OK"


class Fail2banSimulator(HttpSimulator):
    """The server in process, in the words of the client's wire."""

    def __init__(self, server: SimulatedServer) -> None:
        super().__init__()
        self.server = server

    def answer(self, received: Received) -> Answer:
        words = [*words_of(received.path), *(json.loads(received.body) if received.body else ())]
        try:
            return json_answer(self.server.execute(words))
        except Refused as refused:
            return json_answer({"message": refused.reason}, status=404 if refused.is_unknown else 400)


class Fail2banSocketSimulator(SocketSimulator):
    """The server on its socket."""

    def __init__(self, server: SimulatedServer) -> None:
        super().__init__()
        self.server = server

    def read_request(self, stream: BinaryIO) -> bytes:
        data = b""
        while not data.endswith(END) and len(data) < MAX_REQUEST_BYTES:
            byte = stream.read(1)
            if not byte:
                return b""
            data += byte
        return b"" if data == CLOSE else data

    def answer(self, request: bytes) -> bytes:
        words = pickle.loads(request.removesuffix(END))  # noqa: S301 # what a test's own client has sent
        try:
            return pickle.dumps((0, self.server.execute(words)), 4) + END
        except Refused as refused:
            return pickled_error("Exception", refused.reason, module="builtins") + END

    def inject(self, fault: Fault) -> None:
        """An answer without a body is an empty frame here; without its marker it would be no answer at all."""
        super().inject(Fault("garbage", fault.times, body=END) if fault.kind == "garbage" and not fault.body else fault)


def pickled_error(kind: str, said: str, *, module: str = "fail2ban.exceptions") -> bytes:
    """Pickle (1, an exception) as the server does, without its modules."""
    words = said.encode()
    name = f"c{module}\n{kind}\n".encode()
    return b"\x80\x02K\x01" + name + b"X" + len(words).to_bytes(4, "little") + words + b"\x85R\x86."


def make_simulator() -> Fail2banSimulator:
    return Fail2banSimulator(make_server())


def make_server() -> SimulatedServer:
    return SimulatedServer(
        {"sshd": SimulatedJail(banned=["203.0.113.9", "198.51.100.0/24"]), "recidive": SimulatedJail(bantime=-1)}
    )


def _status(jail: SimulatedJail) -> list[Any]:
    return [
        ["Filter", [["Currently failed", 2], ["Total failed", 31], ["File list", jail.settings["logpath"]]]],
        [
            "Actions",
            [
                ["Currently banned", len(jail.banned)],
                ["Total banned", jail.total_banned],
                ["Banned IP list", list(jail.banned)],
            ],
        ],
    ]


def _unban(jail: SimulatedJail, addresses: list[str]) -> int:
    held = [address for address in addresses if address in jail.banned]
    jail.banned = [address for address in jail.banned if address not in held]
    return len(held)
