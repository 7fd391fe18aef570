"""Make a lab of a part of the network: plan it, let GNS3 make all of it or nothing, remember which node is whom."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from common.application.gns3 import central
from common.application.gns3.servers import server_named
from common.application.modules.capabilities import call_capability
from common.domain.errors import Conflict, Invalid
from common.domain.modules import Call
from nms.network_management.capabilities.lab_contracts import ExportInput, ExportOutput
from nms.network_management.labs.live import links_between, select_devices
from nms.network_management.labs.plan import Lab, PlanImpossible, plan_lab
from nms.network_management.models import LabNode

MOST_NODES = 1000


def export_lab(asked: ExportInput, call: Call) -> ExportOutput:
    """Raises Invalid, and what gns3.create_project raises."""
    server = server_named(asked.server)
    lab = make_plan(asked, server)
    if asked.dry_run:
        return ExportOutput(server=server, project_id=None, plan=lab.plan, node_ids={})
    made = call_capability("gns3.create_project", _document(server, lab), call)
    node_ids: Mapping[str, str] = made["node_ids"]
    rows = [
        LabNode(device_id=int(key), server=made["server"], project_id=made["project_id"], node_id=node_id)
        for key, node_id in node_ids.items()
    ]
    LabNode.objects.bulk_create(rows, ignore_conflicts=True)
    return ExportOutput(server=made["server"], project_id=made["project_id"], plan=lab.plan, node_ids=dict(node_ids))


def make_plan(asked: ExportInput, server: str) -> Lab:
    """Raises Invalid, with an entry for each device that cannot be made; Conflict where the name is taken."""
    if any(project.name == asked.name for project in central.projects(server, fresh=True)):
        raise Conflict(f"There is a project {asked.name} on {server} already.", code="project_exists")
    devices = select_devices(asked.select)
    _check_number(asked, len(devices))
    types = _template_types(server) if _may_need_templates(asked) else {}
    links = links_between([device.id for device in devices])
    try:
        return plan_lab(asked, devices, links, configured=settings.NMS_LAB_TEMPLATES, template_types=types)
    except PlanImpossible as error:
        details = tuple({"field": "", "code": "cannot_be_made", "message": text} for text in error.problems)
        raise Invalid(str(error), code="lab_impossible", details=details) from error


def _check_number(asked: ExportInput, found: int) -> None:
    wanted = set(asked.select.device_ids or ())
    if not found or (asked.select.device_ids is not None and len(wanted) > found and not _narrowed(asked)):
        missing = "Not all of the devices are there and in use." if found else "No device fits the selection."
        raise Invalid(missing, code="no_such_devices")
    if found > MOST_NODES:
        raise Invalid(f"{found} devices are too many for a lab; at most {MOST_NODES}.", code="too_many_devices")


def _narrowed(asked: ExportInput) -> bool:
    """Whether something else than the ids chooses among them."""
    return len(asked.select.model_dump(exclude_none=True, exclude={"all", "device_ids"})) > 0


def _may_need_templates(asked: ExportInput) -> bool:
    told = [*asked.roles.values(), *asked.devices.values()]
    return bool(settings.NMS_LAB_TEMPLATES) or any(made_of.template for made_of in told)


def _template_types(server: str) -> dict[str, str]:
    found = {}
    for template in central.templates(server):
        found[template.template_id] = template.type
        found[template.name] = template.type
    return found


def _document(server: str, lab: Lab) -> dict[str, object]:
    """The input of gns3.create_project; nodes are called by the ids of their devices."""
    return {
        "server": server,
        "name": lab.plan.name,
        "nodes": [
            {
                "key": str(node.device_id),
                "name": node.node,
                "template": node.template,
                "type": node.type,
                "x": node.x,
                "y": node.y,
                "properties": dict(lab.properties[node.device_id]),
            }
            for node in lab.plan.nodes
        ],
        "links": [
            {
                "ends": [
                    {
                        "node": str(end.device_id),
                        "adapter_number": end.adapter_number,
                        "port_number": end.port_number,
                    }
                    for end in (link.a, link.b)
                ]
            }
            for link in lab.plan.links
        ],
    }
