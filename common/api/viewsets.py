"""The viewset from which every resource is made."""

from __future__ import annotations

from typing import Any

from rest_framework import mixins, viewsets

from common.api.etags import ConditionalGetMixin


class ReadViewSet(ConditionalGetMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """List and detail, filtered, ordered, paged, with ETags."""

    lookup_value_regex = "[0-9]{1,18}"  # a longer number overflows the database's integer; both are "not found"


class ModelViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, mixins.DestroyModelMixin, ReadViewSet):
    """Reads and writes of one resource."""
