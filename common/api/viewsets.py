"""The views from which every resource is made: strict parameters, ETags, roles, idempotency, bulk, transactions."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework import mixins, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.api.bulk import BulkMixin
from common.api.etags import ConditionalGetMixin
from common.api.filters import lists, refuse_unknown_parameters
from common.api.idempotency import IdempotencyMixin


class StrictParametersMixin:
    """Refuses unknown query parameters where no filter backend does (details, writes, plain views)."""

    query_parameters: tuple[str, ...] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc] # APIView's, by MRO
        filtered = getattr(self, "action", None) == "list" and lists(self, request)
        allowed: list[str] = self.allowed_methods  # type: ignore[attr-defined] # APIView's, by MRO
        if not filtered and request.method != "OPTIONS" and request.method in allowed:  # any other is a 405
            refuse_unknown_parameters(request, self.query_parameters)


class ApiView(IdempotencyMixin, StrictParametersMixin, ConditionalGetMixin, APIView):
    """A view that is no list of a model. It names its query parameters in `query_parameters`."""


class ReadViewSet(
    IdempotencyMixin,
    StrictParametersMixin,
    ConditionalGetMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Any],
):
    """List and detail, filtered, ordered, paged, with ETags."""

    lookup_value_regex = "[0-9]{1,18}"  # a longer number overflows the database's integer; both are "not found"


class ModelViewSet(BulkMixin, mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, ReadViewSet):
    """Reads and writes of one resource, one by one and in bulk; register it with NmsRouter."""

    http_method_names = ["get", "post", "patch", "delete", "head", "options"]  # PATCH says all that PUT could

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if isinstance(request.data, list):
            return self.bulk_create(request)
        with transaction.atomic():
            return super().create(request, *args, **kwargs)

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            return super().update(request, *args, **kwargs)

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with transaction.atomic():
            return super().destroy(request, *args, **kwargs)
