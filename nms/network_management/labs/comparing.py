"""Compare a lab with the live network: read both, and say what differs."""

from __future__ import annotations

from common.application.gns3 import central
from common.domain.errors import Invalid
from nms.network_management.capabilities.lab_contracts import ComparedWith, CompareInput, CompareOutput
from nms.network_management.inventory.identity import own_addresses
from nms.network_management.labs.compare import Lab, compare
from nms.network_management.labs.live import LiveDevice, links_between, load_devices, select_devices
from nms.network_management.models import Device, Gns3Node, IPAddress, LabNode


def compare_lab(asked: CompareInput) -> CompareOutput:
    """Raises Unknown for a project that is not there, Unavailable and its like, Invalid for an empty selection."""
    server, project = central.find(asked.project_id)
    topology = central.topology(server, project.project_id, fresh=True)
    lab = Lab(server, topology, _exported(server, project.project_id), _addresses(server, project.project_id))
    compared_with, devices = _live(asked, lab)
    links = links_between([device.id for device in devices])
    found = compare(lab, devices, links)
    return CompareOutput(
        server=server,
        project_id=project.project_id,
        project=project.name,
        same=not found.differences,
        compared_with=compared_with,
        devices=len(devices),
        nodes=len(topology.nodes),
        live_links=len(links),
        lab_links=len(topology.links),
        matched=list(found.matched),
        differences=list(found.differences),
    )


def _exported(server: str, project_id: str) -> dict[str, int]:
    rows = LabNode.objects.filter(server=server, project_id=project_id)
    return dict(rows.values_list("node_id", "device_id"))


def _addresses(server: str, project_id: str) -> dict[str, frozenset[str]]:
    """What equipment discovery has found of the lab's own nodes."""
    nodes = Gns3Node.objects.filter(server=server, project_id=project_id, last_seen__isnull=True)
    node_of = dict(nodes.values_list("device_id", "node_id"))
    found: dict[str, set[str]] = {node_id: set() for node_id in node_of.values()}
    rows = IPAddress.objects.filter(device_id__in=node_of, last_seen__isnull=True)
    for device_id, address in rows.values_list("device_id", "address"):
        found[node_of[device_id]].add(address)
    return {node_id: own_addresses(addresses) for node_id, addresses in found.items()}


def _live(asked: CompareInput, lab: Lab) -> tuple[ComparedWith, list[LiveDevice]]:
    if asked.select is not None:
        devices = select_devices(asked.select)
        if not devices:
            raise Invalid("No device fits the selection.", code="no_such_devices")
        return "selection", devices
    in_use = Device.objects.filter(replaced_by__isnull=True)
    if lab.exported:
        return "export", load_devices(in_use.filter(pk__in=set(lab.exported.values())))
    return "all", _not_of_the_lab(load_devices(in_use), lab)


def _not_of_the_lab(devices: list[LiveDevice], lab: Lab) -> list[LiveDevice]:
    """A device that is known as a node of this lab alone is the lab, not what it is compared with."""
    of_lab = (lab.server, lab.topology.project.project_id)
    alone = set(Device.objects.filter(source=Device.Source.GNS3, endpoints__isnull=True).values_list("pk", flat=True))
    return [device for device in devices if not (device.id in alone and device.node and device.node[:2] == of_lab)]
