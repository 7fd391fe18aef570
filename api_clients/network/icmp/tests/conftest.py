"""A real path of one router: namespaces left - middle - right, 10.99.1.0/24 and 10.99.2.0/24, fd99:1:: and fd99:2::."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

LEFT_TO_RIGHT = "10.99.2.2"
LEFT_TO_RIGHT_V6 = "fd99:2::2"
WITHOUT_CAPABILITIES = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


@dataclass(frozen=True)
class Path:
    left: str
    middle: str
    right: str

    def run_in_left(self, *command: str, privileged: bool = True) -> str:
        """Run a command in the left namespace, as root or as root stripped of every capability."""
        prefix = () if privileged else WITHOUT_CAPABILITIES
        done = subprocess.run(
            ["ip", "netns", "exec", self.left, *prefix, *command],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, timeout=20)


def _join(near: str, far: str, network: int) -> None:
    """A cable between two namespaces; the near end is .1, the far end .2."""
    near_end, far_end = f"n{network}", f"f{network}"
    _ip("link", "add", near_end, "netns", near, "type", "veth", "peer", "name", far_end, "netns", far)
    for namespace, end, host in ((near, near_end, 1), (far, far_end, 2)):
        _ip("-n", namespace, "address", "add", f"10.99.{network}.{host}/24", "dev", end)
        _ip("-n", namespace, "-6", "address", "add", f"fd99:{network}::{host}/64", "dev", end, "nodad")
        _ip("-n", namespace, "link", "set", end, "up")


@pytest.fixture(scope="session")
def path() -> Iterator[Path]:
    names = [f"nms-{part}-{os.getpid()}" for part in ("left", "middle", "right")]
    for name in names:
        _ip("netns", "add", name)
    try:
        for name in names:
            _ip("-n", name, "link", "set", "lo", "up")
        left, middle, right = names
        _join(left, middle, 1)
        _join(middle, right, 2)
        for setting in ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"):
            _ip("netns", "exec", middle, "sysctl", "-qw", setting)
        for name, gateways in ((left, ("10.99.1.2", "fd99:1::2")), (right, ("10.99.2.1", "fd99:2::1"))):
            for gateway in gateways:
                _ip("-n", name, "route", "add", "default", "via", gateway)
        made = Path(*names)
        for address in (LEFT_TO_RIGHT, LEFT_TO_RIGHT_V6):  # fresh links take a moment to find their neighbours
            made.run_in_left("ping", "-c", "1", "-i", "0.2", "-w", "10", address)
        yield made
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "delete", name], check=False, timeout=20)
