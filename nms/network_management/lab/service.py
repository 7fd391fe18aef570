"""The lab beside the hub: raised as a child process, discovered once it answers, ended with the hub. Its GNS3 server
is lent to the clients of this process meanwhile.

The child holds the agents, so that a busy hub does not slow them down and a broken one takes them with it: its
standard input is a pipe of ours, and the end of that pipe is the end of the lab.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from typing import Any

import structlog
from django.db import connection
from pydantic import SecretStr

from api_clients.configuration import TargetModel
from api_clients.network.snmp.values import Community
from common.application.clients import clients
from nms.environment import BASE_DIR
from nms.network_management.discovery.run import start_discovery
from nms.network_management.discovery.spec import DiscoverySpec
from nms.network_management.facade import list_devices
from nms.network_management.models import Credential, DiscoveryRun, Link

_CREDENTIAL_NAME = "lab"
_GNS3 = ("gns3", "main")
_POLL_SECONDS = 0.1
_STOP_SECONDS = 5.0

log = structlog.get_logger("nms.lab")


class LabService:
    """Runs from construction until stop()."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        command = [sys.executable, str(BASE_DIR / "manage.py"), "lab", "--json", "--until-stdin-closes"]
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and manage.py
            [*command, *([] if _has_gns3() else ["--gns3"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C at the terminal is the hub's; it ends the lab in its own time
        )
        self._thread = threading.Thread(target=self._discover, name="lab", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._thread.join(_STOP_SECONDS)
        clients().take_back(*_GNS3)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def _discover(self) -> None:
        try:
            lab = self._await_lab()
            if lab is not None:
                if "gns3" in lab:
                    _lend_gns3(lab["gns3"])
                run = start_discovery(_spec(lab), actor="lab")
                if self._await_end(run):
                    _say(_found(run, lab))
        except Exception:
            # A thread has nobody to raise to, and the hub is useful without its lab.
            log.exception("the lab network was not discovered")
        finally:
            connection.close()

    def _await_lab(self) -> dict[str, Any] | None:
        """What the lab says once its sockets answer; None where it ended instead."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            described: dict[str, Any] = json.loads(line)
            return described
        if not self._stopping.is_set():
            log.error("the lab did not start", exit_status=self._process.wait())
        return None

    def _await_end(self, run: DiscoveryRun) -> bool:
        """False where the hub stops first."""
        while run.state not in DiscoveryRun.FINAL:
            if self._stopping.wait(_POLL_SECONDS):
                return False
            run.refresh_from_db()
        return True


def _has_gns3() -> bool:
    return any(service == _GNS3[0] for service, _ in clients().configured())


def _lend_gns3(found: dict[str, Any]) -> None:
    """The hub has a GNS3 server then, where its configuration names none."""
    auth = {"kind": "basic", "username": found["username"], "password": SecretStr(found["password"])}
    target = TargetModel.model_validate({"instances": [{"url": found["url"]}], "auth": auth})
    clients().lend(*_GNS3, target)
    projects = ", ".join(f"{project['name']} ({project['nodes']} nodes)" for project in found["projects"])
    _say([f"Simulated GNS3 server at {found['url']}, login {found['username']}, {found['password']}: {projects}"])


def _spec(lab: dict[str, Any]) -> DiscoverySpec:
    devices = lab["devices"]
    return DiscoverySpec(
        targets=tuple(device["address"] for device in devices),
        port=devices[0]["port"],
        credential_ids=(_store_credential(devices[0]["community"]).pk,),
    )


def _store_credential(community: str) -> Credential:
    """The same row at every start; the name goes to someone else's credential where one has it."""
    taken = Credential.objects.filter(name=_CREDENTIAL_NAME).exists()
    return Credential.from_snmp(Community(community), name="" if taken else _CREDENTIAL_NAME)


def _found(run: DiscoveryRun, lab: dict[str, Any]) -> list[str]:
    """A few lines for the terminal: how much was found, and what."""
    if run.state != DiscoveryRun.State.SUCCEEDED:
        return [f"The lab network was not discovered: run {run.pk} {run.state}. {run.error}"]
    wanted = set(run.result.get("device_ids", []))
    devices = [device for device in list_devices() if device.id in wanted]
    addresses = [device["address"] for device in lab["devices"]]
    seconds = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0.0
    lines = [
        f"Discovered the lab network ({addresses[0]} to {addresses[-1]}, UDP port {lab['devices'][0]['port']}) "
        f"in {seconds:.1f} s: {len(devices)} of {len(addresses)} devices, "
        f"{_count_links(run)} of {len(lab['links'])} links."
    ]
    roles = Counter((device.role or "other", device.vendor or "unknown vendor") for device in devices)
    for role in sorted({role for role, _ in roles}):
        vendors = {vendor: count for (of, vendor), count in roles.items() if of == role}
        named = ", ".join(f"{vendor} {count}" for vendor, count in sorted(vendors.items()))
        lines.append(f"  {role:<9} {sum(vendors.values()):>3}   {named}")
    if run.problem_count:
        lines.append(f"  {run.problem_count} problems; see the discovery run {run.pk}")
    return lines


def _count_links(run: DiscoveryRun) -> int:
    ids = run.result.get("device_ids", [])
    return Link.objects.filter(last_seen__isnull=True, a_device_id__in=ids, b_device_id__in=ids).count()


def _say(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
