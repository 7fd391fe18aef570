"""A real network on this machine: a ring of FRR routers with snmpd and lldpd, each in a network namespace.

Needs root and the programs in `PROGRAMS`. Names carry the process id, so that two runs do not meet, and the
management addresses are the first free 10.255.x.0/24. Daemons run in the foreground as children, so that none
outlives the ring.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROGRAMS = ("ip", "zebra", "ospfd", "snmpd", "lldpd", "snmpwalk")
COMMUNITY = "ringro"
V3_USER = "ringv3"
V3_AUTH_PASSWORD = "authpass123"
V3_PRIV_PASSWORD = "privpass123"

_LLDP_REMOTE_NAMES = "1.0.8802.1.1.2.1.4.1.1.9"
_FRR = "/usr/lib/frr"


class RingFailed(RuntimeError):
    """The ring could not be raised; the message names the command or the state that did not come."""


class Ring:
    """`size` routers r1..rN; interface ethX of a router leads to rX, mgmt0 to the address the agent listens on."""

    def __init__(self, size: int = 4) -> None:
        self.size = size
        self._prefix = f"nms{os.getpid() % 100000}"
        self._bridge = f"{self._prefix}br"
        self._folder = Path(tempfile.mkdtemp(prefix="nms-ring-"))
        self._folder.chmod(0o755)  # FRR drops root and must reach its files
        self._network = ""
        self._daemons: dict[int, list[subprocess.Popen[bytes]]] = {}

    @property
    def routers(self) -> range:
        return range(1, self.size + 1)

    @property
    def links(self) -> list[tuple[int, int]]:
        """The ring's links as pairs of router numbers."""
        return [(number, number % self.size + 1) for number in self.routers]

    def address(self, router: int) -> str:
        return f"{self._network}.{router}"

    def interfaces(self, router: int) -> dict[str, set[str]]:
        """What the kernel knows: the addresses of every interface, by its name."""
        listed = json.loads(_ip("-n", self._namespace(router), "-j", "addr", "show"))
        return {row["ifname"]: {address["local"] for address in row["addr_info"]} for row in listed}

    def up(self) -> None:
        """Raise everything and wait until routes and neighbours are there. Raises RingFailed."""
        self._network = _free_network()
        _ip("link", "add", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{self._network}.254/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")
        for router in self.routers:
            self._add_namespace(router)
        for number, (a, b) in enumerate(self.links):
            self._add_link(a, b, subnet=f"10.254.{number}")
        for router in self.routers:
            self.start_router(router)
        _wait("OSPF routes to every router", self._has_converged)
        _wait("two LLDP neighbours on every router", self._sees_all_neighbours)

    def down(self) -> None:
        """Take everything away; safe after a half-finished `up`."""
        for router in list(self._daemons):
            self.stop_router(router)
        for router in self.routers:
            _ip("netns", "del", self._namespace(router), check=False)
        _ip("link", "del", self._bridge, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)

    def cut(self, a: int, b: int) -> None:
        """Take the link between two neighbouring routers down, on the first one's side."""
        _ip("-n", self._namespace(a), "link", "set", f"eth{b}", "down")

    def mend(self, a: int, b: int) -> None:
        _ip("-n", self._namespace(a), "link", "set", f"eth{b}", "up")

    def start_router(self, router: int) -> None:
        folder = self._configure(router)
        frr = ["-i", "{d}.pid", "-z", f"{folder}/zserv.api", "--vty_socket", str(folder), "-A", "127.0.0.1", "-P", "0"]
        for daemon in ("zebra", "ospfd"):
            arguments = [argument.format(d=folder / daemon) for argument in frr]
            self._start(router, [f"{_FRR}/{daemon}", "-f", f"{folder}/{daemon}.conf", *arguments])
            if daemon == "zebra":
                _wait(f"zebra of r{router}", (folder / "zserv.api").exists)
        self._start(
            router,
            ["snmpd", "-f", "-LF", "0-5", f"{folder}/snmpd.log", "-I", "-smux", "-C", "-c", f"{folder}/snmpd.conf"],
            MIBS="",
            SNMP_PERSISTENT_DIR=f"{folder}/snmpvar",
        )
        _wait(f"snmpd of r{router}", (folder / "agentx").exists)
        lldpd = ["lldpd", "-d", "-u", f"{folder}/lldpd.sock", "-x", "-X", f"{folder}/agentx", "-I", "eth*"]
        self._start(router, [*lldpd, "-O", f"{folder}/lldpd.conf"])

    def stop_router(self, router: int) -> None:
        """End the router's daemons, as if it had lost its power."""
        daemons = self._daemons.pop(router, [])
        for daemon in reversed(daemons):
            daemon.terminate()
        for daemon in daemons:
            try:
                daemon.wait(timeout=5)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait(timeout=5)

    def _namespace(self, router: int) -> str:
        return f"{self._prefix}-r{router}"

    def _add_namespace(self, router: int) -> None:
        namespace, port = self._namespace(router), f"{self._prefix}m{router}"
        _ip("netns", "add", namespace)
        _ip("-n", namespace, "link", "set", "lo", "up")
        _ip("-n", namespace, "addr", "add", f"10.253.0.{router}/32", "dev", "lo")
        _ip("link", "add", port, "type", "veth", "peer", "name", "mgmt0", "netns", namespace)
        _ip("link", "set", port, "master", self._bridge, "up")
        _ip("-n", namespace, "addr", "add", f"{self.address(router)}/24", "dev", "mgmt0")
        _ip("-n", namespace, "link", "set", "mgmt0", "up")
        _ip("netns", "exec", namespace, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")

    def _add_link(self, a: int, b: int, *, subnet: str) -> None:
        near, far = self._namespace(a), self._namespace(b)
        _ip("-n", near, "link", "add", f"eth{b}", "type", "veth", "peer", "name", f"eth{a}", "netns", far)
        for namespace, interface, host in ((near, f"eth{b}", 1), (far, f"eth{a}", 2)):
            _ip("-n", namespace, "addr", "add", f"{subnet}.{host}/30", "dev", interface)
            _ip("-n", namespace, "link", "set", interface, "up")

    def _configure(self, router: int) -> Path:
        folder = self._folder / f"r{router}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, lines in self._configurations(router, folder).items():
            (folder / name).write_text("\n".join(lines) + "\n")
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "frr", "frr")
        return folder

    def _configurations(self, router: int, folder: Path) -> dict[str, list[str]]:
        neighbours = [b if a == router else a for a, b in self.links if router in (a, b)]
        return {
            "zebra.conf": [f"hostname r{router}", f"log file {folder}/zebra.log"],
            "ospfd.conf": [
                f"log file {folder}/ospfd.log",
                *(line for neighbour in neighbours for line in _ospf_interface(neighbour)),
                "router ospf",
                f" ospf router-id 10.253.0.{router}",
                " timers throttle spf 0 50 200",
                " timers throttle lsa all 0",
                " timers lsa min-arrival 0",
                " network 10.253.0.0/16 area 0",
                " network 10.254.0.0/16 area 0",
                " passive-interface lo",
            ],
            "snmpd.conf": [
                f"agentAddress udp:{self.address(router)}:161",
                f"sysName r{router}",
                f"rocommunity {COMMUNITY} {self._network}.0/24",
                f'createUser {V3_USER} SHA "{V3_AUTH_PASSWORD}" AES "{V3_PRIV_PASSWORD}"',
                f"rouser {V3_USER} priv",
                "master agentx",
                f"agentXSocket {folder}/agentx",
                "agentXPerms 0660 0770 root _lldpd",
            ],
            "lldpd.conf": [
                f"configure system hostname r{router}",
                f"configure system ip management pattern {self._network}.*",
                "configure lldp tx-interval 1",
                "configure lldp tx-hold 5",
            ],
        }

    def _start(self, router: int, command: list[str], **environment: str) -> None:
        log = (self._folder / f"r{router}" / f"{Path(command[0]).name}.out").open("wb")
        with log:
            daemon = subprocess.Popen(
                ["ip", "netns", "exec", self._namespace(router), *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"} | environment,
            )
        self._daemons.setdefault(router, []).append(daemon)

    def _has_converged(self) -> bool:
        routes = _ip("-n", self._namespace(1), "route", "show", "proto", "ospf")
        return sum(line.startswith("10.253.0.") for line in routes.splitlines()) == self.size - 1

    def _sees_all_neighbours(self) -> bool:
        return all(len(self._neighbour_names(router)) == 2 for router in self.routers)

    def _neighbour_names(self, router: int) -> list[str]:
        walked = subprocess.run(
            ["snmpwalk", "-v2c", "-c", COMMUNITY, "-On", "-t1", "-r0", self.address(router), _LLDP_REMOTE_NAMES],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            env=os.environ | {"MIBS": ""},
        )
        return [line for line in walked.stdout.splitlines() if "STRING" in line]


def _ospf_interface(neighbour: int) -> list[str]:
    return [
        f"interface eth{neighbour}",
        " ip ospf network point-to-point",
        " ip ospf hello-interval 1",
        " ip ospf dead-interval 3",
        " ip ospf retransmit-interval 2",
    ]


def _ip(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, timeout=20, check=False)
    if check and done.returncode != 0:
        raise RingFailed(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def _free_network() -> str:
    taken = _ip("-4", "-o", "addr", "show")
    return next(network for third in range(255) if f" {(network := f'10.255.{third}')}." not in taken)


def _wait(what: str, there: Callable[[], bool], *, timeout_seconds: float = 90) -> None:
    limit = time.monotonic() + timeout_seconds
    while not there():
        if time.monotonic() > limit:
            raise RingFailed(f"{what}: not there after {timeout_seconds:.0f} s")
        time.sleep(0.2)


@contextlib.contextmanager
def raised_ring(size: int = 4) -> Iterator[Ring]:
    """A ring that is up; taken away at the end whatever happens."""
    ring = Ring(size)
    try:
        ring.up()
        yield ring
    finally:
        ring.down()
