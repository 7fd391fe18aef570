"""The discovery of equipment as a capability."""

from __future__ import annotations

from common.application.equipment.agents import refuse_unknown_credentials
from common.application.equipment.contracts import (
    EquipmentItem,
    ProfileEquipmentInput,
    ProfileEquipmentOutput,
    ProjectItem,
    ProjectProblem,
)
from common.application.equipment.discovery import Asking, ProjectDiscovery, discover_project
from common.application.gns3 import central
from common.domain.errors import HubError, TimedOut, Unavailable
from common.domain.modules import Call, CapabilityFailed


def profile_equipment(asked: ProfileEquipmentInput, call: Call) -> ProfileEquipmentOutput:
    """Profile the nodes of GNS3 projects: addresses, SNMP, configurations, consoles, links."""
    asking = Asking(asked.port, tuple(asked.credentials))
    try:
        refuse_unknown_credentials(asking.credentials, call)
    except HubError as error:
        raise _failure(error) from error
    if asked.project_id:
        try:
            server, _ = central.find(asked.project_id)
            found = discover_project(
                server, asked.project_id, node_id=asked.equipment_id or None, asking=asking, call=call
            )
        except HubError as error:
            raise _failure(error) from error
        return ProfileEquipmentOutput(projects=[_item(found)], problems=[])
    if asked.equipment_id:
        raise CapabilityFailed("Name the project of the equipment.", code="project_missing", retryable=False)
    return _all_open(asking, call)


def _all_open(asking: Asking, call: Call) -> ProfileEquipmentOutput:
    projects: list[ProjectItem] = []
    problems: list[ProjectProblem] = []
    for server in central.servers():
        for project_id in _open_projects(server, problems):
            try:
                projects.append(_item(discover_project(server, project_id, asking=asking, call=call)))
            except HubError as error:
                problems.append(ProjectProblem(project_id=project_id, code=error.code, message=str(error)))
    if problems and not projects:
        raise CapabilityFailed(problems[0].message, code=problems[0].code)
    return ProfileEquipmentOutput(projects=projects, problems=problems)


def _open_projects(server: str, problems: list[ProjectProblem]) -> list[str]:
    try:
        return [project.project_id for project in central.projects(server, fresh=True) if project.status == "opened"]
    except HubError as error:
        problems.append(ProjectProblem(project_id="", code=error.code, message=str(error)))
        return []


def _failure(error: HubError) -> CapabilityFailed:
    return CapabilityFailed(str(error), code=error.code, retryable=isinstance(error, Unavailable | TimedOut))


def _item(found: ProjectDiscovery) -> ProjectItem:
    return ProjectItem(
        server=found.server,
        project_id=found.project_id,
        project=found.project,
        seconds=found.seconds,
        equipment=[
            EquipmentItem(
                equipment_id=profile["equipment_id"],
                name=profile["name"],
                type=profile["type"],
                status=profile["status"],
                ip_addresses=profile["network_info"]["ip_addresses"],
                discovery=profile["discovery"]["status"],
                change=found.changes.get(profile["equipment_id"], "unchanged"),
            )
            for profile in found.profiles
        ],
        new=found.count("new"),
        changed=found.count("changed"),
        unchanged=found.count("unchanged"),
        device_ids=list(found.device_ids),
        inventory=found.inventory,
    )
