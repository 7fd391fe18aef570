"""Paths of modules and capabilities, below api/common/api/v1/hub/."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from common.api.modules.capabilities import CallView, CapabilitiesView, CapabilityView
from common.api.modules.views import HeartbeatView, ModulesView, ModuleView, RegisterView

NAME = "(?P<name>[a-z][a-z0-9_.-]{0,99})"  # nothing else is ever a name, so it is an unknown path

urlpatterns: list[URLPattern] = [
    path("modules/", ModulesView.as_view(), name="modules"),
    path("modules/register/", RegisterView.as_view(), name="module-register"),
    re_path(rf"^modules/{NAME}/$", ModuleView.as_view(), name="module"),
    re_path(rf"^modules/{NAME}/heartbeat/$", HeartbeatView.as_view(), name="module-heartbeat"),
    path("capabilities/", CapabilitiesView.as_view(), name="capabilities"),
    re_path(rf"^capabilities/{NAME}/$", CapabilityView.as_view(), name="capability"),
    re_path(rf"^capabilities/{NAME}/call/$", CallView.as_view(), name="capability-call"),
]
