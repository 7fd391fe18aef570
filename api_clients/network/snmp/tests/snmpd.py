"""net-snmp's agent for tests: own port, own folder, users of every protocol it knows, restartable."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from api_clients.network.snmp.values import AuthProtocol, PrivProtocol, UsmUser
from api_clients.tests.servers import free_port

AUTH_PASSWORD = "auth-pass-word"
PRIV_PASSWORD = "priv-pass-word"

_AUTH: tuple[AuthProtocol, ...] = ("MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512")
_PRIV: tuple[PrivProtocol, ...] = ("DES", "AES-128", "AES-192", "AES-256", "AES-192-C", "AES-256-C")
# net-snmp's words, where they differ from ours
_NET_SNMP = {"AES-128": "AES"}

NOBODY = UsmUser("plain")
AUTHENTICATED = [UsmUser(f"auth-{auth.lower()}", auth, AUTH_PASSWORD) for auth in _AUTH]
ENCRYPTED = [
    UsmUser(f"priv-{auth.lower()}-{priv.lower()}", auth, AUTH_PASSWORD, priv, PRIV_PASSWORD)
    for auth in _AUTH
    for priv in _PRIV
]
WRITER = UsmUser("writer", "SHA-256", AUTH_PASSWORD, "AES-128", PRIV_PASSWORD)


def _create(user: UsmUser) -> str:
    words = ["createUser", user.name]
    if user.auth_protocol:
        words += [user.auth_protocol, AUTH_PASSWORD]
    if user.priv_protocol:
        words += [_NET_SNMP.get(user.priv_protocol, user.priv_protocol), PRIV_PASSWORD]
    return " ".join(words)


def _configuration() -> str:
    lines = ["rocommunity public", "rocommunity6 public", "rwcommunity secret", "rwcommunity6 secret", "sysServices 72"]
    lines += [_create(user) for user in (NOBODY, *AUTHENTICATED, *ENCRYPTED, WRITER)]
    lines += [f"rouser {NOBODY.name} noauth", f"rwuser {WRITER.name} priv"]
    lines += [f"rouser {user.name} auth" for user in AUTHENTICATED]
    lines += [f"rouser {user.name} priv" for user in ENCRYPTED]
    return "\n".join(lines) + "\n"


def free_udp_port() -> int:
    """Return a port that nobody uses and no other test will be given meanwhile, nor the kernel to whoever asks."""
    while True:
        port = free_port()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
            probe.bind(("0.0.0.0", port))  # as snmpd will
            return port


@dataclass
class Snmpd:
    """Listens on all of 127.0.0.0/8 and on ::1. Its state folder keeps engine ID and boots over a restart."""

    program: str

    def __post_init__(self) -> None:
        self.port = free_udp_port()
        self.folder = Path(tempfile.mkdtemp(prefix="nms-snmpd-"))
        self._state = self.folder / "state"
        self._process: subprocess.Popen[bytes] | None = None
        (self.folder / "snmpd.conf").write_text(_configuration())

    def start(self) -> None:
        self._state.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            "SNMPCONFPATH": f"{self.folder}:{self._state}",
            "SNMP_PERSISTENT_DIR": str(self._state),
            "MIBS": "",
        }
        command = [self.program, "-f", "-Lf", str(self.folder / "log"), "-I", "-smux"]
        command += [f"udp:0.0.0.0:{self.port}", f"udp6:[::1]:{self.port}"]
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._wait_until_up()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=10)
            self._process = None

    def restart(self, *, forgetful: bool = False) -> None:
        """Start again; a forgetful one has lost its state and comes back with another engine ID."""
        self.stop()
        if forgetful:
            shutil.rmtree(self._state)
        self.start()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, (self.folder / "log").read_text()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                probe.settimeout(1.0)
                probe.connect(("127.0.0.1", self.port))
                try:
                    probe.send(_GET_NEXT)
                    probe.recv(2048)
                except OSError:
                    time.sleep(0.05)
                    continue
                return
        raise AssertionError(f"snmpd did not answer: {(self.folder / 'log').read_text()}")


# SNMPv2c, community public, GETNEXT of 1.3
_GET_NEXT = bytes.fromhex("301f02010104067075626c6963a1120201010201000201003007300506012b0500")
