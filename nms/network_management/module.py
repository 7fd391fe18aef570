"""This module as the hub knows it: what it can do, which messages it takes, how it is, and its workflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from common.domain.modules import Call, Capability, EventReceived, EventSubscription, Handler, Module
from nms.network_management.capabilities import contracts, lab_contracts
from nms.network_management.equipment.topics import TOPICS
from nms.network_management.health import health
from nms.network_management.workflows import LAB_EXPORT, NETWORK_DISCOVERY

_CAPABILITIES = "nms.network_management.capabilities"
_DAY = 24 * 3600.0


def _late(function: str) -> Callable[[Any, Call], Any]:
    """Imported when it is first called: every command registers the module, and few ask it for anything."""

    def call(asked: Any, circumstances: Call) -> Any:
        return import_string(f"{_CAPABILITIES}.{function}")(asked, circumstances)

    call.__qualname__ = function
    return call


def _follow(event: EventReceived, circumstances: Call) -> None:
    import_string("nms.network_management.equipment.following.follow")(event, circumstances)


MODULE = Module(
    name="network_management",
    version="1.0",
    description="Inventory, discovery and topology of the network's equipment.",
    capabilities=(
        Capability(
            "network_management.discover",
            _late("discovery.discover"),
            contracts.DiscoverInput,
            contracts.DiscoverOutput,
            description="Discover ranges and seeds into the inventory, their links as well, and tell what was found.",
            queue="discovery",
            timeout_seconds=_DAY,
        ),
        Capability(
            "network_management.profile_equipment",
            _late("profiling.profile_equipment"),
            contracts.ProfileInput,
            contracts.ProfileOutput,
            description="Read one device now, by its id or at an address, and bring the inventory in line.",
            queue="discovery",
            timeout_seconds=180.0,
        ),
        Capability(
            "network_management.check_credentials",
            _late("discovery.check_credentials"),
            contracts.CredentialsInput,
            contracts.CredentialsOutput,
            description="Which ids are of no stored SNMP credential.",
        ),
        Capability(
            "network_management.settle_links",
            _late("discovery.settle"),
            contracts.SettleInput,
            contracts.SettleOutput,
            description="Bring links in line with what devices hear of each other: of a run, of some devices, of all.",
            timeout_seconds=3600.0,
        ),
        Capability(
            "network_management.record_equipment",
            _late("equipment.record_equipment"),
            contracts.EquipmentInput,
            contracts.EquipmentOutput,
            description="Bring inventory and topology in line with the equipment of a GNS3 project.",
            timeout_seconds=300.0,
        ),
        Capability(
            "network_management.list_devices",
            _late("inventory.list_devices"),
            contracts.ListInput,
            contracts.ListOutput,
            description="Devices in use, by name.",
            role="viewer",
        ),
        Capability(
            "network_management.get_device",
            _late("inventory.get_device"),
            contracts.DeviceInput,
            contracts.DeviceOutput,
            description="One device with its interfaces, addresses and links.",
            role="viewer",
        ),
        Capability(
            "network_management.topology",
            _late("inventory.topology"),
            contracts.Nothing,
            contracts.TopologyOutput,
            description="All devices in use and all links that something vouches for.",
            role="viewer",
        ),
        Capability(
            "network_management.report_data",
            _late("reporting.report_data"),
            contracts.ReportInput,
            contracts.ReportOutput,
            description="What there is and what changed lately, in counts, for reports of the whole system.",
            role="viewer",
        ),
        Capability(
            "network_management.prepare_discovery",
            _late("discovery.prepare"),
            contracts.PrepareInput,
            contracts.PreparedRun,
            description="First step of network_discovery: check what is asked for, and make the record of the run.",
        ),
        Capability(
            "network_management.read_devices",
            _late("discovery.read_devices"),
            contracts.RunInput,
            contracts.ReadOutput,
            description="Second step of network_discovery: sweep, log in, read and store.",
            queue="discovery",
            timeout_seconds=_DAY,
        ),
        Capability(
            "network_management.finish_discovery",
            _late("discovery.finish"),
            contracts.RunInput,
            contracts.DiscoverOutput,
            description="Last step of network_discovery: close the record.",
        ),
        Capability(
            "network_management.export_lab",
            _late("labs.export_lab"),
            lab_contracts.ExportInput,
            lab_contracts.ExportOutput,
            description="Make a GNS3 project of part of the network: nodes by role, placed and linked as they are.",
            queue="discovery",
            timeout_seconds=1000.0,
        ),
        Capability(
            "network_management.compare_lab",
            _late("labs.compare_lab"),
            lab_contracts.CompareInput,
            lab_contracts.CompareOutput,
            description="What a GNS3 project and the network differ in, each difference explained.",
            role="viewer",
            timeout_seconds=120.0,
        ),
    ),
    handlers=(Handler("network_management.rescan", _late("messages.rescan"), contracts.RescanBody),),
    subscriptions=(EventSubscription(TOPICS, _follow),),
    health=health,
    workflows=(NETWORK_DISCOVERY, LAB_EXPORT),
)
