"""The discovery of a project's equipment, or of one node of it.

    GNS3 > startup files > consoles, twice > to whom does an address belong? > SNMP > profiles > rows and events

Every step is of all nodes at once and fails for each node alone. What the inventory should know is returned, not
written: the workflow hands it to the module that keeps the inventory.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.utils import timezone

from api_clients.network.gns3.values import Topology
from common.application.clients import clients
from common.application.equipment import agents, storing
from common.application.equipment.addresses import Surroundings, answered_by_another, judge, proven
from common.application.equipment.assembling import assemble, unread_parts
from common.application.equipment.documents import undiscovered
from common.application.equipment.inventory import Recorded, inventory_input
from common.application.equipment.links import link_documents
from common.application.equipment.looking import look_at_consoles, read_startup_files
from common.application.equipment.segments import mates_of, segments_of
from common.application.equipment.storing import Discovered, Where
from common.application.equipment.values import AgentAnswer, Neighbourhood, Observation, Problem
from common.application.equipment.work import Work
from common.application.gns3 import central
from common.domain.errors import Conflict, Unknown
from common.domain.modules import Call, CapabilityFailed

log = structlog.get_logger("nms.equipment")
JsonObject = dict[str, Any]

MATES = 10  # nodes of its segments that are asked about a single node


@dataclass(frozen=True, slots=True)
class Asking:
    """How SNMP agents are asked; without ids all stored credentials are tried, in their order."""

    port: int = 161
    credentials: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectDiscovery:
    """`changes` by node: new, changed, unchanged. `inventory` is what record_equipment takes."""

    server: str
    project_id: str
    project: str
    profiles: tuple[JsonObject, ...] = field(repr=False)
    changes: Mapping[str, str]
    inventory: JsonObject = field(repr=False)
    device_ids: tuple[int, ...] = ()  # of those that answered SNMP
    seconds: float = 0.0

    def count(self, change: str) -> int:
        return Counter(self.changes.values())[change]


def discover_project(
    server: str, project_id: str, *, node_id: str | None = None, asking: Asking | None = None, call: Call
) -> ProjectDiscovery:
    """Raises Unknown, Conflict (a closed project) and what an outage of GNS3 is; nothing is stored then."""
    began = time.monotonic()
    topology = central.topology(server, project_id, fresh=True)
    if topology.project.status != "opened":
        message = f"The project {topology.project.name} is closed: open it, then its equipment can be discovered."
        raise Conflict(message, code="project_closed")
    if node_id is not None and all(node.node_id != node_id for node in topology.nodes):
        raise Unknown(f"There is no node {node_id} in {topology.project.name}.", code="unknown_node")
    where = Where(server, topology.project.project_id, topology.project.name)
    course = _Course(where, topology, node_id, asking or Asking(), call)
    return course.run(began)


class _Course:
    """One discovery, stage by stage."""

    def __init__(self, where: Where, topology: Topology, node_id: str | None, asking: Asking, call: Call) -> None:
        earlier = storing.earlier_findings(where)
        works = {node.node_id: Work(node, earlier.get(node.node_id, {})) for node in topology.nodes}
        self._where, self._topology, self._asking, self._call = where, topology, asking, call
        self._complete = node_id is None
        self._segments = segments_of(topology.nodes, topology.links)
        wanted = set(works) if node_id is None else {node_id}
        self._works = {key: work for key, work in works.items() if key in wanted}
        self._everyone = works

    def run(self, began: float) -> ProjectDiscovery:
        self._look()
        self._check()
        self._validate()
        self._ask_agents()
        self._check()
        found = [self._profile(work) for work in self._works.values()]
        changes = storing.store(self._where, found, call=self._call)
        seconds = time.monotonic() - began
        log.info("equipment discovered", project=self._where.project, nodes=len(found), seconds=round(seconds, 2))
        return ProjectDiscovery(
            self._where.server,
            self._where.project_id,
            self._where.project,
            tuple(one.profile for one in found),
            changes,
            self._inventory(),
            tuple(dict.fromkeys(answer.device_id for work in self._works.values() if (answer := _agent(work)))),
            round(seconds, 3),
        )

    def _look(self) -> None:
        works = tuple(self._works.values())
        read_startup_files(central.client(self._where.server), works)
        self._check()
        ready = clients()
        asyncio.run(look_at_consoles(ready.get("console"), ready.get("icmp"), works, self._mates(), self._segments))

    def _mates(self) -> dict[str, Work]:
        """Of a part of the project: who can tell of it."""
        near = {mate for node_id in self._works for mate in mates_of(node_id, self._segments)} - set(self._works)
        return {node_id: self._everyone[node_id] for node_id in sorted(near)[:MATES] if node_id in self._everyone}

    def _validate(self) -> None:
        everyone = self._everyone.values()
        known = Surroundings(
            names={work.node.node_id: work.node.name for work in everyone},
            mates={work.node.node_id: mates_of(work.node.node_id, self._segments) for work in everyone},
            macs={work.node.node_id: work.macs() for work in everyone},
            told=frozenset(work.node.node_id for work in everyone if work.told_addresses),
            resting=frozenset(work.node.node_id for work in everyone if work.node.status != "started"),
        )
        claims = [claim for work in self._works.values() for claim in work.claims()]
        judged = judge(claims, self._observations(), known)
        for node_id, work in self._works.items():
            work.addresses = judged[node_id]

    def _observations(self) -> list[Observation]:
        return [
            observation
            for work in self._everyone.values()
            if isinstance(work.neighbourhood, Neighbourhood)
            for observation in work.neighbourhood.observations
        ]

    def _ask_agents(self) -> None:
        if not agents.offered():
            return
        wanted = [
            agents.Wanted(work.node.node_id, addresses, work.known_names(), tuple(work.macs()))
            for work in self._works.values()
            if work.node.type not in agents.WITHOUT_AGENT
            and work.node.status == "started"
            and (addresses := agents.candidates(work.addresses))
        ]
        reports = agents.ask_agents(
            wanted, port=self._asking.port, credentials=self._asking.credentials, call=self._call
        )
        for node_id, report in reports.items():
            work = self._works[node_id]
            work.agent = report
            answered = report.answer.address if report.answer is not None else None
            work.addresses = tuple(
                proven(found, "sysname")
                if found.address == answered
                else answered_by_another(found, report.refused[found.address])
                if found.address in report.refused
                else found
                for found in work.addresses
            )

    def _profile(self, work: Work) -> Discovered:
        """A defect of ours in one profile is told in it, and the others go on."""
        offered = agents.offered()
        try:
            profile = assemble(
                work,
                self._topology,
                self._segments,
                discovered_at=timezone.now().isoformat(),
                agents_offered=offered,
            )
        except Exception as error:
            log.exception("a profile could not be put together", node=work.node.name)
            message = f"{type(error).__name__} in NMS itself; its log has the traceback"
            work.steps["profile"].fail(Problem("internal_error", message))
            profile = undiscovered(work.node, self._topology, link_documents(work.node, self._topology))
            profile["discovery"] |= {"status": "failed", "steps": work.steps.as_documents()}
        return Discovered(
            work.node.node_id, profile["discovery"]["status"], profile, work.as_findings(), unread_parts(work)
        )

    def _inventory(self) -> JsonObject:
        recorded = [
            Recorded(
                work.node,
                work.addresses,
                work.macs(),
                system_name=answer.system_name if (answer := _agent(work)) else "",
                serial=(answer.serial if answer else "") or _console_serial(work),
            )
            for work in self._works.values()
        ]
        return inventory_input(self._where.server, self._topology, recorded, complete=self._complete)

    def _check(self) -> None:
        if self._call.should_stop():
            raise CapabilityFailed("The discovery was stopped.", code="stopped", retryable=True)


def _agent(work: Work) -> AgentAnswer | None:
    return work.agent.answer if work.agent is not None else None


def _console_serial(work: Work) -> str:
    return work.answer.system.get("serial", "") if work.answer is not None else ""
