"""URLs of viewsets, with bulk PATCH and DELETE on the list."""

from __future__ import annotations

from rest_framework.routers import Route, SimpleRouter

LIST = SimpleRouter.routes[0]
assert isinstance(LIST, Route)  # the list's; the others follow
WITH_BULK = Route(
    url=LIST.url,
    mapping={**LIST.mapping, "patch": "bulk_update", "delete": "bulk_destroy"},
    name=LIST.name,
    detail=False,
    initkwargs=LIST.initkwargs,
)


class NmsRouter(SimpleRouter):
    routes = [WITH_BULK, *SimpleRouter.routes[1:]]
