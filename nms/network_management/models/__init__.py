"""The inventory's tables. ORM rows stay inside this app; others get values or events."""

from nms.network_management.models.credential import Credential
from nms.network_management.models.device import Device, DeviceIdentifier, Endpoint
from nms.network_management.models.discovery import DiscoveryProblem, DiscoveryRun
from nms.network_management.models.facts import Component, Interface, IPAddress, Neighbor, Vlan
from nms.network_management.models.gns3 import Gns3Node, gns3_reference
from nms.network_management.models.labs import LabNode
from nms.network_management.models.link import Link, LinkEvidence

__all__ = [
    "Component",
    "Credential",
    "Device",
    "DeviceIdentifier",
    "DiscoveryProblem",
    "DiscoveryRun",
    "Endpoint",
    "Gns3Node",
    "IPAddress",
    "Interface",
    "LabNode",
    "Link",
    "LinkEvidence",
    "Neighbor",
    "Vlan",
    "gns3_reference",
]
