"""Every path of the web face; a module's own paths stand in its urls module."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("nms.dashboard.urls")),
]
