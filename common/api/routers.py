"""URLs of viewsets, with bulk PATCH and DELETE on the list."""

from __future__ import annotations

from rest_framework.routers import Route, SimpleRouter

LIST = SimpleRouter.routes[0]
assert isinstance(LIST, Route)  # the list's; the others follow


class NmsRouter(SimpleRouter):
    routes = [
        LIST._replace(mapping={**LIST.mapping, "patch": "bulk_update", "delete": "bulk_destroy"}),
        *SimpleRouter.routes[1:],
    ]
