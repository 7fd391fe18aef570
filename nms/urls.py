"""Every path of the web face; a module's own paths stand in its urls module."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from common.api import unknown

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("common.urls")),
    path("", include("nms.accounts.urls")),
    path("api/network/", include("nms.network_management.urls")),
    path("api/monitoring/", include("nms.monitoring.urls")),
    re_path(r"^api(?:/.*)?$", unknown.unknown_path),  # what nobody took, in the API's shape
    path("", include("nms.dashboard.urls")),
]

handler400 = unknown.bad_request
handler403 = unknown.forbidden
handler404 = unknown.not_found
handler500 = unknown.server_error
