"""Paths under /api/network/."""

from django.urls import URLPattern, URLResolver, path

from common.api.routers import NmsRouter
from nms.network_management.api.credentials import CredentialViewSet
from nms.network_management.api.devices import DeviceViewSet
from nms.network_management.api.discovery_runs import DiscoveryRunViewSet
from nms.network_management.api.facts import ComponentViewSet, NeighborViewSet, VlanViewSet
from nms.network_management.api.interfaces import AddressViewSet, InterfaceViewSet
from nms.network_management.api.labs import CompareLabView, ExportLabView
from nms.network_management.api.links import LinkViewSet, TopologyView

router = NmsRouter()
router.register("devices", DeviceViewSet, basename="device")
router.register("interfaces", InterfaceViewSet, basename="interface")
router.register("addresses", AddressViewSet, basename="address")
router.register("vlans", VlanViewSet, basename="vlan")
router.register("components", ComponentViewSet, basename="component")
router.register("neighbors", NeighborViewSet, basename="neighbor")
router.register("links", LinkViewSet, basename="link")
router.register("credentials", CredentialViewSet, basename="credential")
router.register("discovery-runs", DiscoveryRunViewSet, basename="discovery-run")

urlpatterns: list[URLPattern | URLResolver] = [
    path("topology/", TopologyView.as_view(), name="topology"),
    path("labs/export/", ExportLabView.as_view(), name="lab-export"),
    path("labs/compare/", CompareLabView.as_view(), name="lab-compare"),
    *router.urls,
]
