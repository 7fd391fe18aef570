"""Paths of messages, below api/common/api/v1/hub/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from common.api.messages.views import BroadcastView, DeadLetterViewSet, MessageViewSet, RequestView, SendView
from common.api.routers import NmsRouter

router = NmsRouter()
router.register("messages", MessageViewSet, basename="message")
router.register("dead-letters", DeadLetterViewSet, basename="dead-letter")

urlpatterns: list[URLPattern | URLResolver] = [
    path("messages/send/", SendView.as_view(), name="message-send"),
    path("messages/broadcast/", BroadcastView.as_view(), name="message-broadcast"),
    path("messages/request/", RequestView.as_view(), name="message-request"),
    path("", include(router.urls)),
]
