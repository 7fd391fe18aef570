"""The pages: the network, and one device."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from nms.dashboard.device_page import facts_of, interface_rows, link_rows
from nms.dashboard.pages import Context, page
from nms.dashboard.picture import draw
from nms.network_management import facade


@page("home.html")
def home(request: HttpRequest) -> Context:
    devices, links = facade.list_devices(), facade.list_links()
    return {
        "overview": {
            "devices": len(devices),
            "unreachable": sum(device.status == "unreachable" for device in devices),
            "links": len(links),
            "links_down": sum(link.status == "down" for link in links),
        },
        "devices": devices,
        "map": draw(devices, links),
    }


@page("device.html")
def device(request: HttpRequest, device_id: int) -> Context:
    found = facade.get_device(device_id)
    if found is None:
        raise Http404(f"There is no device {device_id}.")
    return {
        "device": found,
        "facts": facts_of(found),
        "interfaces": interface_rows(found),
        "links": link_rows(found),
    }
