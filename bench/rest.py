"""GET of 1,000 devices and of 1,000 interfaces, through Django's whole request path, on SQLite and on PostgreSQL.

The inventory holds 1,000 devices with 24,000 interfaces. The peer is a plain DRF ModelViewSet with the same fields,
filter backends off, DRF's own pages and JSON renderer: what a tutorial would make of it.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import Any

from bench.databases import on_both, print_rows
from bench.table import Row

DEVICES_MS, INTERFACES_MS = 150.0, 250.0
ROUNDS = 9


def run() -> list[Row]:
    return on_both("bench.rest")


def measure(database: str) -> list[Row]:
    from bench.reconcile import made_up_profiles
    from nms.network_management.inventory.reconcile import reconcile
    from nms.network_management.models import Device, Interface
    from nms.network_management.topology.settle import settle_links

    reconcile(made_up_profiles())
    settle_links()
    devices, device_queries = _get("/api/network/devices/?page_size=1000")
    interfaces, interface_queries = _get("/api/network/interfaces/?page_size=1000")
    topology, topology_queries = _get("/api/network/topology/")
    peer = "plain DRF ModelSerializer"
    return [
        Row(
            *(f"GET 1,000 devices ({database})", devices, "ms", DEVICES_MS, peer, _peer(Device)),
            note=f"{device_queries} queries",
        ),
        Row(
            *(f"GET 1,000 interfaces ({database})", interfaces, "ms", INTERFACES_MS, peer, _peer(Interface)),
            note=f"{interface_queries} queries, addresses included",
        ),
        Row(
            f"GET the topology of 1,000 devices and links ({database})",
            topology,
            "ms",
            note=f"{topology_queries} queries",
        ),
    ]


def _get(path: str) -> tuple[float, int]:
    """Return the median time of an answer in milliseconds, and its queries."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from rest_framework.test import APIClient

    user, _ = User.objects.get_or_create(username="bench", is_superuser=True)
    client = APIClient()
    client.force_authenticate(user)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path, HTTP_HOST="localhost")
    assert answer.status_code == 200, answer.content
    count = len(queries)  # before the next request resets them
    return _median(lambda: client.get(path, HTTP_HOST="localhost")), count


def _peer(model: Any) -> float:
    from rest_framework import pagination, renderers, serializers, viewsets
    from rest_framework.test import APIRequestFactory

    class Serializer(serializers.ModelSerializer[Any]):
        class Meta:
            fields = "__all__"

    class Pages(pagination.PageNumberPagination):
        page_size = 1000

    class View(viewsets.ModelViewSet[Any]):
        queryset = model.objects.order_by("id")
        serializer_class = Serializer
        pagination_class = Pages
        renderer_classes = [renderers.JSONRenderer]
        permission_classes = []
        authentication_classes = []
        filter_backends = []

    Serializer.Meta.model = model
    view, request = View.as_view({"get": "list"}), APIRequestFactory().get("/", HTTP_HOST="localhost")
    return _median(lambda: view(request).render())


def _median(work: Any) -> float:
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print_rows(measure(sys.argv[1]))
