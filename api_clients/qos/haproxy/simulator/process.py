"""The running HAProxy: servers of one backend, a stick table, and the commands of the stats socket with their words as
HAProxy 2.6 says them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

VERSION = "2.6.12-1+deb12u4"
HEADER = (
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,econ,eresp,wretr,status,weight,act,bck,lastchg,downtime,type"
    ",rate,check_status,hrsp_2xx,hrsp_5xx,req_tot,last_chk,addr,mode,-,h1_bytes_in"
)
COLUMNS = HEADER.split(",")
STATE_COLUMNS = (
    "be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight"
    " srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state"
    " bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr"
    " srv_agent_addr srv_agent_port"
)
ADMIN = {"ready": 0, "maint": 1, "drain": 8}
INFO = f"""Name: HAProxy
Version: {VERSION}
Release_date: 2026/10/17
Nbthread: 2
Pid: 4711
Uptime: 0d 1h00m00s
Uptime_sec: 3600
PoolUsed_MB: 1
Maxconn: 200
CurrConns: 3
CumConns: 420
CumReq: 400
ConnRate: 2
SessRate: 2
Tasks: 18
Run_queue: 1
Idle_pct: 97
node: lab
Stopping: 0
PoolUsed_bytes: 1127080
"""
SESSION = (
    "0x559735a65410: proto=tcpv4 src=198.51.100.7:40000 fe=web be=app srv=s1 ts=00 epoch=0 age=1m2s calls=3 rate=0"
    " cpu=0 lat=0 rq[f=848202h,i=0,an=00h,rx=,wx=,ax=] rp[f=80048202h,i=0,an=00h,rx=,wx=,ax=] exp=4s rc=0 c_exp=\n"
)


@dataclass
class SimulatedServer:
    name: str
    address: str
    port: int
    weight: int = 1
    initial_weight: int = 1
    state: str = "ready"
    is_up: bool = True

    @property
    def status(self) -> str:
        if self.state != "ready":
            return {"maint": "MAINT", "drain": "DRAIN"}[self.state]
        return "UP" if self.is_up else "DOWN"


def some_servers() -> dict[str, SimulatedServer]:
    servers = (
        SimulatedServer("s1", "192.0.2.11", 8080),
        SimulatedServer("s2", "192.0.2.12", 8080, is_up=False),
        SimulatedServer("s3", "192.0.2.13", 8080, state="maint"),
    )
    return {server.name: server for server in servers}


@dataclass
class SimulatedProcess:
    """`level` is that of its socket."""

    servers: dict[str, SimulatedServer] = field(default_factory=some_servers)
    entries: dict[str, int] = field(default_factory=lambda: {"198.51.100.7": 4})
    level: str = "admin"

    def run(self, command: str) -> str:
        """Return what the socket answers, its last line break included."""
        for pattern, action in self._commands():
            if found := re.fullmatch(pattern, command):
                return action(*found.groups()) + "\n"
        return "Unknown command, but maybe one of the following ones is a better match:\n  help\n\n"

    def _commands(self) -> list[tuple[str, Callable[..., str]]]:
        server = r"(\S+)/(\S+)"
        return [
            ("show stat", self.csv),
            ("show info", lambda: INFO),
            (r"show servers state(?: (\S+))?", self._states),
            ("show sess", lambda: SESSION if self.servers else ""),
            ("show table", self._table),
            (r"show table (\S+)", self._entries),
            (r"clear table (\S+) key (\S+)", self._clear),
            (rf"set server {server} state (ready|drain|maint)", self._set_state),
            (rf"set server {server} weight (\d+)(%?)", self._set_weight),
            (rf"add server {server} (\S+):(\d+) weight (\d+)( check inter \d+)?( backup)?", self._add),
            (rf"del server {server}", self._delete),
            (rf"(?:enable health|shutdown sessions server) {server}", lambda backend, name: self._find(backend, name)),
        ]

    # --- What is shown ---

    def csv(self) -> str:
        lines = [f"# {HEADER},"]
        if self.servers:
            works = sum(item.state == "ready" and item.is_up for item in self.servers.values())
            front = {
                "pxname": "web",
                "svname": "FRONTEND",
                "type": "0",
                "status": "OPEN",
                "slim": "200",
                "req_tot": "400",
            }
            back = {"pxname": "app", "svname": "BACKEND", "type": "1", "status": "UP" if works else "DOWN"}
            lines.append(_row(front | {"stot": "420", "scur": "3", "rate": "2", "bin": "41000", "bout": "90000"}))
            lines += [_row(_of_server(item)) for item in self.servers.values()]
            lines.append(_row(back | {"act": str(works), "bck": "0", "weight": str(works), "stot": "400"}))
        return "\n".join(lines) + "\n"

    def _states(self, backend: str | None) -> str:
        if backend not in (None, "app"):
            return "Can't find backend.\n"
        rows = [
            f"4 app {at} {item.name} {item.address} {2 if item.is_up and item.state != 'maint' else 0}"
            f" {ADMIN[item.state]} {item.weight} {item.initial_weight} 60 6 3 4 6 0 0 0 - {item.port} - 0 0 - - 0"
            for at, item in enumerate(self.servers.values(), 1)
        ]
        return "\n".join(["1", f"# {STATE_COLUMNS}", *rows]) + "\n"

    def _table(self) -> str:
        return f"# table: web, type: ip, size:1024, used:{len(self.entries)}\n"

    def _entries(self, table: str) -> str:
        if table != "web":
            return "No such table\n"
        rows = [
            f"0x559735b80cd0: key={key} use=0 exp=598088 http_req_cnt={count} http_req_rate(10000)={count}\n"
            for key, count in self.entries.items()
        ]
        return self._table() + "".join(rows)

    # --- What is done: nothing is said where it was ---

    def _clear(self, table: str, key: str) -> str:
        if table != "web":
            return "No such table\n"
        self.entries.pop(key, None)
        return ""

    def _set_state(self, backend: str, name: str, state: str) -> str:
        problem = self._find(backend, name)
        if not problem:
            self.servers[name].state = state
        return problem

    def _set_weight(self, backend: str, name: str, weight: str, percent: str) -> str:
        problem = self._find(backend, name)
        if problem:
            return problem
        server = self.servers[name]
        chosen = server.initial_weight * int(weight) // 100 if percent else int(weight)
        if chosen > 256:
            return "Absolute weight can only be between 0 and 256 inclusive.\n"
        server.weight = chosen
        return ""

    def _add(self, backend: str, name: str, address: str, port: str, weight: str, *_: str | None) -> str:
        if self.level != "admin":
            return "Permission denied\n"
        if backend != "app":
            return "No such backend.\n"
        if name in self.servers:
            return "Already exists a server with the same name in backend.\n"
        self.servers[name] = SimulatedServer(name, address, int(port), int(weight), int(weight), state="maint")
        return "New server registered.\n"

    def _delete(self, backend: str, name: str) -> str:
        problem = self._find(backend, name)
        if problem:
            return problem
        if self.servers[name].state != "maint":
            return "Only servers in maintenance mode can be deleted.\n"
        del self.servers[name]
        return "Server deleted.\n"

    def _find(self, backend: str, name: str) -> str:
        """Return what is wrong with the name of a server, empty where nothing is."""
        if self.level != "admin":
            return "Permission denied\n"
        if backend != "app":
            return "No such backend.\n"
        return "" if name in self.servers else "No such server.\n"


def _of_server(server: SimulatedServer) -> dict[str, str]:
    return {
        "pxname": "app",
        "svname": server.name,
        "type": "2",
        "status": server.status,
        "weight": str(server.weight),
        "act": "1",
        "bck": "0",
        "stot": "200",
        "scur": "1",
        "lastchg": "60",
        "downtime": "0",
        "check_status": "L4OK" if server.is_up else "L4CON",
        "last_chk": "Layer4 check passed" if server.is_up else "Layer4 connection problem, refused",
        "hrsp_2xx": "200",
        "addr": f"{server.address}:{server.port}",
        "mode": "http",
    }


def _row(values: dict[str, str]) -> str:
    # A value with a comma is quoted, as RFC 4180 says and HAProxy does.
    return ",".join(f'"{text}"' if "," in (text := values.get(name, "")) else text for name in COLUMNS) + ","
